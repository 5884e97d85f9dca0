#include "config/policy_file.h"

#include <absl/strings/str_cat.h>
#include <tokenbroker/config/v1/policy.pb.h>

#include "base/status_macros.h"
#include "config/config_errors.h"
#include "config/message_reader.h"
#include "config/policy_rules.h"
#include "config/yaml_document.h"

namespace tokenbroker {
namespace {

// A list that is empty says the opposite of one that is left out, and looks nearly the same.
void RefuseEmptyLists(const YamlNode& node, const std::string& path, ConfigErrors& errors) {
  const bool is_list = node.kind == YamlNode::Kind::kSequence;
  if (is_list && node.children.empty()) {
    errors.Add(path, node.position, "is an empty list; name something in it");
  }
  for (size_t i = 0; i < node.children.size(); ++i) {
    const YamlNode& child = node.children[i];
    const std::string key = Printable(child.key);
    RefuseEmptyLists(child,
                     is_list        ? absl::StrCat(path, "[", i, "]")
                     : path.empty() ? key
                                    : absl::StrCat(path, ".", key),
                     errors);
  }
}

}  // namespace

absl::StatusOr<Policy> ReadPolicyFile(const std::string& path, const Environment& environment,
                                      FileRecord& files) {
  const absl::StatusOr<Secret> text = files.Read(path, kMaxPolicyBytes);
  if (!text.ok()) {
    ConfigErrors errors(path);
    errors.Add("",
               absl::StrCat("the file ", text.status().message(), "; name a readable policy file"));
    return errors.ToStatus();
  }
  return ParsePolicy(text->Expose(), path, environment);
}

absl::StatusOr<Policy> ParsePolicy(absl::string_view text, const std::string& path,
                                   const Environment& environment) {
  ConfigErrors errors(path);
  Position position;
  const absl::StatusOr<YamlNode> root = ParseYaml(text, &position);
  if (!root.ok()) {
    errors.Add("", position, root.status().message());
    return errors.ToStatus();
  }
  if (root->kind != YamlNode::Kind::kMap) {
    errors.Add("", root->position, "is not a map; begin with rules:");
    return errors.ToStatus();
  }
  config::v1::Policy policy;
  RefuseEmptyLists(*root, "", errors);
  const Seed no_seed;
  MessageReader(environment, no_seed, errors).Read(*root, "", policy);
  std::vector<PolicyRule> rules = BuildRules(policy, errors);
  TB_RETURN_IF_ERROR(errors.ToStatus());
  return Policy(std::move(rules));
}

}  // namespace tokenbroker
