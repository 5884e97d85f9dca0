// Private keys for tests, and a look at what was signed with them. Made once for each program: RSA
// keys take their time.
#pragma once

#include <absl/strings/string_view.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <cstring>
#include <memory>
#include <string>

#include "crypto/json_web_signature.h"

namespace tokenbroker {

using TestKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

inline TestKey RsaKey(unsigned int bits) { return {EVP_RSA_gen(bits), &EVP_PKEY_free}; }
inline TestKey EcKey(const char* curve) { return {EVP_EC_gen(curve), &EVP_PKEY_free}; }
inline TestKey Ed25519Key() {
  return {EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), &EVP_PKEY_free};
}

inline std::string TextOf(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  std::string text(bytes, static_cast<size_t>(size));
  BIO_free(bio);
  return text;
}

// With a passphrase: encrypted by it.
inline std::string PemOf(const TestKey& key, const char* passphrase = nullptr) {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8PrivateKey(
      bio, key.get(), passphrase == nullptr ? nullptr : EVP_aes_256_cbc(), passphrase,
      passphrase == nullptr ? 0 : static_cast<int>(std::strlen(passphrase)), nullptr, nullptr);
  return TextOf(bio);
}

inline std::string PublicPemOf(const TestKey& key) {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(bio, key.get());
  return TextOf(bio);
}

inline const TestKey& TestRsaKey() {
  static const auto* const key = new TestKey(RsaKey(2048));
  return *key;
}
inline const TestKey& TestEcKey() {
  static const auto* const key = new TestKey(EcKey("P-256"));
  return *key;
}

// r and s of 32 bytes each, as OpenSSL reads them; empty when `raw` is not that long.
inline std::string EcdsaDer(const std::string& raw) {
  if (raw.size() != 64) return "";
  const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data());
  ECDSA_SIG* signature = ECDSA_SIG_new();
  ECDSA_SIG_set0(signature, BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature, &der);
  std::string text(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  ECDSA_SIG_free(signature);
  return text;
}

inline bool Verifies(JwsAlgorithm algorithm, const TestKey& key, absl::string_view input,
                     std::string signature) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* how = nullptr;
  bool ok = EVP_DigestVerifyInit(context, &how, EVP_sha256(), nullptr, key.get()) == 1;
  if (algorithm == JwsAlgorithm::kPs256) {
    // The length of the salt is a part of what is checked.
    ok = ok && EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(how, 32) == 1;
  }
  if (algorithm == JwsAlgorithm::kEs256) signature = EcdsaDer(signature);
  ok =
      ok && EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()),
                             signature.size(), reinterpret_cast<const unsigned char*>(input.data()),
                             input.size()) == 1;
  EVP_MD_CTX_free(context);
  return ok;
}

}  // namespace tokenbroker
