#include "base/secret.h"

#include <cstring>

namespace tokenbroker {
namespace {

// Zeroes all that the string owns, capacity included (a short text lies inside the object).
void WipeString(std::string& s) {
  std::memset(s.data(), 0, s.size());
  // Fills up with zeroes.
  s.resize(s.capacity());
  // The compiler may not drop a store that is read here.
  asm volatile("" : : "r"(s.data()) : "memory");
  s.clear();
}

// Whether the text lies inside the object, and stays there when it is moved from. An empty one that
// has memory elsewhere may have been longer.
bool LiesInside(const std::string& s) { return s.capacity() <= std::string().capacity(); }

// Moves a text and leaves nothing of it where it was. Most lie elsewhere, and leave nothing.
void MoveText(std::string& from, std::string& to) {
  const bool leaves_bytes = !from.empty() && LiesInside(from);
  to = std::move(from);
  if (leaves_bytes) WipeString(from);
}

}  // namespace

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    Wipe();
    text_ = other.text_;
  }
  return *this;
}

Secret::Secret(Secret&& other) noexcept { MoveText(other.text_, text_); }

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    Wipe();
    MoveText(other.text_, text_);
  }
  return *this;
}

void Secret::Wipe() {
  if (!text_.empty() || !LiesInside(text_)) WipeString(text_);
}

bool operator==(const Secret& a, const Secret& b) {
  if (a.text_.size() != b.text_.size()) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < a.text_.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (a.text_[i] ^ b.text_[i]));
  }
  return difference == 0;
}

}  // namespace tokenbroker
