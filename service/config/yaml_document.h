// A YAML text as a plain tree with positions, and the only place that knows yaml-cpp. Any thread.
//
// Deliberately less than YAML: one document, no anchors, aliases or tags, keys are scalars, bounded
// depth. So a small file stays a small tree, and what stands in the file is what is meant.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>
#include <vector>

#include "config/config_errors.h"

namespace tokenbroker {

struct YamlNode {
  enum class Kind { kNull, kPlain, kQuoted, kSequence, kMap };
  Kind kind = Kind::kNull;
  Position position;
  // Of kPlain and kQuoted: the scalar, unescaped and otherwise untouched.
  std::string text;
  // Of a map's value: its key. Keys may repeat; whoever walks the tree refuses that.
  std::string key;
  Position key_position;
  // Of kSequence and kMap, in the file's order.
  std::vector<YamlNode> children;

  bool IsScalar() const { return kind == Kind::kPlain || kind == Kind::kQuoted; }
};

constexpr int kMaxYamlDepth = 16;

// The document's root. INVALID_ARGUMENT when the text is not such a YAML document; the message is
// for `position`, which is set then.
absl::StatusOr<YamlNode> ParseYaml(absl::string_view text, Position* position);

}  // namespace tokenbroker
