// How grants and tokens are called, so that the history can tell whose is whose. Any thread.
#pragma once

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/string_view.h>

#include <string>

#include "base/secret.h"
#include "token/grant_key.h"

namespace tokenbroker::simulation {

inline GrantKey KeyOf(int grant) { return {"default", "music", absl::StrCat("user-", grant)}; }

// The number that `text` ends with, after the last '-'; -1: none.
inline int NumberIn(absl::string_view text) {
  const size_t dash = text.rfind('-');
  int number = -1;
  if (dash == absl::string_view::npos || !absl::SimpleAtoi(text.substr(dash + 1), &number)) {
    return -1;
  }
  return number;
}
inline int NumberIn(const Secret& secret) {
  const auto exposed = secret.Expose();
  return NumberIn(absl::string_view(exposed.data(), exposed.size()));
}
inline int GrantOf(const GrantKey& key) { return NumberIn(key.subject); }

}  // namespace tokenbroker::simulation
