#pragma once
// The guarded topics of an instance that has a store: everything between a client's batch and the log,
// and between the log and the store.
//
//   append -> partition_log -> sequencer (judges) -> appender -> Kafka -> store -> answer
//   log (foreign writers, catch-up) -> log_tail -> store

#include "store/event_store.hpp"
#include "sync/guarded_topics.hpp"
#include "sync/types/options.hpp"

#include <memory>
#include <span>
#include <string>

namespace bkes::sync {

class stored_topics final : public guarded_topics {
  public:
    /// The store and the contexts must outlive this object.
    stored_topics(guarded_topics_options options, store::event_store& store,
                  std::span<boost::asio::io_context* const> contexts);
    ~stored_topics() override;

    void on_cluster_change(std::function<void(const cluster_snapshot&)> changed) override;
    started<void> start() override;
    void stop(std::chrono::milliseconds limit, std::move_only_function<void()> stopped) override;
    [[nodiscard]] const std::vector<std::string>& topics() const override;
    [[nodiscard]] std::int32_t partition_count(bytes_view topic) const override;
    [[nodiscard]] std::optional<partition_status> status(bytes_view topic,
                                                         partition_id partition) const override;
    [[nodiscard]] std::shared_ptr<const partition_counts> counts(
        bytes_view topic, partition_id partition) const override;
    [[nodiscard]] const rebuild_counts& rebuilds() const override;
    append_submission append(bytes_view topic, partition_id partition, append_job job) override;
    void hand_over(std::chrono::milliseconds limit, std::move_only_function<void()> done) override;
    [[nodiscard]] forward_service* forwards() override;
    [[nodiscard]] offered_restore_point* restore_point() override;
    [[nodiscard]] std::chrono::milliseconds count_produced(const produce_client& who,
                                                           std::size_t bytes) override;
    [[nodiscard]] aggregate_reader* reader() override;
    [[nodiscard]] std::shared_ptr<store_link> link_to_store(
        boost::asio::io_context& context) override;
    [[nodiscard]] std::chrono::milliseconds keep_alive() const override;
    [[nodiscard]] std::shared_ptr<const cluster_snapshot> cluster() const override;

    /// True when the store holds all of the log of all guarded topics.
    [[nodiscard]] bool readable() const;

    /// Makes a restore point of the store in `place` (event_store::checkpoint), when the long work
    /// that waits there is done. `done` runs on a thread that nobody else may need meanwhile: it
    /// returns soon. It is dropped, not called, when this object ends before.
    void checkpoint(std::string place,
                    std::move_only_function<void(store::checkpoint_outcome)> done);

  private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace bkes::sync
