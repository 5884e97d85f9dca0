#include "crypto/aes_gcm.h"

#include <openssl/evp.h>

#include <memory>
#include <utility>

#include "base/status_macros.h"

namespace tokenbroker {
namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

enum class Direction { kDecrypt = 0, kEncrypt = 1 };

const unsigned char* In(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Out(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// Looked up once: else OpenSSL searches its providers for it each time.
const EVP_CIPHER* Aes256Gcm() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return cipher;
}

// A thread's last key of a direction, made ready: its schedule costs more than a record's text. It
// is wiped with its context.
struct ReadyKey {
  Secret key;
  Context context;
};

absl::Status Failed() { return absl::InternalError("openssl cannot do aes-256-gcm"); }

absl::Status CheckSizes(const Secret& key, absl::string_view nonce,
                        absl::string_view associated_data, absl::string_view text) {
  if (key.Expose().size() != kAesKeyBytes) {
    return absl::InvalidArgumentError("a key has 32 bytes");
  }
  if (nonce.size() != kGcmNonceBytes) return absl::InvalidArgumentError("a nonce has 12 bytes");
  if (associated_data.size() > kMaxGcmBytes || text.size() > kMaxGcmBytes) {
    return absl::InvalidArgumentError("is too long to be sealed");
  }
  return absl::OkStatus();
}

// Null when OpenSSL fails.
EVP_CIPHER_CTX* ContextOf(Direction direction, const Secret& key) {
  thread_local ReadyKey ready_keys[2];
  ReadyKey& ready = ready_keys[static_cast<int>(direction)];
  if (ready.context != nullptr && ready.key == key) return ready.context.get();
  ready.context.reset(EVP_CIPHER_CTX_new());
  ready.key = key;
  if (ready.context != nullptr &&
      EVP_CipherInit_ex(ready.context.get(), Aes256Gcm(), nullptr, In(key.Expose()), nullptr,
                        static_cast<int>(direction)) != 1) {
    ready.context.reset();
  }
  return ready.context.get();
}

// Ready for the text: key and nonce are set and the associated data is in. For this call only.
absl::StatusOr<EVP_CIPHER_CTX*> Begin(Direction direction, const Secret& key,
                                      absl::string_view nonce, absl::string_view associated_data) {
  EVP_CIPHER_CTX* const context = ContextOf(direction, key);
  int n = 0;
  if (context == nullptr ||
      EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, In(nonce),
                        static_cast<int>(direction)) != 1 ||
      EVP_CipherUpdate(context, nullptr, &n, In(associated_data),
                       static_cast<int>(associated_data.size())) != 1) {
    return Failed();
  }
  return context;
}

}  // namespace

absl::StatusOr<std::string> AesGcmEncrypt(const Secret& key, absl::string_view nonce,
                                          absl::string_view associated_data,
                                          absl::string_view plaintext) {
  TB_RETURN_IF_ERROR(CheckSizes(key, nonce, associated_data, plaintext));
  TB_ASSIGN_OR_RETURN(EVP_CIPHER_CTX* const context,
                      Begin(Direction::kEncrypt, key, nonce, associated_data));
  std::string out(plaintext.size() + kGcmTagBytes, '\0');
  int n = 0;
  if (EVP_CipherUpdate(context, Out(out), &n, In(plaintext), static_cast<int>(plaintext.size())) !=
          1 ||
      EVP_CipherFinal_ex(context, Out(out) + plaintext.size(), &n) != 1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, kGcmTagBytes,
                          Out(out) + plaintext.size()) != 1) {
    return Failed();
  }
  return out;
}

absl::StatusOr<Secret> AesGcmDecrypt(const Secret& key, absl::string_view nonce,
                                     absl::string_view associated_data,
                                     absl::string_view ciphertext_and_tag) {
  TB_RETURN_IF_ERROR(CheckSizes(key, nonce, associated_data, ciphertext_and_tag));
  if (ciphertext_and_tag.size() < kGcmTagBytes) return absl::DataLossError("has no tag");
  const size_t size = ciphertext_and_tag.size() - kGcmTagBytes;
  std::string tag(ciphertext_and_tag.substr(size));
  TB_ASSIGN_OR_RETURN(EVP_CIPHER_CTX* const context,
                      Begin(Direction::kDecrypt, key, nonce, associated_data));
  std::string plain(size, '\0');
  int n = 0;
  const bool decrypted =
      EVP_CipherUpdate(context, Out(plain), &n, In(ciphertext_and_tag), static_cast<int>(size)) ==
          1 &&
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, kGcmTagBytes, tag.data()) == 1 &&
      EVP_CipherFinal_ex(context, Out(plain) + size, &n) == 1;
  // A secret from here on, so that it is wiped when nobody may see it.
  Secret plaintext(std::move(plain));
  if (!decrypted) return absl::DataLossError("does not have the tag of its key and owner");
  return plaintext;
}

}  // namespace tokenbroker
