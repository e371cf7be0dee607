#include "protocol/errors.hpp"

#include <string>

namespace bkes::protocol {

namespace {

class category final : public std::error_category {
  public:
    [[nodiscard]] const char* name() const noexcept override { return "bkes.protocol"; }

    [[nodiscard]] std::string message(int code) const override {
        switch (static_cast<protocol_errc>(code)) {
            case protocol_errc::malformed:
                return "malformed: truncated, a wrong length, or bytes left over";
            case protocol_errc::unsupported_version:
                return "API or version not supported";
            case protocol_errc::field_not_in_version:
                return "the version has no room for a field that is set";
            case protocol_errc::field_too_long:
                return "a string is longer than Kafka allows";
            case protocol_errc::unsupported_magic:
                return "message format 0 or 1";
            case protocol_errc::bad_crc:
                return "checksum mismatch";
            case protocol_errc::bad_compression:
                return "broken or unknown compression";
            case protocol_errc::expands_too_far:
                return "expands to more bytes than allowed";
            case protocol_errc::too_many_elements:
                return "more elements in its arrays than allowed";
            case protocol_errc::frame_too_large:
                return "frame is negative or larger than allowed";
        }
        return "unknown error " + std::to_string(code);
    }
};

}  // namespace

const std::error_category& protocol_category() {
    static const category instance;
    return instance;
}

std::error_code make_error_code(protocol_errc code) {
    return {static_cast<int>(code), protocol_category()};
}

}  // namespace bkes::protocol
