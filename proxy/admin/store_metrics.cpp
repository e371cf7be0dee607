#include "proxy/admin/metrics.hpp"

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
}

}  // namespace bkes::proxy
