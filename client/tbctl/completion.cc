#include "client/tbctl/completion.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_replace.h>

#include <CLI/CLI.hpp>
#include <sstream>
#include <vector>

namespace tokenbroker::tbctl {
namespace {

// Somebody waits at the keyboard.
constexpr absl::Duration kPatience = absl::Seconds(1);

constexpr char kHead[] = R"bash(# bash completion for tbctl. Load it with
#   source <(tbctl completion bash)
_tbctl() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ ${COMP_WORDS[i]} == -- ]]; then
      COMPREPLY=($(compgen -o default -c -- "$cur"))
      return
    fi
    case "$path/${COMP_WORDS[i]}" in
)bash";

constexpr char kTail[] = R"bash(}
complete -F _tbctl tbctl
)bash";

constexpr char kProviders[] = R"($("${COMP_WORDS[0]}" completion providers 2>/dev/null))";

std::vector<const CLI::App*> CommandsOf(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// Every command with its path: "" for tbctl itself, "/grants/list".
void Walk(const CLI::App& app, const std::string& path,
          std::vector<std::pair<std::string, const CLI::App*>>* out) {
  out->emplace_back(path, &app);
  for (const CLI::App* command : CommandsOf(app)) {
    Walk(*command, absl::StrCat(path, "/", command->get_name()), out);
  }
}

std::vector<std::string> FlagsOf(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) flags.push_back(absl::StrCat("--", name));
  }
  return flags;
}

// What completes the value of an option; empty for what nobody can know.
std::string ValuesOf(const CLI::Option& option) {
  const std::string name = option.get_lnames().empty() ? "" : option.get_lnames()[0];
  if (name == "provider") return absl::StrCat("compgen -W \"", kProviders, "\"");
  if (name == "config" || name == "policy" || absl::EndsWith(name, "-file")) return "compgen -f";
  // A set of words reads "TEXT:{active,frozen}".
  const std::string type = option.get_type_name();
  const size_t open = type.find('{');
  const size_t close = type.find('}');
  if (open == std::string::npos || close == std::string::npos) return "";
  const std::string words =
      absl::StrReplaceAll(type.substr(open + 1, close - open - 1), {{",", " "}});
  return absl::StrCat("compgen -W \"", words, "\"");
}

bool TakesValue(const CLI::Option& option) {
  return option.get_items_expected_max() > 0 && !option.get_lnames().empty();
}

// What completes a word that is no flag: the commands below, a provider, a word of a set, a file.
std::string WordsOf(const CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::App* command : CommandsOf(app)) words.push_back(command->get_name());
  if (!words.empty()) return absl::StrCat("compgen -W \"", absl::StrJoin(words, " "), "\"");
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    if (option->get_name(true) == "PROVIDER")
      return absl::StrCat("compgen -W \"", kProviders, "\"");
    const std::string values = ValuesOf(*option);
    return values.empty() ? "compgen -f" : values;
  }
  return "";
}

std::string Reply(const std::string& generator) {
  return absl::StrCat("COMPREPLY=($(", generator, " -- \"$cur\"))");
}

}  // namespace

void AddCompletionCommands(CLI::App& app, Arguments& arguments) {
  CLI::App* completion = app.add_subcommand("completion", "Helps a shell complete command lines.");
  completion->require_subcommand(1);
  completion->add_subcommand("bash", "Prints a script: source <(tbctl completion bash)")
      ->callback([&arguments] { arguments.command = Arguments::Command::kBashCompletion; });
  completion->add_subcommand("providers", "Prints the names of the providers, for the script.")
      ->callback([&arguments] { arguments.command = Arguments::Command::kCompleteProviders; });
}

std::string BashCompletion(const CLI::App& app) {
  std::vector<std::pair<std::string, const CLI::App*>> commands;
  Walk(app, "", &commands);
  std::string script = kHead;
  std::vector<std::string> paths;
  for (const auto& [path, command] : commands) {
    if (!path.empty()) paths.push_back(path);
  }
  absl::StrAppend(
      &script, "      ", absl::StrJoin(paths, "|"),
      ") path=$path/${COMP_WORDS[i]} ;;\n    esac\n  done\n  case \"$path $prev\" in\n");
  for (const auto& [path, command] : commands) {
    for (const CLI::Option* option : command->get_options()) {
      if (!TakesValue(*option)) continue;
      const std::string values = ValuesOf(*option);
      // The options of tbctl itself are taken behind every command.
      const std::string pattern = path.empty() ? "*" : absl::StrCat("\"", path, "\"");
      absl::StrAppend(&script, "    ", pattern, "\\ --", option->get_lnames()[0], ") ",
                      values.empty() ? "" : absl::StrCat(Reply(values), "; "), "return ;;\n");
    }
  }
  const std::string common = absl::StrJoin(FlagsOf(app), " ");
  absl::StrAppend(&script, "  esac\n  case \"$path\" in\n");
  for (const auto& [path, command] : commands) {
    const std::string flags =
        path.empty() ? common : absl::StrCat(absl::StrJoin(FlagsOf(*command), " "), " ", common);
    const std::string words = WordsOf(*command);
    absl::StrAppend(&script, "    \"", path, "\")\n      if [[ $cur == -* ]]; then ",
                    Reply(absl::StrCat("compgen -W \"", flags, "\"")), "\n      else ",
                    words.empty() ? ":" : Reply(words), "\n      fi ;;\n");
  }
  return absl::StrCat(script, "  esac\n", kTail);
}

ExitCode CompleteProviders(const Arguments& arguments, const Surroundings& surroundings) {
  std::ostringstream silence;
  const Surroundings quiet{
      surroundings.broker,   surroundings.grants, surroundings.out, silence, nullptr,
      surroundings.providers};
  std::string names;
  const ExitCode code = ForEachProvider(
      arguments, quiet,
      [&names](const v1::Provider& provider) { absl::StrAppend(&names, provider.name(), "\n"); },
      kPatience);
  if (code == ExitCode::kDone) surroundings.out << names << std::flush;
  return code;
}

}  // namespace tokenbroker::tbctl
