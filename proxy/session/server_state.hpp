#pragma once
// What all sessions of a server share. Built before the first client is served and outlives the
// last session; everything in it is immutable or thread-safe by itself.

#include "proxy/addresses/broker_directory.hpp"
#include "proxy/config/config.hpp"
#include "proxy/key_topics/committed_orders.hpp"
#include "proxy/key_topics/key_topic.hpp"
#include "proxy/key_topics/key_topic_ids.hpp"
#include "proxy/session/conflict_log.hpp"
#include "proxy/session/read_pool.hpp"
#include "proxy/session/session_counts.hpp"
#include "sync/guarded_topics.hpp"
#include "sync/net/link_security.hpp"
#include "sync/net/tls_source.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace bkes::proxy {

struct session_settings {
    std::size_t frame_bytes_max = 0;
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds idle_max{600'000};  ///< of a client: connections.max.idle.ms
    /// In which a client that isn't proven (proof.cpp) has to send a request it has begun.
    std::chrono::milliseconds request_max{60'000};
    /// After so long without a byte for it a broker that is in use hears a sign of life; 0: never.
    std::chrono::milliseconds keep_alive{0};
    std::chrono::milliseconds hold{0};  ///< how long a request waits for a partition
    authorization authorize = authorization::topic;
    /// How long what a broker says of a client's rights is remembered.
    std::chrono::milliseconds authorize_cache{0};
    std::size_t batch_bytes_max = 0;  ///< of a client's batch, decompressed
    node_id bkes_node;
};

/// What all sessions of one listener share besides.
struct listener_state {
    std::string name;
    listener_brokers brokers;                       ///< what its clients are told of them
    std::shared_ptr<const sync::tls_source> tls{};  ///< empty: plain text
};

struct server_state {
    session_settings settings;
    /// Of the connections to brokers that are made for clients its `tls_of_clients` counts. Null:
    /// they are in plain text.
    std::shared_ptr<sync::link_security> to_brokers{};
    key_topic_names key_topics;
    key_topic_ids key_ids;
    committed_orders committed{};
    sync::guarded_topics& guarded;
    boost::asio::any_io_executor handshakes;  ///< a thread for the arithmetic of TLS handshakes
    read_pool readers{};
    session_counts_table counts{};
    conflict_log conflicts{false};
    /// Shared, as sessions that still wait for something are destroyed with their io_context, which
    /// is after the server.
    std::shared_ptr<std::atomic<std::int32_t>> open_sessions =
        std::make_shared<std::atomic<std::int32_t>>(0);

    /// For exceptions that reach the root of a coroutine: a bug, or no memory.
    void log_exception(std::string_view where, const std::exception_ptr& thrown);
};

}  // namespace bkes::proxy
