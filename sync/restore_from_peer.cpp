#include "sync/restore_from_peer.hpp"

#include "protocol/kafka_error.hpp"
#include "protocol/messages/fetch_restore_point.hpp"
#include "store/received_store.hpp"
#include "sync/group/group_questions.hpp"
#include "sync/start/start_questions.hpp"
#include "sync/types/log.hpp"
#include "sync/types/printable.hpp"

#include <expected>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;
using protocol::fetch_restore_point_request;
using protocol::fetch_restore_point_response;
using protocol::kafka_error;
using clock = std::chrono::steady_clock;

constexpr auto group_timeout = 10s;
constexpr auto group_again = 200ms;
constexpr auto connect_timeout = 5s;
/// It may have other long work to do, and flushes.
constexpr auto offer_timeout = 2min;
constexpr auto piece_timeout = 30s;
constexpr int tries_max = 5;  ///< of one piece
constexpr auto piece_again = 1s;
constexpr std::int32_t piece_bytes = 1 << 20;
constexpr auto say_each = 10s;

/// Or why not, for people.
template <class T>
using outcome = std::expected<T, std::string>;

/// Why the group couldn't be looked at.
struct group_problem {
    std::string text;
    bool may_pass = false;
};

using no_group = std::unexpected<group_problem>;
using found_members = std::expected<std::vector<group_member_view>, group_problem>;

/// The coordinator of a group that nobody was in before has to be found first.
no_group refused(kafka_error error) {
    const bool may_pass = error == kafka_error::coordinator_not_available ||
                          error == kafka_error::coordinator_load_in_progress ||
                          error == kafka_error::not_coordinator;
    return no_group{{std::string{protocol::name_of(error)}, may_pass}};
}

std::expected<broker_address, group_problem> find_coordinator(start_questions& brokers,
                                                              const std::string& group_id) {
    const auto any = brokers.to_any_broker();
    if (!any) {
        return no_group{{any.error().text}};
    }
    broker_address found;
    auto error = kafka_error::none;
    const auto asked = brokers.ask<protocol::find_coordinator_response>(
        **any, who_coordinates(group_id), group_coordinator_versions, [&](const auto& answer) {
            error = static_cast<kafka_error>(answer.error_code);
            found.host = std::string{answer.host};
            found.port = static_cast<std::uint16_t>(answer.port);
        });
    if (!asked) {
        return no_group{{asked.error().message()}};
    }
    if (error != kafka_error::none) {
        return refused(error);
    }
    return found;
}

found_members look_at_group(start_questions& brokers, const std::string& group_id) {
    const auto coordinator = find_coordinator(brokers, group_id);
    if (!coordinator) {
        return std::unexpected{coordinator.error()};
    }
    const auto link = brokers.to_broker(*coordinator);
    if (!link) {
        return no_group{{link.error().message()}};
    }
    std::vector<group_member_view> members;
    auto error = kafka_error::none;
    const auto asked = brokers.ask<protocol::describe_groups_response>(
        **link, who_is_in(group_id), describe_groups_versions, [&](const auto& answer) {
            for (const auto& group : answer.groups) {  // the one that was asked for
                error = static_cast<kafka_error>(group.error_code);
                members = members_of(group);
            }
        });
    if (!asked) {
        return no_group{{asked.error().message()}};
    }
    if (error != kafka_error::none) {
        return refused(error);
    }
    return members;
}

found_members find_instances(const cluster_access& access, const std::string& group_id) {
    start_questions brokers{access, group_timeout};
    while (true) {
        auto found = look_at_group(brokers, group_id);
        if (found || !found.error().may_pass || brokers.time_left() <= group_again) {
            return found;
        }
        brokers.pause(group_again);
    }
}

/// From one instance.
class peer_fetch {
  public:
    peer_fetch(const peer_restore_options& options, const member_name& name)
        : options_{options},
          name_{name},
          address_{address_of(name)},
          questions_{options.access, connect_timeout} {}

    outcome<peer_restore_report> run() {
        if (auto connected = connect(); !connected) {
            return std::unexpected{std::move(connected.error())};
        }
        auto contents = ask_for_offer();
        if (!contents) {
            return std::unexpected{std::move(contents.error())};
        }
        const auto count = contents->files.size();
        auto arriving = store::received_store::begin(*std::move(contents), options_.into);
        if (!arriving) {
            return std::unexpected{std::move(arriving.error())};
        }
        sync_log().info("store is fetched from another instance address={} bytes={} files={}",
                        address_, arriving->bytes_in_all(), count);
        if (auto fetched = fetch_files(*arriving); !fetched) {
            return std::unexpected{std::move(fetched.error())};
        }
        auto restored = arriving->finish();
        if (!restored) {
            return std::unexpected{std::move(restored.error())};
        }
        return peer_restore_report{
            .address = address_,
            .restored = *std::move(restored),
            .took = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - began_)};
    }

  private:
    outcome<void> connect() {
        questions_.allow(connect_timeout);
        auto opened =
            questions_.to_broker({.id = node_id{-1}, .host = name_.host, .port = name_.port});
        if (!opened) {
            return std::unexpected{opened.error().message()};
        }
        link_ = std::move(*opened);
        return {};
    }

    template <class Visit>
    outcome<void> ask(const fetch_restore_point_request& request, std::chrono::milliseconds timeout,
                      Visit visit) {
        questions_.allow(timeout);
        outcome<void> said;
        const auto asked = questions_.ask<fetch_restore_point_response>(
            *link_, request, fetch_restore_point_request::schema.versions,
            [&](const fetch_restore_point_response& answer) {
                said = answer.error_code == 0 ? visit(answer) : refused(answer);
            });
        is_lost_ = !asked;
        if (is_lost_) {
            return std::unexpected{asked.error().message()};
        }
        return said;
    }

    static outcome<void> refused(const fetch_restore_point_response& answer) {
        const auto text = answer.error_message.value_or(bytes_view{});
        const auto name = protocol::name_of(static_cast<kafka_error>(answer.error_code));
        return std::unexpected{printable(text.empty() ? name : text, shown_of_a_sentence)};
    }

    outcome<store::restore_point_contents> ask_for_offer() {
        store::restore_point_contents contents;
        auto asked = ask({}, offer_timeout, [&](const fetch_restore_point_response& answer) {
            point_ = answer.restore_point;
            contents.facts = {.format_version = std::string{answer.format_version},
                              .cluster_id = std::string{answer.cluster_id}};
            for (const auto& file : answer.files) {
                contents.files.push_back(
                    {std::string{file.name}, static_cast<std::uint64_t>(file.size)});
            }
            return outcome<void>{};
        });
        if (!asked) {
            return std::unexpected{std::move(asked.error())};
        }
        return contents;
    }

    outcome<void> fetch_files(store::received_store& arriving) {
        const auto all = arriving.bytes_in_all();
        int tries = 0;
        while (const auto next = arriving.next()) {
            fetch_restore_point_request request;
            request.restore_point = point_;
            request.file = static_cast<std::int32_t>(next->file);
            request.position = static_cast<std::int64_t>(next->position);
            request.max_bytes = piece_bytes;
            auto fetched =
                ask(request, piece_timeout, [&](const fetch_restore_point_response& answer) {
                    return arriving.write(answer.piece);
                });
            if (fetched) {
                tries = 0;
                tell(arriving.bytes_written(), all);
            } else if (!is_lost_ || ++tries == tries_max) {
                return fetched;
            } else {
                questions_.pause(piece_again);
                static_cast<void>(connect());  // if that fails, so does the next request
            }
        }
        return {};
    }

    void tell(std::uint64_t done, std::uint64_t all) {
        options_.progress(done, all);
        const auto now = clock::now();
        if (now - said_at_ < say_each) {
            return;
        }
        const std::chrono::duration<double> since = now - said_at_;
        sync_log().info("store is being fetched address={} bytes={} of={} bytes_per_s={:.0f}",
                        address_, done, all, static_cast<double>(done - said_) / since.count());
        said_ = done;
        said_at_ = now;
    }

    const peer_restore_options& options_;
    const member_name& name_;
    const std::string address_;
    const clock::time_point began_ = clock::now();
    start_questions questions_;
    std::shared_ptr<broker_link> link_;
    uuid point_;
    bool is_lost_ = false;  ///< the link of the last question
    std::uint64_t said_ = 0;
    clock::time_point said_at_ = began_;
};

}  // namespace

std::optional<peer_restore_report> restore_from_peer(const peer_restore_options& options) {
    const auto instances = find_instances(options.access, options.group_id);
    if (!instances) {
        sync_log().warn("no instance can be asked for a restore point group={} reason=\"{}\"",
                        options.group_id, instances.error().text);
        return std::nullopt;
    }
    for (const auto& instance : *instances) {
        auto fetched = peer_fetch{options, instance.name}.run();
        if (fetched) {
            return *std::move(fetched);
        }
        sync_log().info("instance gives no restore point address={} reason=\"{}\"",
                        address_of(instance.name), fetched.error());
    }
    sync_log().info("no instance gives a restore point, the topics are read group={} instances={}",
                    options.group_id, instances->size());
    return std::nullopt;
}

}  // namespace bkes::sync
