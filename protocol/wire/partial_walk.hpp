#pragma once
// Walking over a message that is still arriving, and whose records have been passed on meanwhile.
//
// A Fetch response can be a hundred times larger than everything in it that isn't records. To relay
// one without holding it, keep the bytes that are not records (the *skeleton*), and ask again where
// the walk comes to whenever more has arrived.

#include "protocol/core/bytes.hpp"
#include "protocol/core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bkes::protocol {

/// A records field: where its content begins and how long it is.
struct records_place {
    std::size_t begin = 0;
    std::size_t size = 0;
};

struct partial_walk {
    enum class outcome : std::uint8_t {
        needs_more,   ///< ends in the middle of something that isn't records, or is malformed
        cut_records,  ///< ends inside `cut`
        whole,        ///< all is there; the message's own tagged fields begin at `tagged_fields`
    };

    outcome ended = outcome::needs_more;
    /// Records fields with content that stand in the bytes as a whole, in order.
    std::vector<records_place> whole_records;
    records_place cut;
    std::size_t tagged_fields = 0;
};

/// Walks over `skeleton`: a body without the content of its first `omitted` records fields that
/// have any. `missing_bytes`: how much of the body is not in it, omitted or not yet arrived. Fails
/// with unsupported_version only.
template <class Message>
[[nodiscard]] result<partial_walk> walk_partial(bytes_view skeleton, std::int16_t version,
                                                std::size_t omitted, std::size_t missing_bytes);

}  // namespace bkes::protocol
