#include "sync/net/sasl_nonce.hpp"

#include "sync/sasl/base64.hpp"

#include <openssl/rand.h>

#include <array>

namespace bkes::sync {

std::string new_sasl_nonce() {
    std::array<unsigned char, 24> random{};
    ::RAND_bytes(random.data(), static_cast<int>(random.size()));
    return base64_encode({reinterpret_cast<const char*>(random.data()), random.size()});
}

}  // namespace bkes::sync
