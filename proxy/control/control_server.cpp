#include "proxy/control/control_server.hpp"

#include "proxy/control/control_address.hpp"
#include "proxy/server/thread_pool.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <sys/stat.h>
#include <utility>

namespace bkes::proxy {

namespace asio = boost::asio;
using boost::system::error_code;
using unix_stream = asio::local::stream_protocol;

namespace {

constexpr std::size_t line_bytes_max = std::size_t{64} << 10U;
constexpr std::size_t asked_at_once_max = 8;
constexpr auto control_time_max = std::chrono::seconds{10};
constexpr auto accept_again_after = std::chrono::seconds{1};

/// A file that isn't one stays, and is in the way.
void remove_socket(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::is_socket(path, ignored)) {
        std::filesystem::remove(path, ignored);
    }
}

}  // namespace

struct control_server::state : std::enable_shared_from_this<control_server::state> {
    explicit state(control_handler given) : handler{std::move(given)} {}

    void accept();

    control_handler handler;
    std::optional<control_address> address{};
    bool is_listening = false;
    asio::io_context context{1};
    unix_stream::acceptor acceptor{context};
    asio::steady_timer pause{context};
    std::set<std::shared_ptr<connection>> connections{};  ///< those whose end is still to come
};

/// Belongs to the server's thread. Its place in `connections` holds it while it waits for its
/// answer.
class control_server::connection : public std::enable_shared_from_this<connection> {
  public:
    connection(state& server, unix_stream::socket client)
        : server_{server}, client_{std::move(client)}, deadline_{server.context} {}

    void read() {
        expect_progress();
        asio::async_read_until(
            client_, asio::dynamic_buffer(received_, line_bytes_max), '\n',
            [self = shared_from_this()](const error_code& failed, std::size_t size) {
                self->has_read(failed, size);
            });
    }

    void write(std::string line) {
        answer_ = std::move(line) + "\n";
        expect_progress();
        asio::async_write(
            client_, asio::buffer(answer_),
            [self = shared_from_this()](const error_code&, std::size_t) { self->end(); });
    }

  private:
    void has_read(const error_code& failed, std::size_t size);

    void expect_progress() {
        deadline_.expires_after(control_time_max);
        deadline_.async_wait([self = shared_from_this()](const error_code& cancelled) {
            if (!cancelled) {
                self->end();
            }
        });
    }

    void end() {
        error_code ignored;
        client_.close(ignored);
        deadline_.cancel();
        server_.connections.erase(shared_from_this());
    }

    state& server_;
    unix_stream::socket client_;
    asio::steady_timer deadline_;
    std::string received_;
    std::string answer_;
};

void control_server::connection::has_read(const error_code& failed, std::size_t size) {
    if (failed) {
        end();
        return;
    }
    deadline_.cancel();
    server_.handler(received_.substr(0, size - 1),
                    [server = server_.weak_from_this(), self = weak_from_this()](std::string line) {
                        const auto held = server.lock();
                        if (!held) {
                            return;
                        }
                        asio::post(held->context, [self, line = std::move(line)]() mutable {
                            if (const auto one = self.lock()) {
                                one->write(std::move(line));
                            }
                        });
                    });
}

void control_server::state::accept() {
    acceptor.async_accept([this](const error_code& failed, unix_stream::socket client) {
        if (failed) {  // no open files are left, mostly
            pause.expires_after(accept_again_after);
            pause.async_wait([this](const error_code& cancelled) {
                if (!cancelled) {
                    accept();
                }
            });
            return;
        }
        if (connections.size() < asked_at_once_max) {
            const auto one = std::make_shared<connection>(*this, std::move(client));
            connections.insert(one);
            one->read();
        }
        accept();
    });
}

control_server::control_server(control_handler handler)
    : state_{std::make_shared<state>(std::move(handler))} {}

control_server::~control_server() {
    auto& own = *state_;
    own.context.stop();
    thread_ = {};
    if (own.is_listening) {
        remove_socket(own.address->path());
    }
    own.connections.clear();
}

error_code control_server::listen(const std::string& data_dir) {
    auto& own = *state_;
    error_code failed;
    own.address.emplace(data_dir);
    const auto endpoint = own.address->endpoint(failed);
    if (failed) {
        return failed;
    }
    remove_socket(own.address->path());
    own.acceptor.open(endpoint.protocol(), failed);
    if (!failed) {
        own.acceptor.bind(endpoint, failed);
    }
    if (failed) {
        return failed;
    }
    own.is_listening = true;
    // Nobody gets in before `listen`.
    if (::chmod(own.address->path().c_str(), S_IRUSR | S_IWUSR) != 0) {
        return {errno, boost::system::system_category()};
    }
    own.acceptor.listen(asio::socket_base::max_listen_connections, failed);
    if (!failed) {
        own.accept();
        thread_ = std::jthread{
            [&own] { run_to_the_end(own.context, "a handler of the control socket"); }};
    }
    return failed;
}

}  // namespace bkes::proxy
