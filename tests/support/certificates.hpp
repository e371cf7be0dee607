#pragma once
// Certificates made in the test's own process, as PEM files in a folder of their own that goes away
// with the authority. What certificates.py is for the tests on Kafka.

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace bkes::test {

template <class T, void (*Free)(T*)>
struct openssl_deleter {
    void operator()(T* object) const { Free(object); }
};

using owned_key = std::unique_ptr<EVP_PKEY, openssl_deleter<EVP_PKEY, EVP_PKEY_free>>;
using owned_certificate = std::unique_ptr<X509, openssl_deleter<X509, X509_free>>;

struct certificate_files {
    std::string certificate;
    std::string key;
};

enum class validity { now, over };

class authority {
  public:
    explicit authority(const std::string& name = "bkes unit tests")
        : folder_{std::filesystem::temp_directory_path() /
                  (name + " " + std::to_string(::getpid()))},
          key_{EVP_EC_gen("P-256")} {
        std::filesystem::create_directory(folder_);
        own_ = make(name, *key_, validity::now);
        extend(*own_, NID_basic_constraints, "critical,CA:TRUE");
        sign(*own_);
        write(*own_, location());
    }

    authority(const authority&) = delete;
    authority& operator=(const authority&) = delete;

    ~authority() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    [[nodiscard]] std::string location() const { return folder_ / "ca.pem"; }

    [[nodiscard]] std::string folder() const { return folder_; }

    /// `hosts` as in X.509: "DNS:localhost,IP:127.0.0.1". With a password the key is encrypted.
    certificate_files sign_for(const std::string& name, const std::string& hosts,
                               validity valid = validity::now, const std::string& password = {}) {
        const owned_key key{EVP_EC_gen("P-256")};
        const auto made = make(name, *key, valid);
        extend(*made, NID_subject_alt_name, hosts);
        sign(*made);
        certificate_files files{folder_ / (name + ".pem"), folder_ / (name + ".key")};
        write(*made, files.certificate);
        auto* const file = std::fopen(files.key.c_str(), "w");
        PEM_write_PKCS8PrivateKey(file, key.get(), password.empty() ? nullptr : EVP_aes_256_cbc(),
                                  password.empty() ? nullptr : password.data(),
                                  static_cast<int>(password.size()), nullptr, nullptr);
        std::fclose(file);
        return files;
    }

  private:
    owned_certificate make(const std::string& name, EVP_PKEY& key, validity valid) {
        constexpr long day = 24L * 60 * 60;
        owned_certificate made{X509_new()};
        X509_set_version(made.get(), 2);
        ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial_);
        X509_gmtime_adj(X509_getm_notBefore(made.get()), -2 * day);
        X509_gmtime_adj(X509_getm_notAfter(made.get()), valid == validity::now ? day : -day);
        X509_set_pubkey(made.get(), &key);
        X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(name.data()),
                                   static_cast<int>(name.size()), -1, 0);
        return made;
    }

    void extend(X509& certificate, int kind, const std::string& value) {
        auto* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
        if (extension == nullptr) {
            throw std::invalid_argument{value};
        }
        X509_add_ext(&certificate, extension, -1);
        X509_EXTENSION_free(extension);
    }

    void sign(X509& certificate) {
        X509_set_issuer_name(&certificate, X509_get_subject_name(own_.get()));
        X509_sign(&certificate, key_.get(), EVP_sha256());
    }

    static void write(X509& certificate, const std::string& path) {
        auto* const file = std::fopen(path.c_str(), "w");
        PEM_write_X509(file, &certificate);
        std::fclose(file);
    }

    std::filesystem::path folder_;
    owned_key key_;
    owned_certificate own_;
    long serial_ = 0;
};

}  // namespace bkes::test
