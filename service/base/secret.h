// A string that must not be seen: client secrets, tokens, PKCE verifiers.
#pragma once

#include <absl/strings/string_view.h>

#include <ostream>
#include <string>
#include <utility>

namespace tokenbroker {

// Prints as [redacted], wipes its memory when it goes, and gives its text only to Expose(), which
// is rare and can be searched for. A value type; not for several threads at once.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { Wipe(); }

  bool empty() const { return text_.empty(); }
  // The text itself; valid until the secret changes or goes.
  absl::string_view Expose() const { return absl::string_view(text_.data(), text_.size()); }

  // Takes the same time wherever the two differ (not when the lengths do).
  friend bool operator==(const Secret& a, const Secret& b);

  friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "[redacted]"; }

 private:
  void Wipe();
  std::string text_;
};

}  // namespace tokenbroker
