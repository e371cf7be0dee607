#include "sync/offered_restore_point.hpp"

#include "sync/types/log.hpp"
#include "sync/types/random_id.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;

constexpr auto unused_max = 1min;

/// Fewer are read from the topics in a second or two (sync/log/fill_watch.hpp).
constexpr std::int64_t offsets_min = 300'000;

std::int64_t offsets_in(store::event_store& store, const std::vector<std::string>& topics) {
    std::int64_t offsets = 0;
    for (const auto& topic : topics) {
        for (const auto partition : store.partitions(topic)) {
            const auto position = store.position({topic, partition});
            offsets += position && *position ? (*position)->next_offset.value() : 0;
        }
    }
    return offsets;
}

void take_away(const std::string& directory) {
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
}

}  // namespace

offered_restore_point::offered_restore_point(options settings, store::event_store& store,
                                             store_worker& worker)
    : settings_{std::move(settings)}, store_{store}, worker_{worker} {
    take_away(settings_.directory);
}

offered_restore_point::~offered_restore_point() {
    take_away(settings_.directory);
}

void offered_restore_point::ask(boost::asio::io_context& context, offer_handler answered) {
    const std::scoped_lock lock{mutex_};
    if (offered_) {
        used_at_ = clock::now();
        boost::asio::post(context, [answered = std::move(answered), offered = offered_]() mutable {
            answered(std::move(offered));
        });
        return;
    }
    waiting_.push_back({&context, std::move(answered)});
    if (!std::exchange(is_being_made_, true)) {
        worker_.run([this] { make(); });
    }
}

/// On the worker's thread.
void offered_restore_point::make() {
    auto made = try_to_make();
    const std::scoped_lock lock{mutex_};
    is_being_made_ = false;
    offered_ = made.value_or(nullptr);
    used_at_ = clock::now();
    for (auto& one : std::exchange(waiting_, {})) {
        boost::asio::post(*one.context, [answered = std::move(one.answered), made]() mutable {
            answered(std::move(made));
        });
    }
}

offered_restore_point::outcome offered_restore_point::try_to_make() {
    if (const auto offsets = offsets_in(store_, settings_.topics); offsets < offsets_min) {
        return std::unexpected{fmt::format(
            "it has read {} offsets, which is no more work than a restore point", offsets)};
    }
    take_away(settings_.directory);
    const auto report = store_.checkpoint(settings_.directory);
    if (!report) {
        sync_log().warn(
            "restore point can't be offered to other instances directory={} reason=\"{}\"",
            settings_.directory, report.error());
        return std::unexpected{std::string{"it can't make one, as its log says"}};
    }
    const auto stranger = std::ranges::find_if(report->partitions, [this](const auto& one) {
        return std::ranges::find(settings_.topics, one.topic) == settings_.topics.end();
    });
    if (stranger != report->partitions.end()) {
        take_away(settings_.directory);
        return std::unexpected{fmt::format(
            "its store also holds events of {}, which it doesn't guard any more", stranger->topic)};
    }
    auto contents = store::contents_of(settings_.directory);
    if (!contents) {
        return std::unexpected{std::move(contents.error())};
    }
    sync_log().info("restore point is offered to other instances directory={} bytes={} ms={}",
                    settings_.directory, report->bytes, report->took.count());
    return std::make_shared<const offer>(random_id(), std::move(*contents));
}

std::expected<bytes, offered_restore_point::refusal> offered_restore_point::read(
    const uuid& id, std::int32_t file, std::int64_t position, std::size_t most) {
    std::shared_ptr<const offer> offered;
    {
        const std::scoped_lock lock{mutex_};
        if (!offered_ || offered_->id != id) {
            return std::unexpected{refusal::unknown};
        }
        offered = offered_;
        used_at_ = clock::now();
    }
    const auto& files = offered->contents.files;
    const auto index = static_cast<std::size_t>(file);
    if (file < 0 || index >= files.size() || position < 0 ||
        static_cast<std::uint64_t>(position) >= files[index].size) {
        return std::unexpected{refusal::out_of_range};
    }
    auto piece = store::read_piece(settings_.directory, files[index],
                                   static_cast<std::uint64_t>(position), most);
    if (!piece) {
        sync_log().warn("restore point can't be read for another instance reason=\"{}\"",
                        piece.error());
        return std::unexpected{refusal::unreadable};
    }
    return std::move(*piece);
}

void offered_restore_point::look_after(clock::time_point now) {
    const std::scoped_lock lock{mutex_};
    if (!offered_ || now - used_at_ < unused_max) {
        return;
    }
    offered_.reset();
    sync_log().info("restore point isn't offered any more, nobody reads it directory={}",
                    settings_.directory);
    // Before the next one is made, if somebody asks meanwhile.
    worker_.run([directory = settings_.directory] { take_away(directory); });
}

}  // namespace bkes::sync
