// Collects what is wrong with a configuration, so that one run shows all of it. Not thread-safe:
// one per load.
//
// A line reads `file:line:column: field.path: what is wrong; the fix`. Neither secrets nor values
// of the file belong into the text: people log it.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace tokenbroker {

// Where something stands in a file; both count from 1, and 0 means unknown.
struct Position {
  int line = 0;
  int column = 0;
};

class ConfigErrors {
 public:
  explicit ConfigErrors(absl::string_view file) : file_(file.data(), file.size()) {}

  // Remembers where a field stands, for Add(path, text).
  void SetPosition(const std::string& path, Position position);

  // `path` is `providers.spotify.redirect_uris[0]`, or empty for the file as a whole.
  void Add(absl::string_view path, Position position, absl::string_view text);
  // The same at the field's position, or at the nearest enclosing field's that is known; unless
  // something was said of that very field already, of which this is likely a consequence.
  void Add(absl::string_view path, absl::string_view text);

  bool empty() const { return entries_.empty(); }

  // OK when nothing was added, else INVALID_ARGUMENT with one line per error in the file's order,
  // and only the first kMaxShown of them.
  absl::Status ToStatus() const;

  static constexpr size_t kMaxShown = 20;

 private:
  struct Entry {
    Position position;
    std::string path;
    std::string text;
  };
  Position Find(absl::string_view path) const;

  const std::string file_;
  std::map<std::string, Position> positions_;
  std::vector<Entry> entries_;
  // The paths of all entries.
  std::set<std::string> refused_;
};

// `text` fit for an error line: printable, at most 64 bytes.
std::string Printable(absl::string_view text);

}  // namespace tokenbroker
