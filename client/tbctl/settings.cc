#include "client/tbctl/settings.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include "client/tbctl/config_file.h"
#include "client/tbctl/output.h"
#include "client/tbctl/report.h"

namespace tokenbroker::tbctl {
namespace {

struct Source {
  // In the configuration file; as an option with dashes, in the environment in capitals.
  const char* key;
  std::string Arguments::* value;
  const char* description;
  // Also what other clients of the broker read: TOKEN_BROKER_ADDRESS, and so on.
  bool shared = true;
};

const Source kSources[] = {
    {"address", &Arguments::address, "Where the broker listens, HOST:PORT or unix:PATH"},
    {"ca_file", &Arguments::ca_file, "Reach the broker over TLS: the authorities to trust, in PEM"},
    {"certificate_file", &Arguments::certificate_file,
     "The certificate to show to the broker, in PEM, with --key-file"},
    {"key_file", &Arguments::key_file, "The certificate's private key, in PEM"},
    {"token_file", &Arguments::token_file,
     "A file with a Kubernetes service-account token to show to the broker"},
    {"tenant", &Arguments::tenant, "Whose subjects; the broker's default when left out", false},
};

std::string OptionName(const Source& source) {
  std::string name = absl::StrCat("--", source.key);
  for (char& c : name) c = c == '_' ? '-' : c;
  return name;
}

std::string VariableName(const char* prefix, const Source& source) {
  return absl::StrCat(prefix, absl::AsciiStrToUpper(source.key));
}

std::vector<std::string> VariableNames(const Source& source) {
  std::vector<std::string> names = {VariableName("TBCTL_", source)};
  if (source.shared) names.push_back(VariableName("TOKEN_BROKER_", source));
  return names;
}

// What the environment says; empty when nothing.
std::string Variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

// CLI11 takes what this returns for an error text when it is not empty.
std::string CheckNotEmpty(const std::string& text) {
  return text.empty() ? "is empty; leave it out, or give it a value" : "";
}

// By the XDG base directory specification; empty without a home.
std::string DefaultConfigPath() {
  const std::string folder = Variable("XDG_CONFIG_HOME");
  if (!folder.empty()) return absl::StrCat(folder, "/tbctl/config.yaml");
  const std::string home = Variable("HOME");
  return home.empty() ? "" : absl::StrCat(home, "/.config/tbctl/config.yaml");
}

// The values of the file that counts, none when nobody named one and there is none.
absl::StatusOr<std::map<std::string, ConfigValue>> ReadFile(std::string named) {
  std::set<std::string> keys;
  for (const Source& source : kSources) keys.insert(source.key);
  if (named.empty()) named = Variable("TBCTL_CONFIG");
  if (!named.empty()) return ReadConfigFile(named, keys);
  const std::string path = DefaultConfigPath();
  auto values = ReadConfigFile(path, keys);
  if (absl::IsNotFound(values.status())) return std::map<std::string, ConfigValue>();
  return values;
}

// Where the value comes from, having been put in its place; "default" when nobody says it.
std::string Resolve(const Source& source, const CLI::App& app,
                    const std::map<std::string, ConfigValue>& file, Arguments* arguments) {
  if (app.count(OptionName(source)) > 0) return OptionName(source);
  for (const std::string& name : VariableNames(source)) {
    const std::string value = Variable(name);
    if (value.empty()) continue;
    arguments->*source.value = value;
    return name;
  }
  const auto found = file.find(source.key);
  if (found == file.end()) return "default";
  arguments->*source.value = found->second.text;
  return found->second.place;
}

}  // namespace

void AddSettings(CLI::App& app, Arguments& arguments) {
  for (const Source& source : kSources) {
    const std::string names = absl::StrJoin(VariableNames(source), ", ");
    CLI::Option* option = app.add_option(OptionName(source), arguments.*source.value,
                                         absl::StrCat(source.description, " [", names, "]"))
                              ->capture_default_str();
    // An empty one takes the others away that the environment or the file may name.
    if (source.value == &Arguments::address) option->check(CheckNotEmpty);
  }
  app.add_option("--config", arguments.own_config_file,
                 "tbctl's own configuration file [TBCTL_CONFIG]; left out: tbctl/config.yaml in "
                 "$XDG_CONFIG_HOME, else in ~/.config")
      ->check(CheckNotEmpty);
}

void AddConfigCommand(CLI::App& app, Arguments& arguments) {
  app.add_subcommand("config", "Shows each setting, its value, and where that comes from.")
      ->callback([&arguments] { arguments.command = Arguments::Command::kShowConfig; });
}

absl::Status ResolveSettings(const CLI::App& app, Arguments* arguments) {
  const auto file = ReadFile(arguments->own_config_file);
  if (!file.ok()) return absl::InvalidArgumentError(file.status().message());
  for (const Source& source : kSources) {
    const std::string from = Resolve(source, app, *file, arguments);
    arguments->settings.push_back({source.key, arguments->*source.value, from});
  }
  return absl::OkStatus();
}

ExitCode ShowSettings(const Arguments& arguments, std::ostream& out, std::ostream& err) {
  for (const Setting& setting : arguments.settings) {
    if (arguments.json) {
      out << JsonLine(boost::json::object{
          {"name", setting.name}, {"value", setting.value}, {"source", setting.source}});
    } else {
      out << setting.name << "\t" << (setting.value.empty() ? "-" : setting.value) << "\t"
          << setting.source << "\n";
    }
  }
  return Written(out, err);
}

}  // namespace tokenbroker::tbctl
