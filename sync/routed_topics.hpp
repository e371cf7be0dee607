#pragma once
// The guarded topics at a router (`role=router`): no store, no partition of its own, nothing on disk. An
// append goes to the instance that owns its partition, and a read by key to any that has a store. The
// group is looked at, not joined.
//
//   append -> append_forwarder of the partition's thread -> owner -> answered
//   read   -> store_link of the client's session -> an instance -> answered

#include "sync/broker/cluster_view.hpp"
#include "sync/group_owners.hpp"
#include "sync/guarded_topics.hpp"
#include "sync/quotas/client_quotas.hpp"
#include "sync/start/rights_report.hpp"

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace bkes::sync {

class routed_topics final : public guarded_topics {
  public:
    /// The contexts must outlive this object.
    routed_topics(guarded_topics_options options,
                  std::span<boost::asio::io_context* const> contexts);
    ~routed_topics() override;

    void on_cluster_change(std::function<void(const cluster_snapshot&)> changed) override;
    started<void> start() override;
    void stop(std::chrono::milliseconds limit, std::move_only_function<void()> stopped) override;
    [[nodiscard]] const std::vector<std::string>& topics() const override;
    [[nodiscard]] std::int32_t partition_count(bytes_view topic) const override;
    [[nodiscard]] std::optional<partition_status> status(bytes_view topic,
                                                         partition_id partition) const override;
    [[nodiscard]] std::shared_ptr<const partition_counts> counts(
        bytes_view topic, partition_id partition) const override;

    [[nodiscard]] const rebuild_counts& rebuilds() const override { return rebuilds_; }

    append_submission append(bytes_view topic, partition_id partition, append_job job) override;
    void hand_over(std::chrono::milliseconds limit, std::move_only_function<void()> done) override;

    [[nodiscard]] forward_service* forwards() override { return nullptr; }

    [[nodiscard]] offered_restore_point* restore_point() override { return nullptr; }

    [[nodiscard]] std::chrono::milliseconds count_produced(const produce_client& who,
                                                           std::size_t bytes) override;

    [[nodiscard]] aggregate_reader* reader() override { return nullptr; }

    [[nodiscard]] std::shared_ptr<store_link> link_to_store(
        boost::asio::io_context& context) override;
    [[nodiscard]] std::chrono::milliseconds keep_alive() const override;
    [[nodiscard]] std::shared_ptr<const cluster_snapshot> cluster() const override;

  private:
    /// Of each topic its partitions'; written by the partition's thread.
    using counts_table =
        std::map<std::string, std::vector<std::shared_ptr<partition_counts>>, std::less<>>;

    void saw(const cluster_snapshot& snapshot);
    void count_partitions(const std::string& topic, std::size_t count);
    [[nodiscard]] std::shared_ptr<partition_counts> find_counts(bytes_view topic,
                                                                partition_id partition) const;

    guarded_topics_options options_;
    std::vector<boost::asio::io_context*> contexts_;
    cluster_view view_;
    rights_report rights_;
    group_owners owners_;
    std::shared_ptr<client_quotas> quotas_ = std::make_shared<client_quotas>();
    rebuild_counts rebuilds_;  ///< none
    std::function<void(const cluster_snapshot&)> cluster_changed_ = [](const cluster_snapshot&) {};
    std::atomic<std::shared_ptr<const counts_table>> counts_{
        std::make_shared<const counts_table>()};
    std::atomic<std::size_t> links_{0};  ///< made so far
};

}  // namespace bkes::sync
