#include "proxy/session/session_counts.hpp"

namespace bkes::proxy {

request_counts* session_counts::of(std::int16_t api_key) {
    const auto* const row = protocol::find_api(api_key);
    return row == nullptr ? nullptr
                          : &by_api[static_cast<std::size_t>(row - protocol::api_table().data())];
}

session_counts& session_counts_table::of(boost::asio::io_context& context) {
    const std::lock_guard lock{mutex_};
    auto& counts = by_context_[&context];
    if (!counts) {
        counts = std::make_unique<session_counts>();
    }
    return *counts;
}

void session_counts_table::for_each(const std::function<void(const session_counts&)>& visit) const {
    const std::lock_guard lock{mutex_};
    for (const auto& [context, counts] : by_context_) {
        visit(*counts);
    }
}

}  // namespace bkes::proxy
