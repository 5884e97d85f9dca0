#include "config/nearest_name.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace tokenbroker {
namespace {

// Levenshtein's distance.
size_t Distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string PlainName(absl::string_view name) {
  std::string out = absl::AsciiStrToLower(name);
  out.erase(std::remove_if(out.begin(), out.end(), [](char c) { return c == '_' || c == '-'; }),
            out.end());
  return out;
}

std::string NearestName(absl::string_view name, const std::vector<std::string>& known) {
  constexpr size_t kLongest = 64;
  const std::string plain = PlainName(name);
  std::string best;
  if (plain.size() > kLongest) return best;
  size_t best_distance = 1 + std::max<size_t>(plain.size() < 4 ? 1 : 2, plain.size() / 4);
  for (const std::string& candidate : known) {
    const size_t distance = Distance(plain, PlainName(candidate));
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace tokenbroker
