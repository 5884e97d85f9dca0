#include "config/config_errors.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <tuple>

namespace tokenbroker {

void ConfigErrors::SetPosition(const std::string& path, Position position) {
  positions_[path] = position;
}

void ConfigErrors::Add(absl::string_view path, Position position, absl::string_view text) {
  refused_.emplace(path.data(), path.size());
  entries_.push_back(
      {position, std::string(path.data(), path.size()), std::string(text.data(), text.size())});
}

void ConfigErrors::Add(absl::string_view path, absl::string_view text) {
  if (refused_.count(std::string(path.data(), path.size())) > 0) return;
  Add(path, Find(path), text);
}

Position ConfigErrors::Find(absl::string_view path) const {
  while (true) {
    const auto it = positions_.find(std::string(path.data(), path.size()));
    if (it != positions_.end()) return it->second;
    const size_t cut = path.find_last_of(".[");
    if (cut == absl::string_view::npos) return Position{};
    path = path.substr(0, cut);
  }
}

absl::Status ConfigErrors::ToStatus() const {
  if (entries_.empty()) return absl::OkStatus();
  std::vector<const Entry*> sorted;
  sorted.reserve(entries_.size());
  for (const Entry& entry : entries_) sorted.push_back(&entry);
  // The pointers point into one vector: of equals the one added first stays first.
  std::sort(sorted.begin(), sorted.end(), [](const Entry* a, const Entry* b) {
    return std::tie(a->position.line, a->position.column, a) <
           std::tie(b->position.line, b->position.column, b);
  });
  std::vector<std::string> lines;
  for (const Entry* entry : sorted) {
    if (lines.size() == kMaxShown) {
      lines.push_back(absl::StrCat(file_, ": and ", sorted.size() - kMaxShown, " more"));
      break;
    }
    std::string line = file_;
    if (entry->position.line > 0) {
      absl::StrAppend(&line, ":", entry->position.line, ":", entry->position.column);
    }
    if (!entry->path.empty()) absl::StrAppend(&line, ": ", entry->path);
    lines.push_back(absl::StrCat(line, ": ", entry->text));
  }
  return absl::InvalidArgumentError(absl::StrJoin(lines, "\n"));
}

std::string Printable(absl::string_view text) {
  constexpr size_t kMost = 64;
  std::string out = absl::CEscape(text.substr(0, kMost));
  if (text.size() > kMost || out.size() > kMost) out = absl::StrCat(out.substr(0, kMost), "...");
  return out;
}

}  // namespace tokenbroker
