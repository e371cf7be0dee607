#pragma once
// What an instance shows of itself on `admin.listener` (contract, section 12):
//
//   /livez     200 as long as its loops go round
//   /readyz    200 when every guarded partition is served, else 503 and why, as JSON
//   /status    its partitions, as JSON
//   /metrics   for Prometheus (metrics.hpp)
//
// and with http.read=true the page at / and the API below /api/v1 (proxy/web/).
//
// It listens from the program's first moment to its last, as what it can say before it serves is
// what an orchestrator wants to know. Any thread, but for `open` and the destructor.

#include "proxy/admin/loop_watch.hpp"
#include "proxy/admin/readiness.hpp"
#include "proxy/config/config.hpp"
#include "proxy/http/http_server.hpp"
#include "proxy/server/certificate_watch.hpp"
#include "proxy/server/server.hpp"
#include "proxy/web/web.hpp"
#include "store/event_store.hpp"
#include "sync/guarded_topics.hpp"

#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bkes::proxy {

/// The parts of an instance that serves.
struct observed_instance {
    sync::guarded_topics& topics;
    server& clients;
    const store::event_store* store;  ///< null: a router
    const loop_watch& loops;
};

class admin {
  public:
    admin() = default;
    admin(const admin&) = delete;
    admin& operator=(const admin&) = delete;

    /// Listens, unless `admin.listener` is empty; by TLS if there are certificates for it. An error
    /// names the setting.
    std::expected<void, std::string> open(const config& settings);

    /// From here on these serve, for as long as the result is held.
    [[nodiscard]] std::shared_ptr<void> observe(const observed_instance& instance);

    /// Those in use, for who looks after them; none in plain text.
    [[nodiscard]] std::vector<named_certificates> certificates() const;

    /// The instance was told to end.
    void drain();

    /// Ends the streams of the HTTP API, and its connections to bkes: their sessions end with all others.
    void end_reads();

  private:
    boost::asio::awaitable<http_answer> answer(http_request request);
    [[nodiscard]] std::optional<http_answer> find(std::string_view path) const;
    boost::asio::awaitable<http_answer> answer_api(http_request request);
    void warn_of_open_passwords() const;
    std::unique_ptr<web> make_web(const observed_instance& instance);
    void replace_web(std::unique_ptr<web> by);
    [[nodiscard]] http_answer livez() const;
    [[nodiscard]] http_answer readyz() const;
    [[nodiscard]] http_answer status() const;
    [[nodiscard]] http_answer metrics() const;

    /// With the mutex held: none before the instance serves.
    [[nodiscard]] std::vector<seen_partition> partitions() const;

    mutable std::mutex mutex_;  ///< guards what follows
    service_phase phase_ = service_phase::starting;
    std::optional<observed_instance> instance_;
    std::optional<config> settings_{};  ///< once it is open
    std::shared_ptr<sync::tls_source> certificates_{};
    std::unique_ptr<web> web_;  ///< on the server's thread

    std::optional<http_server> server_;  ///< last, as its thread uses all the rest
};

}  // namespace bkes::proxy
