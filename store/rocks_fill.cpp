// begin_fill, end_fill: what is different while much is written and little is read.
//
// With a key for each event, two things cost more the more keys there are: asking RocksDB about a key
// that it doesn't have, and merging what was written with what is there. The first is answered by
// seen_keys instead. The second is put off: new files gather until there are many, and are merged in one
// go, with few passes over everything. A read would have to look at all of them, so end_fill goes back
// to merging early; what has gathered until then is merged beside the reads and writes that follow.

#include "store/errors.hpp"
#include "store/rocks_store.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace bkes::store {
namespace {

/// With the lock held for so many keys, whoever applies waits for some microseconds.
constexpr std::size_t keys_at_once = 1'000;

/// Looking at a key that is there takes about an eighth of what it saves for an event.
constexpr std::uint64_t known_keys_per_event_max = 8;

using family_settings = std::unordered_map<std::string, std::string>;

family_settings merging_at(const rocksdb::ColumnFamilyOptions& ordinary, std::size_t factor) {
    const auto trigger =
        static_cast<std::size_t>(ordinary.level0_file_num_compaction_trigger) * factor;
    return {
        {"level0_file_num_compaction_trigger", std::to_string(trigger)},
        {"max_bytes_for_level_base", std::to_string(ordinary.max_bytes_for_level_base * factor)}};
}

}  // namespace

result<void> rocks_store::begin_fill(std::uint64_t events) {
    const auto known = figures().keys_estimate;
    if (known / known_keys_per_event_max > events) {
        return {};
    }
    if (auto set = merge_at(fill_merge_factor); !set) {
        return set;
    }
    seen_keys nothing_yet{known + std::min(events, ~known), block_cache_bytes_ / 2};
    setup_.cache->SetCapacity(block_cache_bytes_ - nothing_yet.bytes());
    {
        const std::lock_guard lock{write_mutex_};
        seen_.emplace(std::move(nothing_yet));
    }
    // Those that come from here on are added as they come; those from before stand in RocksDB then.
    if (auto settled = settle(); !settled) {
        return settled;
    }
    return add_stored_keys();
}

result<void> rocks_store::add_stored_keys() {
    rocksdb::ReadOptions once;
    once.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> it{database_->NewIterator(once, database_.heads())};
    std::vector<std::uint64_t> hashes;
    for (it->SeekToFirst(); it->Valid() && !is_interrupted_;) {
        hashes.clear();
        for (; it->Valid() && hashes.size() < keys_at_once; it->Next()) {
            hashes.push_back(head_cache::hash_of(view_of(it->key())));
        }
        const std::lock_guard lock{write_mutex_};
        std::ranges::for_each(hashes, [this](auto hash) { seen_->add(hash); });
    }
    if (!it->status().ok()) {
        return failure{failed("reading the keys", it->status())};
    }
    if (!it->Valid()) {
        const std::lock_guard lock{write_mutex_};
        seen_->has_all();
    }
    return {};
}

result<void> rocks_store::end_fill() {
    {
        const std::lock_guard lock{write_mutex_};
        seen_.reset();
    }
    setup_.cache->SetCapacity(block_cache_bytes_);
    if (auto set = merge_at(1); !set) {
        return set;
    }
    return flush();  // else a crash would have some hundred thousand events read again
}

/// So many times later than usual.
result<void> rocks_store::merge_at(std::size_t factor) {
    for (const auto& [family, ordinary] : {std::pair{database_.events(), &setup_.events},
                                           {database_.heads(), &setup_.heads},
                                           {database_.firsts(), &setup_.firsts}}) {
        if (const auto status = database_->SetOptions(family, merging_at(*ordinary, factor));
            !status.ok()) {
            return failure{failed("setting when files are merged", status)};
        }
    }
    return {};
}

}  // namespace bkes::store
