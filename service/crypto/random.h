// Random bytes that nobody can guess. Any thread.
#pragma once

#include <cstddef>
#include <string>

namespace tokenbroker {

// `n` bytes from the system's generator (OpenSSL RAND_bytes). Ends the process when there are none:
// no caller could do better.
std::string RandomBytes(size_t n);

}  // namespace tokenbroker
