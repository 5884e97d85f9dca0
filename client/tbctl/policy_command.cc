#include "client/tbctl/policy_command.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/status_macros.h"
#include "client/tbctl/output.h"
#include "config/policy_file.h"

namespace tokenbroker::tbctl {
namespace {

// What is asked of the policy.
struct Question {
  Caller caller;
  Rpc rpc = Rpc::kGetFreshToken;
};

ExitCode Fail(const absl::Status& status, const PolicySurroundings& surroundings) {
  surroundings.err << "tbctl: " << status.message() << "\n";
  return ExitCode::kUsage;
}

absl::Status CheckTarget(Rpc rpc, const Arguments& arguments) {
  const RpcTarget target = TargetOf(rpc);
  if (target != RpcTarget::kBroker && arguments.provider.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(RpcName(rpc),
                                                   " is about a provider: say "
                                                   "which, --provider NAME"));
  }
  if (target == RpcTarget::kGrant && arguments.subject.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(RpcName(rpc), " is about a grant: say whose, --subject NAME"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Question> ReadQuestion(const Arguments& arguments) {
  const absl::StatusOr<Caller> caller = ParseCaller(arguments.caller);
  if (!caller.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("--caller ", caller.status().message()));
  }
  const absl::optional<Rpc> rpc = ParseRpc(arguments.rpc);
  if (!rpc) {
    const std::string meant = NearestRpcName(arguments.rpc);
    return absl::InvalidArgumentError(
        absl::StrCat("--rpc names no RPC; ", meant.empty() ? "write one such as GetFreshToken"
                                                           : "did you mean " + meant + "?"));
  }
  TB_RETURN_IF_ERROR(CheckTarget(*rpc, arguments));
  return Question{*caller, *rpc};
}

void PrintBound(absl::string_view name, const std::vector<std::string>* bound,
                absl::string_view none, std::ostream& out) {
  out << "  " << name << ": "
      << (bound == nullptr ? std::string(none) : absl::StrJoin(*bound, ", ")) << "\n";
}

ExitCode PrintPermission(const Question& question, const Permission& permission,
                         std::ostream& out) {
  out << "allowed by rule \"" << permission.rule << "\"\n";
  if (TargetOf(question.rpc) != RpcTarget::kGrant) return ExitCode::kDone;
  out << "  tenant: " << permission.tenant << "\n"
      << "  owner: "
      << (permission.owner == Owner::kAny ? "any"
                                          : "self, so only grants that this caller brought in")
      << "\n"
      << "  browser binding: "
      << (permission.browser_binding == BrowserBinding::kRequired ? "required" : "optional")
      << "\n";
  PrintBound("max scopes", permission.max_scopes, "no bound", out);
  PrintBound("redirect URIs", permission.redirect_uris, "all that the provider has", out);
  return ExitCode::kDone;
}

ExitCode PrintScopesDenied(const Permission& permission, const std::vector<std::string>& scopes,
                           std::ostream& out) {
  std::vector<std::string> beyond;
  for (const std::string& scope : scopes) {
    if (!permission.AllowsScopes({scope})) beyond.push_back(scope);
  }
  out << "denied: rule \"" << permission.rule << "\" decides, and its max_scopes have no "
      << absl::StrJoin(beyond, ", ") << "\n";
  PrintBound("max scopes", permission.max_scopes, "", out);
  return ExitCode::kNotAllowed;
}

ExitCode PrintDenied(const Question& question, const std::vector<RuleVerdict>& verdicts,
                     std::ostream& out) {
  if (verdicts.empty()) {
    out << "denied: no rule names " << question.caller.name << "\n";
    return ExitCode::kNotAllowed;
  }
  out << "denied: no rule that names " << question.caller.name << " covers this\n";
  for (const RuleVerdict& verdict : verdicts) {
    std::vector<std::string> lacks;
    if (!verdict.rpc) lacks.emplace_back("the RPC");
    if (!verdict.tenant) lacks.emplace_back("the tenant");
    if (!verdict.provider) lacks.emplace_back("the provider");
    if (!verdict.subject) lacks.emplace_back("the subject");
    out << "  rule \"" << verdict.rule << "\" does not cover " << absl::StrJoin(lacks, ", ")
        << "\n";
  }
  return ExitCode::kNotAllowed;
}

boost::json::value Bound(const std::vector<std::string>* bound) {
  if (bound == nullptr) return nullptr;
  return boost::json::array(bound->begin(), bound->end());
}

// The decision for programs: what the rule permits, or what each rule of the caller's lacks.
ExitCode PrintJson(const absl::optional<Permission>& permission,
                   const std::vector<RuleVerdict>& verdicts, const Arguments& arguments,
                   std::ostream& out) {
  const bool allowed =
      permission && (arguments.scopes.empty() || permission->AllowsScopes(arguments.scopes));
  boost::json::object decision = {{"allowed", allowed}, {"rule", nullptr}};
  if (permission) {
    decision["rule"] = std::string(permission->rule);
    decision["tenant"] = std::string(permission->tenant);
    decision["owner"] = permission->owner == Owner::kAny ? "any" : "self";
    decision["browser_binding"] =
        permission->browser_binding == BrowserBinding::kRequired ? "required" : "optional";
    decision["max_scopes"] = Bound(permission->max_scopes);
    decision["redirect_uris"] = Bound(permission->redirect_uris);
  }
  boost::json::array rules;
  for (const RuleVerdict& verdict : verdicts) {
    rules.push_back(boost::json::object{{"rule", std::string(verdict.rule)},
                                        {"covers_rpc", verdict.rpc},
                                        {"covers_tenant", verdict.tenant},
                                        {"covers_provider", verdict.provider},
                                        {"covers_subject", verdict.subject}});
  }
  decision["rules"] = std::move(rules);
  out << JsonLine(decision);
  return allowed ? ExitCode::kDone : ExitCode::kNotAllowed;
}

ExitCode Decide(const Policy& policy, const Question& question, const Arguments& arguments,
                std::ostream& out) {
  const std::shared_ptr<const CallerRights> rights = policy.RightsOf(question.caller);
  const absl::optional<Permission> permission =
      rights->Find(question.rpc, arguments.tenant, arguments.provider, arguments.subject);
  const std::vector<RuleVerdict> verdicts =
      rights->Explain(question.rpc, arguments.tenant, arguments.provider, arguments.subject);
  if (arguments.json) return PrintJson(permission, verdicts, arguments, out);
  if (!permission) return PrintDenied(question, verdicts, out);
  if (!arguments.scopes.empty() && !permission->AllowsScopes(arguments.scopes)) {
    return PrintScopesDenied(*permission, arguments.scopes, out);
  }
  return PrintPermission(question, *permission, out);
}

}  // namespace

ExitCode CheckPolicy(const Arguments& arguments, const PolicySurroundings& surroundings) {
  FileRecord files(ReadSmallFile);
  const absl::StatusOr<Policy> policy =
      ReadPolicyFile(arguments.policy_file, ProcessEnvironment(), files);
  if (!policy.ok()) return Fail(policy.status(), surroundings);
  if (arguments.caller.empty()) {
    const size_t count = policy->rules().size();
    if (arguments.json) {
      surroundings.out << JsonLine(boost::json::object{{"rules", count}});
      return ExitCode::kDone;
    }
    surroundings.out << "ok, " << count << (count == 1 ? " rule\n" : " rules\n");
    return ExitCode::kDone;
  }
  const absl::StatusOr<Question> question = ReadQuestion(arguments);
  if (!question.ok()) return Fail(question.status(), surroundings);
  return Decide(*policy, *question, arguments, surroundings.out);
}

}  // namespace tokenbroker::tbctl
