// session: answers that are made from the store (store_read.hpp).

#include "proxy/session/read_pool.hpp"
#include "proxy/session/server_state.hpp"
#include "proxy/session/session.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace bkes::proxy {

namespace asio = boost::asio;

namespace {

/// Holds the work until it is back on its session's thread, where alone it may end: what it waits
/// for belongs there.
struct pooled_read {
    std::shared_ptr<session> client;
    std::shared_ptr<store_read> work;
    std::stop_token ended;

    /// Reads a slice. A read that throws (no memory) takes its session with it, nothing else.
    bool is_over() {
        if (ended.stop_requested()) {
            return true;
        }
        try {
            read_budget budget{pooled_slice};
            return work->read_on(budget) == store_read::progress::done;
        } catch (...) {
            client->server().log_exception("read", std::current_exception());
            asio::post(client->context(),
                       [client = client] { client->close(disconnect::internal_error); });
            return true;
        }
    }
};

}  // namespace

void session::read(answer_id id, std::shared_ptr<store_read> work) {
    reads_.push_back({id, std::move(work)});
    start_reads();
}

void session::keep(answer_id id, std::shared_ptr<void> work, std::size_t bytes) {
    if (auto* entry = owed_.find(id)) {
        entry->work = std::move(work);
        owed_.count_work(id, bytes);
    }
}

sync::wait_ticket session::count_watched(sync::wait_ticket ticket) {
    if (!ticket) {
        return ticket;
    }
    ++*watched_keys_;
    auto* const held = ticket.get();
    return {held, [ticket = std::move(ticket), count = watched_keys_](void*) mutable {
                ticket.reset();
                --*count;
            }};
}

/// The first that may begin: it has room, or its answer isn't owed any more.
std::shared_ptr<store_read> session::take_next_read() {
    const auto may_begin = [this](const queued_read& one) {
        const auto* entry = owed_.find(one.id);
        return entry == nullptr || !one.work->needs_room() || may_make_answer(*entry);
    };
    while (true) {
        const auto next = std::ranges::find_if(reads_, may_begin);
        if (next == reads_.end()) {
            return nullptr;
        }
        auto taken = std::move(*next);
        reads_.erase(next);
        if (owed_.find(taken.id) != nullptr) {
            return std::move(taken.work);
        }
    }
}

void session::start_reads() {
    while (!is_reading_ && !closed_) {
        auto work = take_next_read();
        if (!work) {
            return;
        }
        is_reading_ = true;
        if (server_.guarded.reader() == nullptr) {
            read_at_instance(std::move(work));
            return;
        }
        auto& quota = inline_quota::of_this_thread();
        const auto began = inline_quota::clock::now();
        if (work->may_block() || !quota.is_left(began)) {
            read_elsewhere(std::move(work));
            return;
        }
        read_budget budget{inline_slice};
        const auto progress = work->read_on(budget);
        quota.took(inline_quota::clock::now() - began);
        if (progress == store_read::progress::more) {
            read_elsewhere(std::move(work));
            return;
        }
        finish_read(*work);
    }
}

void session::finish_read(store_read& work) {
    if (!closed_) {
        work.finish(*this);  // may bring the next one, which waits its turn
    }
    is_reading_ = false;
}

/// Slice by slice, each behind those of other clients.
void session::read_elsewhere(std::shared_ptr<store_read> work) {
    struct slices {
        static void next(pooled_read read) {
            auto& pool = read.client->server_.readers;
            pool.post([read = std::move(read)]() mutable {
                if (read.is_over()) {
                    auto& context = read.client->context_;
                    asio::post(context, [read = std::move(read)] {
                        read.client->finish_read(*read.work);
                        read.client->start_reads();
                    });
                } else {
                    next(std::move(read));
                }
            });
        }
    };

    slices::next({shared_from_this(), std::move(work), ended_.get_token()});
}

void session::read_at_instance(std::shared_ptr<store_read> work) {
    auto& asking = *work;
    asking.ask(*this, [self = shared_from_this(), work = std::move(work)] {
        self->finish_read(*work);
        self->start_reads();
    });
}

sync::store_link& session::store() {
    if (!store_) {
        store_ = server_.guarded.link_to_store(context_);
    }
    return *store_;
}

}  // namespace bkes::proxy
