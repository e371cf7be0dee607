#include "proxy/addresses/request_dump.hpp"

#include "protocol/api_key.hpp"

#include <algorithm>

namespace bkes::proxy {

namespace {

constexpr bytes_view before_id = "Request(processor=";
constexpr bytes_view id_name = "connectionId=";
constexpr bytes_view behind_id = ", session=";

/// What needs rights on the cluster and has room for a text: requests of administrators. Of those with
/// such numbers ShareFetch brings records, which are nobody's to change.
constexpr bool may_have_dump(std::int16_t key) {
    if (key == static_cast<std::int16_t>(protocol::api_key::share_fetch)) {
        return false;
    }
    return key >= static_cast<std::int16_t>(protocol::api_key::describe_acls) &&
           key < static_cast<std::int16_t>(protocol::api_key::fetch_by_key);
}

}  // namespace

void hide_connection_id(std::int16_t api_key, std::span<char> response) {
    if (!may_have_dump(api_key)) {
        return;
    }
    const bytes_view text{response.data(), response.size()};
    for (auto dump = text.find(before_id); dump != bytes_view::npos;
         dump = text.find(before_id, dump + before_id.size())) {
        const auto name = text.find(id_name, dump);
        const auto end = text.find(behind_id, dump);
        if (name < end && end != bytes_view::npos) {
            const auto id = name + id_name.size();
            std::ranges::fill(response.subspan(id, end - id), '*');
        }
    }
}

}  // namespace bkes::proxy
