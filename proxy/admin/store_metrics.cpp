#include "proxy/admin/metrics.hpp"

#include <utility>

namespace bkes::proxy {

void add_store_metrics(const store::store_figures& store, metric_families& families) {
    add_gauge(families, "bkes_store_memory_bytes", "Memory of the store's caches and tables",
              static_cast<double>(store.memory_bytes));
    add_gauge(families, "bkes_store_disk_bytes", "Bytes of the store on disk",
              static_cast<double>(store.disk_bytes));
    add_gauge(families, "bkes_store_keys", "Aggregates in the store, an estimate",
              static_cast<double>(store.keys_estimate));
    add_gauge(families, "bkes_store_write_stopped",
              "1 while the store takes nothing before it has written out",
              store.takes_no_writes ? 1 : 0);
    add_counter(families, "bkes_store_write_stalls_total",
                "How often the store took no more writes for a while",
                static_cast<double>(store.stalls));
}

void add_rebuild_metrics(const sync::rebuild_counts& rebuilds, metric_families& families) {
    auto family = counter_family("bkes_store_rebuilds_total",
                                 "Indexes of partitions that were built again from the log");
    for (std::size_t index = 0; index < sync::rebuild_causes; ++index) {
        const auto cause = static_cast<sync::rebuild_cause>(index);
        add_value(family, {{"cause", std::string{name_of(cause)}}},
                  static_cast<double>(rebuilds.of(cause)));
    }
    families.push_back(std::move(family));
}

}  // namespace bkes::proxy
