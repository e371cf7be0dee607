#pragma once
// Several batches one behind the other, as a Fetch returns them and a log file holds them. The last
// one may be cut off by the size limit of the request: that is no error, it comes whole next time.

#include "protocol/core/bytes.hpp"

#include <cstdint>
#include <optional>

namespace bkes::protocol {

/// Byte 16, where every format has it. `batch` is one that batch_sequence gave.
std::int8_t batch_magic(bytes_view batch);

/// Walks over batches of any magic; of magic 0 and 1 each message is one.
class batch_sequence {
  public:
    explicit batch_sequence(bytes_view records) : left_{records} {}

    /// The next whole batch, a view into the records; none at the end, before an incomplete one
    /// and once failed.
    std::optional<bytes_view> next();

    /// True after a length that no batch can have: what follows can't be found.
    [[nodiscard]] bool failed() const { return failed_; }

    /// What has not been given out: empty, or the beginning of a batch.
    [[nodiscard]] bytes_view rest() const { return left_; }

  private:
    bytes_view left_;
    bool failed_ = false;
};

}  // namespace bkes::protocol
