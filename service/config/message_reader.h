// Fills a configuration message from a YAML tree by walking the message's descriptor. Any thread.
#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <string>
#include <vector>

#include "config/config_errors.h"
#include "config/environment.h"
#include "config/yaml_document.h"

namespace tokenbroker {

// What a map's value starts from, before the file's keys are laid over it.
using Seed = std::function<void(const YamlNode& node, google::protobuf::Message& value)>;

// Strict: an unknown key, a repeated key, an empty value, a list where one value belongs, a quoted
// number are errors. Goes on after an error, so that all are found; the message is then partly
// filled. A list replaces what the message held, a map is merged with it.
class MessageReader {
 public:
  // All three outlive the reader. `seed` may be null.
  MessageReader(const Environment& environment, const Seed& seed, ConfigErrors& errors)
      : environment_(environment), seed_(seed), errors_(errors) {}

  // `path` is the message's own, empty for the root.
  void Read(const YamlNode& node, const std::string& path, google::protobuf::Message& message);

  // A scalar as the file means it: variables replaced, printable ASCII. Reports what is wrong.
  absl::optional<std::string> ReadText(const YamlNode& node, const std::string& path);

 private:
  using Message = google::protobuf::Message;
  using FieldDescriptor = google::protobuf::FieldDescriptor;

  void ReadField(const YamlNode& node, const std::string& path, const FieldDescriptor& field,
                 Message& message);
  void ReadList(const YamlNode& node, const std::string& path, const FieldDescriptor& field,
                Message& message);
  void ReadMap(const YamlNode& node, const std::string& path, const FieldDescriptor& field,
               Message& message);
  void ReadScalar(const YamlNode& node, const std::string& path, const FieldDescriptor& field,
                  Message& message);
  void ReadDuration(const YamlNode& node, const std::string& path, Message& message);
  // Reports a node that is none.
  bool IsMap(const YamlNode& node, const std::string& path);
  // The map's values whose keys were not there before; reports the others.
  std::vector<const YamlNode*> Distinct(const YamlNode& map, const std::string& path);

  const Environment& environment_;
  const Seed& seed_;
  ConfigErrors& errors_;
};

}  // namespace tokenbroker
