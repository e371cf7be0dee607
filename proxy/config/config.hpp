#pragma once
// What an instance of bkes is told at its start (contract section 10).
//
// `load_config` puts it together from, in rising priority: defaults, a Java-style properties file,
// BKES_ environment variables, flags. The one table of settings is in proxy/config/settings.hpp;
// it drives all three sources, --help and --print-config. The result never changes afterwards and
// may be read from any thread.

#include "protocol/core/ids.hpp"
#include "proxy/config/host_port.hpp"
#include "proxy/config/listener_config.hpp"
#include "sync/types/options.hpp"
#include "sync/types/partitioner.hpp"
#include "sync/types/security_options.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bkes::proxy {

/// Which of a client's rights are asked for (contract section 8).
enum class authorization {
    topic,  ///< those on the guarded topic
    keys,   ///< those on the names of its key topics
};

enum class instance_role {
    owner,   ///< has a store, and partitions of its own
    router,  ///< has neither, and gives appends and reads to the instances of the group
};

/// As restore.from: what another instance of the group offers.
inline constexpr std::string_view from_a_peer = "peer";

/// What a record without an order header is.
enum class missing_order {
    accepted,  ///< order.required=false: appended as with `any`
    refused,   ///< order.required=true
};

enum class log_level { trace, debug, info, warn, error };

enum class log_format {
    text,  ///< for people
    json,  ///< an object a line
};

struct config {
    std::vector<host_port> bootstrap_servers;  ///< real brokers; empty: not set, `serve` refuses it
    listener_settings listening;               ///< as given
    std::vector<listener_config> listeners;    ///< what follows from that: one at least
    /// Where bkes shows itself; empty: nowhere.
    std::optional<host_port> admin_listener = host_port{"127.0.0.1", 9190};
    /// By listener.name.admin.*: set, and it speaks TLS.
    std::optional<listener_options> admin_tls;
    bool http_read = false;               ///< whether events are shown there
    std::vector<std::string> http_hosts;  ///< by which names, besides addresses
    std::int32_t http_connections_max = 1'000;
    bkes::node_id node_id{1'000'000'000};     ///< of the bkes node, the leader of all key topics
    std::vector<std::string> topics{"bkes"};  ///< the guarded ones; empty: a proxy only
    authorization authorize = authorization::topic;
    std::int32_t authorize_cache_ms = 10'000;
    std::string order_header = "order";
    missing_order without_order = missing_order::accepted;
    std::string event_id_header;  ///< empty: resends are not recognised by id
    sync::misplaced_append misplaced = sync::misplaced_append::redirect;
    instance_role role = instance_role::owner;
    std::string group_id;  ///< of the instances that share the partitions; empty: nobody shares
    std::int32_t session_timeout_ms = 6'000;
    /// Where the home of a new key ought to be: for `bkes append` and `bkes verify`, and of a group.
    sync::partitioner partitioner = sync::partitioner::murmur2;
    std::int32_t hold_ms = 5000;  ///< how long a request waits for a partition that isn't ready
    std::int32_t lease_ms = 1000;
    std::string data_dir = "./data";
    /// What an empty data_dir begins from: the directory of a restore point, from_a_peer, or nothing.
    std::string restore_from;
    std::int32_t frame_bytes_max = 100 << 20;
    std::int32_t batch_bytes_max = 16 << 20;  ///< of one client batch, decompressed
    std::int32_t connections_max = 10'000;
    std::int32_t connections_max_per_ip = std::numeric_limits<std::int32_t>::max();
    std::int32_t connections_max_idle_ms = 600'000;  ///< of clients, as brokers have it
    std::int32_t connect_timeout_ms = 5'000;         ///< to a broker, for a client
    std::int32_t drain_ms = 0;      ///< how long new connections are taken after SIGTERM
    std::int32_t threads = 1;       ///< of `serve`; defaults to half the processors
    std::int32_t busy_poll_us = 0;  ///< a thread looks for more that long before it sleeps
    std::int64_t store_memory_bytes = std::int64_t{128} << 20;
    std::string instance_id;  ///< tells instances apart in logs; defaults to the host's name
    log_level level = log_level::info;
    log_format format = log_format::text;  ///< of the log
    sync::security_options kafka;          ///< of all of bkes' own connections
};

/// A message for the person who starts bkes: the setting, where its value came from, what is wrong.
class config_error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// One setting as a source gives it.
struct assignment {
    std::string key;  ///< canonical: `bootstrap.servers`
    std::string value;
    std::string source;  ///< `bkes.properties:12`, `environment variable BKES_TOPICS`, ...
};

struct config_sources {
    std::optional<std::string> file;  ///< path of the properties file
    /// Path of a client's properties file (proxy/config/client_file.hpp). It wins over file and
    /// environment, and what they say of kafka.* doesn't count at all: half of one identity with half
    /// of another is none.
    std::optional<std::string> client_file{};
    std::vector<std::string> environment;  ///< all of it, `NAME=value`; only BKES_ is looked at
    std::vector<assignment> flags;
};

/// A config, and where each setting that isn't at its default came from.
struct loaded_config {
    config value;
    std::map<std::string, std::string, std::less<>> origins;  ///< by key
    std::vector<std::string> of_client_file{};                ///< keys

    [[nodiscard]] bool is_of_client_file(std::string_view key) const {
        return std::ranges::find(of_client_file, key) != of_client_file.end();
    }
};

/// Throws config_error.
loaded_config load_config(const config_sources& sources);

/// What only `serve` and `sync` need: bootstrap.servers is set. Throws config_error.
void check_brokers_are_named(const config& settings);

/// All settings in force as a properties file that `load_config` reads back, passwords masked.
std::string print_config(const loaded_config& loaded);

}  // namespace bkes::proxy
