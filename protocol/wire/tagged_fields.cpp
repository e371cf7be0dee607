#include "protocol/wire/tagged_fields.hpp"

#include "protocol/errors.hpp"

#include <algorithm>

namespace bkes::protocol {

unknown_tagged_fields read_unknown_tags(reader& in, std::uint32_t count_max) {
    unknown_tagged_fields fields;
    const auto count = in.uvarint();
    if (count > count_max) {
        in.fail();
    }
    std::int64_t previous = -1;
    for (std::uint32_t i = 0; i < count && !in.failed(); ++i) {
        const auto tag = in.uvarint();
        const auto content = in.take(in.uvarint());
        if (tag <= previous) {
            in.fail();
        }
        fields.push_back({.tag = tag, .content = content});
        previous = tag;
    }
    return fields;
}

void write_unknown_tags(const unknown_tagged_fields& fields, writer& to) {
    to.uvarint(static_cast<std::uint32_t>(fields.size()));
    for (const auto& field : fields) {
        to.uvarint(field.tag);
        to.uvarint(static_cast<std::uint32_t>(field.content.size()));
        to.raw(field.content);
    }
}

result<std::optional<bytes_view>> find_tagged_field(bytes_view section, std::uint32_t tag) {
    if (section.empty()) {
        return std::nullopt;
    }
    reader in{section};
    const auto fields = read_unknown_tags(in);
    if (!in.complete()) {
        return failure{make_error_code(protocol_errc::malformed)};
    }
    const auto found = std::ranges::find(fields, tag, &unknown_tagged_field::tag);
    if (found == fields.end()) {
        return std::nullopt;
    }
    return found->content;
}

result<void> replace_tagged_field(bytes_view section, std::uint32_t tag, bytes_view content,
                                  bytes& out) {
    reader in{section};
    auto fields = read_unknown_tags(in);
    if (!in.complete()) {
        return failure{make_error_code(protocol_errc::malformed)};
    }
    const auto place = std::ranges::lower_bound(fields, tag, {}, &unknown_tagged_field::tag);
    if (place != fields.end() && place->tag == tag) {
        place->content = content;
    } else {
        fields.insert(place, {.tag = tag, .content = content});
    }
    writer to{out};
    write_unknown_tags(fields, to);
    return {};
}

}  // namespace bkes::protocol
