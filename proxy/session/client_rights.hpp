#pragma once
// What the broker lets one client do with topics, as far as it was asked (contract section 8).
//
// An answer is remembered for a while. What isn't known is gathered, and goes out as one question:
// one at a time, and whatever is missed meanwhile goes with the next. Who needs an answer is called
// when it is there, and looks again.
//
// Belongs to one session, used on its thread only; knows no clock and sends nothing itself.

#include "protocol/acl_operation.hpp"
#include "protocol/core/bytes.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace bkes::proxy {

/// Correlation id of the question to the broker. (Clients count from 0 or 1.)
inline constexpr std::int32_t rights_question_id = 0x72696768;

class client_rights {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using waiter = std::move_only_function<void()>;

    /// Beyond so many, only the answers to the last question stay.
    static constexpr std::size_t remembered_max = 1'000;

    explicit client_rights(std::chrono::milliseconds remembered_for)
        : remembered_for_{remembered_for} {}

    /// What the client may do with the topic. Empty if that has to be asked: it never was, or both
    /// too long ago and before `asked_since`, from when on an answer counts however slow it was.
    [[nodiscard]] std::optional<protocol::authorized_operations> of(bytes_view topic,
                                                                    time_point now,
                                                                    time_point asked_since) const;

    /// To be asked with the next question.
    void want(bytes_view topic) { wanted_.emplace_back(topic); }

    /// Runs when what is wanted now has been asked.
    void when_known(waiter known) { waiting_.push_back(std::move(known)); }

    [[nodiscard]] bool is_asking() const { return asked_at_.has_value(); }

    /// Something is wanted, and no question is under way.
    [[nodiscard]] bool may_ask() const { return !wanted_.empty() && !is_asking(); }

    /// The topics of the next question, each once. Then `told` for each that the broker answers,
    /// and at last `question_answered`.
    std::vector<std::string> ask(time_point now);

    void told(bytes_view topic, protocol::authorized_operations operations);

    /// Topics that the broker didn't name are forbidden. Gives those who waited.
    [[nodiscard]] std::vector<waiter> question_answered();

    /// Forgets what isn't remembered any more.
    void forget_old(time_point now);

  private:
    struct answer {
        protocol::authorized_operations operations = 0;
        time_point asked_at;
    };

    struct hash {
        using is_transparent = void;

        std::size_t operator()(bytes_view text) const { return std::hash<bytes_view>{}(text); }
    };

    std::chrono::milliseconds remembered_for_;
    std::unordered_map<std::string, answer, hash, std::equal_to<>> known_;
    std::vector<std::string> wanted_;
    std::vector<waiter> waiting_;  ///< for the next question

    std::optional<time_point> asked_at_;  ///< the question under way, if there is one
    std::vector<std::string> asked_;      ///< its topics
    std::vector<waiter> asking_;          ///< who waits for it
    time_point last_asked_at_;            ///< the last question that was answered
};

}  // namespace bkes::proxy
