#pragma once
// One request that reads by key, from its arrival to its answer. It reads in passes: what may not
// be read yet (its topic catches up, a proof of ownership is too old) or isn't there yet (a long
// poll) is waited for, and then read in the next pass.
//
//   begin -> rights known -> pass: read_on, slice by slice -> passed -> answered
//              ^                                                |
//              +------------- woken, or the deadline <----------+
//
// Each pass begins with the client's rights, asked again when the answer is too old: one that was
// withdrawn while a long poll waits ends it.
//
// Where there is no store, a pass is a question to an instance that has one (`ask`). It waits for
// events there, for a while at a time, as the client's rights are looked at before each pass.
//
// Held by the session for as long as the answer is owed, and with it all that it waits for. Lives
// on the session's thread but for `read_on`; a pass and the rest never run at the same time.

#include "protocol/core/ids.hpp"
#include "protocol/core/result.hpp"
#include "protocol/header.hpp"
#include "proxy/handlers/rights_check.hpp"
#include "proxy/session/session.hpp"
#include "proxy/session/store_read.hpp"
#include "sync/aggregate_reader.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace bkes::proxy {

/// Of another instance's key topics: with their ends, and by name.
inline constexpr protocol::version_range fetch_of_names{.min = 5, .max = 12};

class key_read : public store_read, public std::enable_shared_from_this<key_read> {
  public:
    using steady_clock = std::chrono::steady_clock;

    /// No client waits longer than this for events, whatever it asks for.
    static constexpr std::chrono::minutes wait_max{5};

    void finish(session& client) final;

  protected:
    /// `wait`: how long the client is ready to wait, at most `wait_max`. For a topic that catches
    /// up it waits at least `hold`.
    key_read(session& client, std::chrono::milliseconds wait, std::chrono::milliseconds hold);

    /// The answer `id` is owed: the first pass. `bytes`: what this object takes, as far as it grows
    /// with what was asked.
    void begin(session& client, answer_id id, std::size_t bytes);

    // ---- on the session's thread

    /// Looks at each aggregate of the request, and remembers which of them the client may not see
    /// (anew each time). Until all rights are known that isn't used.
    virtual void look_at_rights(rights_check& rights) = 0;

    /// A pass is over: gives the answer (and calls `answered`), or waits.
    virtual void passed(session& client) = 0;

    /// Another pass; during one, another after it.
    void go_on();

    void answered() { is_answered_ = true; }

    [[nodiscard]] answer_id id() const { return id_; }

    [[nodiscard]] bool is_time_over() const { return steady_clock::now() >= deadline_; }

    /// Some of what was refused is waited for that lacks but a round trip.
    [[nodiscard]] bool awaits_proof_only() const;

    /// At the deadline there is another pass, at the latest.
    void wait(session& client);

    /// `reached` runs when the aggregate has grown to that order. Empty if too many are waited for.
    sync::wait_ticket watch(session& client, bytes_view topic, bytes_view key, event_order order,
                            std::move_only_function<void()> reached);

    // ---- a pass where there is no store

    [[nodiscard]] bool has_store() const { return reader_ != nullptr; }

    /// How long the instance may wait for events before it answers.
    [[nodiscard]] std::chrono::milliseconds wait_there(const session& client) const;

    /// Asks, with `wait` as above if the request waits; `take` gets the answer, or an error, before
    /// `done`.
    template <class Response, class Request, class Take>
    void ask_instance(session& client, Request request, protocol::version_range versions,
                      std::chrono::milliseconds wait, Take take,
                      std::move_only_function<void()> done) {
        client.store().ask<Response>(
            std::move(request), versions, proven_by_, wait,
            [self = shared_from_this(), take = std::move(take),
             done = std::move(done)](const result<Response>& answer) mutable {
                take(answer);
                done();
            });
    }

    // ---- in a pass

    [[nodiscard]] sync::aggregate_reader& reader() { return *reader_; }

    /// When the request came.
    [[nodiscard]] sync::read_moment began() const { return began_; }

    /// A read was refused. True if that is waited for when the pass is over; false if that was
    /// tried in vain, or can't help.
    [[nodiscard]] bool may_come(bytes_view topic, const sync::read_refusal& refused);

  private:
    using place = std::pair<bytes, std::optional<partition_id>>;

    struct proof_wait {
        sync::wait_ticket ticket;  ///< while it is waited for
        bool is_wanted = false;    ///< by the pass under way
        bool has_failed = false;
    };

    bool are_rights_known(session& client);
    void await_proofs(session& client);
    void take_results();

    std::weak_ptr<session> client_;
    sync::aggregate_reader* reader_;  ///< null: there is no store
    sync::read_moment began_ = steady_clock::now();
    steady_clock::time_point deadline_;
    steady_clock::time_point readable_by_;
    steady_clock::time_point proven_by_;  ///< proofs that get too old before they are used end here
    answer_id id_{};
    std::map<place, proof_wait> places_;
    std::vector<std::pair<place, sync::wait_result>> results_;  ///< not seen by a pass yet
    std::unique_ptr<boost::asio::steady_timer> timer_;
    client_rights::time_point rights_wanted_since_ = client_rights::time_point::max();
    bool awaits_rights_ = false;
    bool is_in_pass_ = false;
    bool is_woken_ = false;
    bool is_answered_ = false;
};

}  // namespace bkes::proxy
