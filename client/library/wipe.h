// Forgets a secret. Pure; the caller's thread.
#pragma once

#include <cstring>
#include <string>

namespace tokenbroker::client {

// Zeroes all that the string owns, its capacity included, and empties it.
inline void Wipe(std::string& text) {
  text.resize(text.capacity());
  std::memset(&text[0], 0, text.size());
  // The compiler may not drop a store that is read here.
  asm volatile("" : : "r"(text.data()) : "memory");
  text.clear();
}

}  // namespace tokenbroker::client
