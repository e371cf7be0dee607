#pragma once
// A large Fetch response on its way through: its records are passed on while they arrive, and what
// is between them is walked over to find the addresses at its very end.
//
// The size in front of a frame leaves before its end is known, so the addresses can't be replaced
// by others of another length. They are blanked instead: the tagged field node_endpoints (0)
// becomes one that no client knows (1), of the same length, filled with zeros. It is only a hint
// (KIP-951); without it clients ask Metadata, as before Kafka 3.7. Small responses have it
// rewritten (node_endpoints.hpp), and as it comes with errors and errors carry no records, nearly
// all are small.

#include "protocol/core/bytes.hpp"
#include "protocol/wire/partial_walk.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace bkes::proxy {

class relayed_fetch {
  public:
    explicit relayed_fetch(std::int16_t api_version) : api_version_{api_version} {}

    /// What may be passed on of the bytes that have arrived.
    struct step {
        std::size_t forward = 0;  ///< of the bytes given; the rest is given again, with more behind
        std::size_t stream = 0;   ///< then so many more, unseen: the rest of some records
        bool is_malformed = false;
    };

    /// `arrived`: the frame from where the last step ended, as far as it is there; it is changed in
    /// place where it holds addresses. `left`: bytes of the frame from there on, all in all.
    step advance(std::span<char> arrived, std::size_t left);

  private:
    void keep_between(bytes_view body, std::size_t fresh_begin, const protocol::partial_walk& walk);

    std::int16_t api_version_;
    bool has_header_ = false;
    bytes skeleton_;           ///< of the body, without any records
    std::size_t omitted_ = 0;  ///< records fields with content that were passed on
};

}  // namespace bkes::proxy
