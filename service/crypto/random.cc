#include "crypto/random.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/log.h"

namespace tokenbroker {
namespace {

void Draw(char* bytes, size_t n) {
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes), static_cast<int>(n)) == 1) return;
  Log(LogLevel::kError, "no_random_bytes");
  std::abort();
}

// Bytes drawn ahead, since asking OpenSSL for a few costs as much as asking for many. What was
// handed out is wiped.
class Supply {
 public:
  ~Supply() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }
  // REQUIRES: n <= kSize.
  void Take(char* out, size_t n) {
    if (n > left_) {
      Draw(bytes_.data(), bytes_.size());
      left_ = bytes_.size();
    }
    left_ -= n;
    std::copy_n(bytes_.data() + left_, n, out);
    OPENSSL_cleanse(bytes_.data() + left_, n);
  }

  static constexpr size_t kSize = 512;

 private:
  std::array<char, kSize> bytes_{};
  // At the front.
  size_t left_ = 0;
};
thread_local Supply supply;

}  // namespace

std::string RandomBytes(size_t n) {
  std::string bytes(n, '\0');
  if (n <= Supply::kSize) {
    supply.Take(bytes.data(), n);
  } else {
    Draw(bytes.data(), n);
  }
  return bytes;
}

}  // namespace tokenbroker
