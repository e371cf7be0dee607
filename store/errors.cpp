#include "store/errors.hpp"

#include <string>

namespace bkes::store {
namespace {

class category final : public std::error_category {
  public:
    [[nodiscard]] const char* name() const noexcept override { return "bkes.store"; }

    [[nodiscard]] std::string message(int code) const override {
        switch (static_cast<store_errc>(code)) {
            case store_errc::in_use:
                return "the store's directory is in use by another process: end that one, or "
                       "choose another data.dir";
            case store_errc::other_cluster:
                return "the store's directory belongs to another Kafka cluster";
            case store_errc::io_failed:
                return "the store could not be read or written";
            case store_errc::corrupt:
                return "the store is corrupt: delete its directory, it is rebuilt from the topic";
            case store_errc::out_of_order:
                return "the change does not fit the position of the partition";
            case store_errc::interrupted:
                return "the store is being closed, the rest is done after it is opened again";
            case store_errc::busy:
                return "the store has to write out what it took before it can take more";
        }
        return "unknown store error";
    }
};

}  // namespace

const std::error_category& store_category() {
    static const category instance;
    return instance;
}

std::error_code make_error_code(store_errc code) {
    return {static_cast<int>(code), store_category()};
}

}  // namespace bkes::store
