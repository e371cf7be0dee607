#pragma once
// One thread for the store's long work (taking events away, restore points), so that no session
// waits for it.
// Works are done one after the other, in the order in which they were given.
//
// `run` may be called from any thread. Ends with the work under way; what waits behind is dropped.

#include "protocol/core/result.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <utility>

namespace bkes::sync {

class store_worker {
  public:
    store_worker() = default;
    store_worker(const store_worker&) = delete;
    store_worker& operator=(const store_worker&) = delete;

    ~store_worker() {
        pool_.stop();
        pool_.join();
    }

    /// Does `work`, then calls `done` with its result on the thread of `context`, which has work
    /// until then. Whatever `work` needs has to be kept alive by `done`: that is destroyed there.
    template <class Work, class Done>
    void run(boost::asio::io_context& context, Work work, Done done) {
        boost::asio::post(pool_, [&context, guard = boost::asio::make_work_guard(context),
                                  work = std::move(work), done = std::move(done)]() mutable {
            result<void> outcome = work();
            boost::asio::post(context,
                              [done = std::move(done), outcome = std::move(outcome)]() mutable {
                                  done(std::move(outcome));
                              });
        });
    }

    /// Does `work`, which tells its outcome itself, on the worker's thread.
    template <class Work>
    void run(Work work) {
        boost::asio::post(pool_, std::move(work));
    }

  private:
    boost::asio::thread_pool pool_{1};
};

}  // namespace bkes::sync
