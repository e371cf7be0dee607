#include "proxy/session/relayed_fetch.hpp"

#include "protocol/frame.hpp"
#include "protocol/header.hpp"
#include "protocol/messages/fetch.hpp"
#include "protocol/wire/partial_walk.hpp"
#include "protocol/wire/reader.hpp"

#include <algorithm>

namespace bkes::proxy {

using protocol::fetch_response;
using protocol::partial_walk;

namespace {

constexpr std::uint32_t endpoints_tag = 0;
constexpr char unknown_tag = 1;

/// `section`: the message's own tagged fields. False if it is malformed.
bool blank_endpoints(std::span<char> section) {
    protocol::reader in{bytes_view{section.data(), section.size()}};
    if (in.uvarint() == 0) {
        return in.complete();
    }
    const auto tag_place = in.position();
    if (in.uvarint() != endpoints_tag) {
        return !in.failed();
    }
    const auto size = in.uvarint();
    const auto content = in.position();
    in.skip(size);
    if (in.failed()) {
        return false;
    }
    section[tag_place] = unknown_tag;
    std::ranges::fill(section.subspan(content, size), '\0');
    return true;
}

}  // namespace

relayed_fetch::step relayed_fetch::advance(std::span<char> arrived, std::size_t left) {
    std::size_t header = 0;
    if (!has_header_) {
        // Size prefix, correlation id, and a section of tagged fields that brokers leave empty.
        constexpr std::size_t header_bytes = protocol::frame_prefix_size + 4 + 1;
        if (arrived.size() < header_bytes || arrived[header_bytes - 1] != 0) {
            return {.is_malformed = arrived.size() >= header_bytes};
        }
        header = header_bytes;
    }
    const bytes_view fresh{arrived.data() + header, arrived.size() - header};
    bytes body = skeleton_;
    const auto fresh_begin = body.size();
    body += fresh;
    const auto walk = protocol::walk_partial<fetch_response>(
        body, api_version_, omitted_, left - std::min(left, arrived.size()) + body.size());
    if (!walk || walk->ended == partial_walk::outcome::needs_more) {
        return {.is_malformed = !walk || arrived.size() >= left};
    }
    has_header_ = true;
    if (walk->ended == partial_walk::outcome::whole) {
        const bool is_right = arrived.size() == left &&
                              blank_endpoints(arrived.last(body.size() - walk->tagged_fields));
        return {.forward = arrived.size(), .is_malformed = !is_right};
    }
    keep_between(body, fresh_begin, *walk);
    const auto forward = header + walk->cut.begin - fresh_begin;
    return {.forward = arrived.size(), .stream = walk->cut.size - (arrived.size() - forward)};
}

/// Keeps what is not records of the bytes up to the cut.
void relayed_fetch::keep_between(bytes_view body, std::size_t fresh_begin,
                                 const partial_walk& walk) {
    auto from = fresh_begin;
    for (const auto& records : walk.whole_records) {
        skeleton_ += body.substr(from, records.begin - from);
        from = records.begin + records.size;
    }
    skeleton_ += body.substr(from, walk.cut.begin - from);
    omitted_ += walk.whole_records.size() + 1;
}

}  // namespace bkes::proxy
