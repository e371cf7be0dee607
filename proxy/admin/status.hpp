#pragma once
// How an instance is, partition by partition: what /status says and `bkes status` shows.

#include "proxy/admin/readiness.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bkes::proxy {

struct instance_facts {
    std::string instance_id{};
    service_phase phase = service_phase::starting;
    std::int32_t connections = 0;
};

/// {"version":...,"instance":...,"phase":"serving","ready":true,"connections":3,"partitions":[
///  {"topic":"bkes","partition":0,"state":"ready","stored_offset":7,"end_offset":7,"lag":0},...]}
std::string status_json(const instance_facts& facts, std::span<const seen_partition> partitions);

/// The same for people: a line for the instance, and a table. Empty: this is no such JSON.
std::string status_text(std::string_view json);

/// Whether it says so of itself.
bool is_ready(std::string_view json);

}  // namespace bkes::proxy
