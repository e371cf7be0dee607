#pragma once
// One walk over a partition's heads that takes events away, batch by batch. Private to the store:
// what is derived from it stands in rocks_retract.cpp.

#include "store/errors.hpp"
#include "store/rocks_store.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace bkes::store {

// A change of the hot path waits for one batch at most.
inline constexpr std::size_t batch_entries_max = 1024;
// One round of looking for entries: iterators don't live longer than that, as they pin memtables.
inline constexpr std::size_t scanned_max = 65536;

/// One run over the heads of a partition: those whose first event stands below `first_end`, or all
/// of them, those that have no event too. What is derived from it says which of them lose events
/// and takes them away, some at a time.
class retraction {
  public:
    retraction(rocks_store& store, topic_partition where, std::optional<log_offset> first_end)
        : store_{store}, where_{where}, first_end_{first_end} {}

    retraction(const retraction&) = delete;
    retraction& operator=(const retraction&) = delete;
    virtual ~retraction() = default;

    result<void> run() {
        if (auto settled = store_.settle(); !settled) {
            return settled;
        }
        bytes next;
        append_first_key(next, where_, log_offset{0}, {});
        for (bool more = true; more;) {
            if (store_.is_interrupted_) {
                return failure{store_errc::interrupted};
            }
            std::vector<bytes> affected;
            auto found = find_affected(next, affected);
            if (!found) {
                return failure{found.error()};
            }
            more = *found;
            if (auto changed = change(affected); !changed) {
                return changed;
            }
        }
        return {};
    }

  protected:
    enum class progress { finished, more };

    [[nodiscard]] virtual bool affects(const stored_head& own) const = 0;
    /// Deletes events until done or the batch is full, and brings the head in line with what is
    /// left. A head without events and without `dropped` is deleted.
    virtual result<progress> take_some(bytes_view key, stored_head& own) = 0;

    [[nodiscard]] bool is_full() const {
        return static_cast<std::size_t>(batch_.Count()) >= batch_entries_max;
    }

    [[nodiscard]] bytes event_key(bytes_view key, event_order order) const {
        bytes out;
        append_aggregate_prefix(out, where_, key);
        append_order(out, order);
        return out;
    }

    void erase(bytes_view event_key) {
        batch_.Delete(store_.database_.events(), slice_of(event_key));
    }

    /// As of the batch's begin.
    [[nodiscard]] rocksdb::Iterator& events() {
        if (events_ == nullptr) {
            rocksdb::ReadOptions options;
            options.total_order_seek = true;
            options.fill_cache = false;
            events_.reset(store_.database_->NewIterator(options, store_.database_.events()));
        }
        return *events_;
    }

    /// The event on which the iterator stands; anything but the one with this key is a violation,
    /// above all one of another aggregate.
    result<stored_event> event_with(bytes_view key) {
        if (!events().Valid() || view_of(events().key()) != key) {
            return events().status().ok() ? violated() : failed(events().status());
        }
        const auto event = decode_event(order_of(key), view_of(events().value()));
        return event ? result<stored_event>{*event} : violated();
    }

    [[nodiscard]] failure failed(const rocksdb::Status& status) const {
        return failure{store_.failed("taking events away", status)};
    }

    [[nodiscard]] failure violated() const {
        return failure{store_.violated("taking events away")};
    }

  private:
    /// Keys of aggregates from the entry `next` on that lose events; false when all were looked at.
    result<bool> find_affected(bytes& next, std::vector<bytes>& affected) const {
        bytes end;
        if (first_end_) {
            append_first_key(end, where_, *first_end_, {});
        } else {
            append_position_key(end, where_);
            end.push_back('\xff');  // no offset begins with it
        }
        const auto upper_bound = slice_of(end);
        rocksdb::ReadOptions options;
        options.fill_cache = false;
        options.iterate_upper_bound = &upper_bound;
        const std::unique_ptr<rocksdb::Iterator> it{
            store_.database_->NewIterator(options, store_.database_.firsts())};
        std::size_t scanned = 0;
        for (it->Seek(next); it->Valid(); it->Next()) {
            if (affected.size() >= batch_entries_max || scanned++ >= scanned_max) {
                next = bytes{view_of(it->key())};
                return true;
            }
            const auto key = aggregate_part(view_of(it->key()));
            const auto loses = loses_events(key);
            if (!loses) {
                return failure{loses.error()};
            }
            if (*loses) {
                affected.emplace_back(key);
            }
        }
        if (!it->status().ok()) {
            return failed(it->status());
        }
        return false;
    }

    /// Looked at before the lock is taken, so that it is in the cache then. Somebody else may have
    /// changed the head meanwhile: what counts is what `change_head` finds.
    result<bool> loses_events(bytes_view key) const {
        bytes head_key;
        append_head_key(head_key, where_.topic, key);
        const auto heads = store_.read_heads(head_key);
        if (!heads) {
            return failure{heads.error()};
        }
        const auto place = index_of(*heads, where_.partition);
        return place < heads->size() && affects((*heads)[place]);
    }

    result<void> change(const std::vector<bytes>& affected) {
        for (std::size_t done = 0; done < affected.size();) {
            if (store_.is_interrupted_) {
                return failure{store_errc::interrupted};
            }
            if (auto changed = change_some(affected, done); is_busy(changed)) {
                if (auto writable = store_.wait_until_writable(); !writable) {
                    return writable;
                }
            } else if (!changed) {
                return changed;
            }
        }
        return {};
    }

    /// One batch from `done` on, which moves when it is written.
    result<void> change_some(const std::vector<bytes>& affected, std::size_t& done) {
        const std::lock_guard lock{store_.write_mutex_};
        if (auto written = store_.write_waiting(); !written) {
            return written;
        }
        batch_.Clear();
        events_.reset();
        auto next = done;
        for (; next < affected.size() && !is_full(); ++next) {
            const auto changed = change_head(affected[next]);
            if (!changed) {
                return failure{changed.error()};
            }
            if (*changed == progress::more) {
                break;  // written, and looked at again with what is left
            }
        }
        ++store_.retraction_writes_;
        auto written = store_.write(batch_);
        ++store_.retraction_writes_;
        if (written) {
            done = next;
        }
        return written;
    }

    result<progress> change_head(bytes_view key) {
        bytes head_key;
        append_head_key(head_key, where_.topic, key);
        auto heads = store_.read_heads(head_key);
        if (!heads) {
            return failure{heads.error()};
        }
        const auto place = index_of(*heads, where_.partition);
        if (place == heads->size() || !affects((*heads)[place])) {
            return progress::finished;
        }
        auto& own = (*heads)[place];
        const auto before = own;
        const auto taken = take_some(key, own);
        if (!taken) {
            return taken;
        }
        const bool is_gone = own.is_empty() && !own.lost_events();
        move_first(key, before, is_gone ? nullptr : &own);
        if (is_gone) {
            heads->erase(heads->begin() + static_cast<std::ptrdiff_t>(place));
        }
        sort_home_first(*heads);
        store_.cached_heads_.erase(head_cache::hash_of(head_key), head_key);
        if (heads->empty()) {
            batch_.Delete(store_.database_.heads(), head_key);
        } else {
            bytes value;
            append_heads(value, *heads);
            batch_.Put(store_.database_.heads(), head_key, value);
        }
        return taken;
    }

    /// The head's entry in `firsts`.
    void move_first(bytes_view key, const stored_head& before, const stored_head* after) {
        if (after != nullptr && first_offset_of(before) == first_offset_of(*after)) {
            return;
        }
        bytes entry;
        append_first_key(entry, where_, first_offset_of(before), key);
        batch_.Delete(store_.database_.firsts(), entry);
        if (after != nullptr) {
            entry.clear();
            append_first_key(entry, where_, first_offset_of(*after), key);
            batch_.Put(store_.database_.firsts(), entry, rocksdb::Slice{});
        }
    }

    rocks_store& store_;
    topic_partition where_;
    std::optional<log_offset> first_end_;
    rocksdb::WriteBatch batch_;
    std::unique_ptr<rocksdb::Iterator> events_;
};

}  // namespace bkes::store
