#include "crypto/random.h"

#include <openssl/rand.h>

#include <cstdlib>

#include "base/log.h"

namespace tokenbroker {

std::string RandomBytes(size_t n) {
  std::string bytes(n, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(n)) != 1) {
    Log(LogLevel::kError, "no_random_bytes");
    std::abort();
  }
  return bytes;
}

}  // namespace tokenbroker
