#include "config/load_config.h"

#include <absl/strings/str_cat.h>

#include "base/status_macros.h"
#include "config/config_errors.h"
#include "config/message_reader.h"
#include "config/policy_section.h"
#include "config/snapshot_builder.h"
#include "config/yaml_document.h"

namespace tokenbroker {
namespace {

// Lays the preset that a provider names under its other keys. An unknown one is left for the rules
// to refuse.
Seed PresetSeed(const Environment& environment, const Presets& presets) {
  return [&environment, &presets](const YamlNode& node, google::protobuf::Message& value) {
    for (const YamlNode& child : node.children) {
      if (child.key != "preset" || !child.IsScalar()) continue;
      const absl::StatusOr<std::string> name = Substitute(child.text, environment);
      if (!name.ok()) return;
      const auto it = presets.find(*name);
      if (it != presets.end()) value.CopyFrom(it->second.provider);
      return;
    }
  };
}

}  // namespace

absl::StatusOr<Snapshot> LoadConfig(const std::string& path, const Environment& environment,
                                    const Presets& presets) {
  FileRecord files(ReadSmallFile);
  return LoadConfig(path, environment, presets, files);
}

absl::StatusOr<Snapshot> LoadConfig(const std::string& path, const Environment& environment,
                                    const Presets& presets, FileRecord& files) {
  const absl::StatusOr<Secret> text = files.Read(path, kMaxConfigBytes);
  if (!text.ok()) {
    ConfigErrors errors(path);
    errors.Add("", absl::StrCat("the file ", text.status().message(),
                                "; name a readable YAML file with --config"));
    return errors.ToStatus();
  }
  return ParseConfig(text->Expose(), path, environment, presets, files);
}

absl::StatusOr<Snapshot> ParseConfig(absl::string_view text, const std::string& path,
                                     const Environment& environment, const Presets& presets,
                                     FileRecord& files) {
  ConfigErrors errors(path);
  Position position;
  const absl::StatusOr<YamlNode> root = ParseYaml(text, &position);
  if (!root.ok()) {
    errors.Add("", position, root.status().message());
    return errors.ToStatus();
  }
  if (root->kind != YamlNode::Kind::kMap) {
    errors.Add("", root->position, "is not a map; begin with store: and providers:");
    return errors.ToStatus();
  }
  config::v1::Config config;
  const Seed seed = PresetSeed(environment, presets);
  MessageReader(environment, seed, errors).Read(*root, "", config);
  // rfind gives npos when there is no folder, and npos + 1 is 0.
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  Snapshot snapshot = BuildSnapshot(config, presets, folder, files, errors);
  TakePolicy(config, folder, environment, files, snapshot, errors);
  TB_RETURN_IF_ERROR(errors.ToStatus());
  return snapshot;
}

}  // namespace tokenbroker
