#include "crypto/json_web_signature.h"

#include <absl/strings/str_cat.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>

#include "base/status_macros.h"

namespace tokenbroker {
namespace {

template <auto kFree>
struct Freer {
  template <typename T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
using Bio = std::unique_ptr<BIO, Freer<&BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<&EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Freer<&EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freer<&ECDSA_SIG_free>>;

constexpr int kFewestRsaBits = 2048;
constexpr int kP256Bytes = 32;

// TLS on this thread must not find our errors in OpenSSL's queue.
struct ErrorQueueCleaner {
  ~ErrorQueueCleaner() { ERR_clear_error(); }
};

// OpenSSL would ask on the terminal.
int NoPassphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

absl::StatusOr<Key> ReadKey(const Secret& pem) {
  const absl::string_view text = pem.Expose();
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  bool encrypted = false;
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &NoPassphrase, &encrypted));
  if (key != nullptr) return key;
  return absl::InvalidArgumentError(
      encrypted ? "holds an encrypted key; take the passphrase off with openssl pkey"
                : "holds no private key; write it in PEM, from -----BEGIN PRIVATE KEY----- on");
}

bool IsOnP256(const EVP_PKEY* key) {
  char group[64] = {};
  size_t size = 0;
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
         EVP_PKEY_get_group_name(key, group, sizeof(group), &size) == 1 &&
         absl::string_view(group, size) == SN_X9_62_prime256v1;
}

absl::StatusOr<JwsAlgorithm> AlgorithmFor(const EVP_PKEY* key,
                                          absl::optional<JwsAlgorithm> wanted) {
  const bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
  if (!rsa && !IsOnP256(key)) {
    return absl::InvalidArgumentError(
        "holds a key of another kind; use RSA, or an elliptic curve key on P-256");
  }
  if (rsa && EVP_PKEY_get_bits(key) < kFewestRsaBits) {
    return absl::InvalidArgumentError("holds an RSA key below 2048 bits; make a longer one");
  }
  if (!wanted) return rsa ? JwsAlgorithm::kRs256 : JwsAlgorithm::kEs256;
  if (rsa == (*wanted != JwsAlgorithm::kEs256)) return *wanted;
  return absl::InvalidArgumentError(
      rsa ? "holds an RSA key, which does not sign ES256; write RS256 or PS256"
          : absl::StrCat("holds a key on P-256, which does not sign ", JwsName(*wanted),
                         "; write ES256"));
}

// The salt is as long as the hash (RFC 7518 3.5).
bool UsePss(EVP_PKEY_CTX* context) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

absl::Status Failed() { return absl::InternalError("openssl cannot sign"); }

// From OpenSSL's ASN.1 to r and s of 32 bytes each.
absl::StatusOr<std::string> RawEcdsa(const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const EcdsaSignature signature(d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size())));
  if (signature == nullptr) return Failed();
  std::string raw(2 * kP256Bytes, '\0');
  auto* out = reinterpret_cast<unsigned char*>(raw.data());
  if (BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out, kP256Bytes) != kP256Bytes ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out + kP256Bytes, kP256Bytes) != kP256Bytes) {
    return Failed();
  }
  return raw;
}

}  // namespace

absl::string_view JwsName(JwsAlgorithm algorithm) {
  switch (algorithm) {
    case JwsAlgorithm::kRs256:
      return "RS256";
    case JwsAlgorithm::kPs256:
      return "PS256";
    case JwsAlgorithm::kEs256:
      return "ES256";
  }
  return "";
}

absl::StatusOr<JwsAlgorithm> JwsAlgorithmFor(const Secret& pem,
                                             absl::optional<JwsAlgorithm> wanted) {
  const ErrorQueueCleaner cleaner;
  TB_ASSIGN_OR_RETURN(const Key key, ReadKey(pem));
  return AlgorithmFor(key.get(), wanted);
}

absl::StatusOr<std::string> SignJws(JwsAlgorithm algorithm, const Secret& pem,
                                    absl::string_view signing_input) {
  const ErrorQueueCleaner cleaner;
  TB_ASSIGN_OR_RETURN(const Key key, ReadKey(pem));
  TB_RETURN_IF_ERROR(AlgorithmFor(key.get(), algorithm).status());
  const Context context(EVP_MD_CTX_new());
  // Belongs to `context`.
  EVP_PKEY_CTX* how = nullptr;
  if (context == nullptr ||
      EVP_DigestSignInit(context.get(), &how, EVP_sha256(), nullptr, key.get()) != 1 ||
      (algorithm == JwsAlgorithm::kPs256 && !UsePss(how))) {
    return Failed();
  }
  const auto* input = reinterpret_cast<const unsigned char*>(signing_input.data());
  size_t size = 0;
  if (EVP_DigestSign(context.get(), nullptr, &size, input, signing_input.size()) != 1) {
    return Failed();
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     input, signing_input.size()) != 1) {
    return Failed();
  }
  signature.resize(size);
  if (algorithm == JwsAlgorithm::kEs256) return RawEcdsa(signature);
  return signature;
}

}  // namespace tokenbroker
