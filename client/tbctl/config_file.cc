#include "client/tbctl/config_file.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <yaml-cpp/yaml.h>

#include <fstream>
#include <sstream>

namespace tokenbroker::tbctl {
namespace {

using Values = std::map<std::string, ConfigValue>;

std::string Place(const std::string& path, const YAML::Mark& mark) {
  return absl::StrCat(path, ":", mark.line + 1);
}

absl::Status Wrong(const std::string& place, const std::string& problem) {
  return absl::InvalidArgumentError(absl::StrCat(place, ": ", problem));
}

std::string FromFolderOf(const std::string& path, const std::string& file) {
  const size_t slash = path.rfind('/');
  if (absl::StartsWith(file, "/") || slash == std::string::npos) return file;
  return absl::StrCat(path.substr(0, slash + 1), file);
}

absl::StatusOr<Values> ReadMap(const std::string& path, const YAML::Node& root,
                               const std::set<std::string>& known) {
  Values values;
  if (root.IsNull()) return values;
  if (!root.IsMap()) return Wrong(Place(path, root.Mark()), "must be `key: value`, line by line");
  for (const auto& entry : root) {
    const std::string place = Place(path, entry.first.Mark());
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
    if (known.count(key) == 0) {
      return Wrong(place, absl::StrCat("unknown key; there are ", absl::StrJoin(known, ", ")));
    }
    if (values.count(key) != 0) return Wrong(place, absl::StrCat(key, " is there twice"));
    if (!entry.second.IsScalar() || entry.second.Scalar().empty()) {
      return Wrong(place, absl::StrCat(key, " needs a text"));
    }
    const std::string text = entry.second.Scalar();
    values[key] = {absl::EndsWith(key, "_file") ? FromFolderOf(path, text) : text, place};
  }
  return values;
}

}  // namespace

absl::StatusOr<Values> ReadConfigFile(const std::string& path, const std::set<std::string>& known) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  std::ostringstream text;
  text << file.rdbuf();
  // yaml-cpp reports by exceptions, which end here.
  try {
    return ReadMap(path, YAML::Load(text.str()), known);
  } catch (const YAML::Exception& error) {
    return Wrong(Place(path, error.mark), "is not YAML");
  }
}

}  // namespace tokenbroker::tbctl
