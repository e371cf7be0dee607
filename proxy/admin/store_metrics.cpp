#include "proxy/admin/metric_values.hpp"
#include "proxy/admin/metrics.hpp"

namespace bkes::proxy {

void add_store_metrics(const store::store_figures& store, metric_families& families) {
    const auto gauge = [&families](std::string name, std::string help, auto value) {
        add_value(families.emplace_back(gauge_family(std::move(name), std::move(help))), {},
                  static_cast<double>(value));
    };
    gauge("bkes_store_memory_bytes", "Memory of the store's caches and tables", store.memory_bytes);
    gauge("bkes_store_disk_bytes", "Bytes of the store on disk", store.disk_bytes);
    gauge("bkes_store_keys", "Aggregates in the store, an estimate", store.keys_estimate);
    gauge("bkes_store_write_stopped", "1 while the store takes nothing before it has written out",
          store.takes_no_writes ? 1 : 0);
}

}  // namespace bkes::proxy
