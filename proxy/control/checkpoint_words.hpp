#pragma once
// How a restore point is asked for through the control socket, and what is answered: a line of JSON
// each.
//
//   {"checkpoint":"/backups/bkes-1"}
//   {"ok":true,"directory":"/backups/bkes-1","bytes":1234,"ms":12,
//    "partitions":[{"topic":"bkes","partition":0,"next_offset":17}]}        (on one line)
//   {"error":"the directory isn't empty"}

#include "store/event_store.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace bkes::proxy {

/// `directory` is absolute, and UTF-8.
std::string checkpoint_request(std::string_view directory);

/// The directory that is asked for, or what is wrong with the line.
std::expected<std::string, std::string> requested_checkpoint(std::string_view line);

std::string checkpoint_answer(std::string_view directory, const store::checkpoint_outcome& outcome);

struct checkpoint_refusal {
    bool is_understood = true;  ///< false: the line is none of those above
    std::string text;
};

/// For people, a table of the partitions; or why there is no restore point.
std::expected<std::string, checkpoint_refusal> checkpoint_text(std::string_view answer);

}  // namespace bkes::proxy
