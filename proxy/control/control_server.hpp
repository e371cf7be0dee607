#pragma once
// What is asked through the socket data.dir/control: one line for each connection, and one line
// back. Who may write to the socket may ask, and that is the user that bkes runs as (mode 0600).
//
// It has a thread of its own. A line has 64 KiB and ten seconds to come, as its answer has to be
// taken; eight may be under way, and further connections are closed.

#include <boost/system/error_code.hpp>

#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace bkes::proxy {

/// Called on any thread, once at most; after the server has ended it does nothing.
using control_answer = std::function<void(std::string line)>;

/// On the server's thread; lines are without their end.
using control_handler = std::function<void(std::string line, control_answer answer)>;

class control_server {
  public:
    explicit control_server(control_handler handler);
    control_server(const control_server&) = delete;
    control_server& operator=(const control_server&) = delete;
    /// Ends all connections at once; the handler isn't called any more.
    ~control_server();

    /// Makes the socket; one that is there already belongs to nobody, as the caller alone has the
    /// directory. Once.
    boost::system::error_code listen(const std::string& data_dir);

  private:
    struct state;
    class connection;

    std::shared_ptr<state> state_;
    std::jthread thread_;
};

}  // namespace bkes::proxy
