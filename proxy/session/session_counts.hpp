#pragma once
// What is counted of clients' connections and requests (docs/operating.md), for each thread apart:
// counting takes no lock. `session_counts` is written by its thread alone; the table is for all.

#include "protocol/api_table.hpp"
#include "proxy/session/disconnect.hpp"
#include "sync/types/counts.hpp"

#include <boost/asio/io_context.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace bkes::proxy {

struct request_counts {
    sync::counter requests{};
    sync::counter request_bytes{};
    sync::counter response_bytes{};
    /// From a request that is whole to its answer that leaves, without the time that the broker
    /// took.
    sync::duration_histogram seconds{};
};

inline constexpr std::size_t disconnect_causes = std::to_underlying(disconnect::shutting_down) + 1;

struct session_counts {
    std::vector<request_counts> by_api{
        protocol::api_table().size()};  ///< in the order of the table
    sync::counter opened{};
    sync::counter rights_asked{};    ///< about one topic each
    sync::counter rights_refused{};  ///< of them answered with none at all
    std::array<sync::counter, disconnect_causes> ended{};

    /// Null for a key that bkes doesn't know.
    [[nodiscard]] request_counts* of(std::int16_t api_key);

    [[nodiscard]] sync::counter& of(disconnect cause) { return ended[std::to_underlying(cause)]; }
};

class session_counts_table {
  public:
    /// Those of the thread that runs `context`; they live as long as the table.
    session_counts& of(boost::asio::io_context& context);

    void for_each(const std::function<void(const session_counts&)>& visit) const;

  private:
    mutable std::mutex mutex_;
    std::map<boost::asio::io_context*, std::unique_ptr<session_counts>> by_context_;
};

}  // namespace bkes::proxy
