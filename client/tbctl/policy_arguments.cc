#include "client/tbctl/policy_arguments.h"

#include <CLI/CLI.hpp>

namespace tokenbroker::tbctl {
namespace {

constexpr char kPolicyDescription[] =
    R"(Looks into a policy file: the rules that say which caller may do what. Asks no
broker.)";

constexpr char kCheckDescription[] =
    R"(Checks a policy file; with --caller, says what it lets that caller do, by which rule,
or what every rule that names the caller does not cover. Exit code 5 when it is denied.)";

constexpr char kCheckFooter[] = R"(Examples:
  tbctl policy check --policy policy.yaml
  tbctl policy check --policy policy.yaml --caller spiffe://prod.example/player \
      --rpc GetFreshToken --provider spotify --subject user-42 --scope playlist-read-private
  tbctl policy check --policy policy.yaml --caller serviceaccount:ops/console --rpc GetStatus)";

}  // namespace

void AddPolicyCommands(CLI::App& app, Arguments& arguments) {
  CLI::App* policy = app.add_subcommand("policy", kPolicyDescription);
  policy->require_subcommand(1);
  CLI::App* check = policy->add_subcommand("check", kCheckDescription);
  check->footer(kCheckFooter);
  check->callback([&arguments] { arguments.command = Arguments::Command::kCheckPolicy; });
  check->add_option("--policy", arguments.policy_file, "The policy file")->required();
  CLI::Option* caller =
      check->add_option("--caller", arguments.caller,
                        "Who calls: anonymous, spiffe://TRUST-DOMAIN/PATH, dns:NAME or "
                        "serviceaccount:NAMESPACE/NAME");
  CLI::Option* rpc = check->add_option("--rpc", arguments.rpc, "What is called: GetFreshToken");
  caller->needs(rpc);
  rpc->needs(caller);
  check->add_option("--provider", arguments.provider, "Of which provider")->needs(caller);
  check->add_option("--subject", arguments.subject, "Whose grant")->needs(caller);
  check->add_option("--scope", arguments.scopes, "With this scope; may be repeated")
      ->allow_extra_args(false)
      ->needs(caller);
}

}  // namespace tokenbroker::tbctl
