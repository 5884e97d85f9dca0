#include "client/tbctl/failure.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>

#include <algorithm>
#include <array>
#include <utility>

#include "client/library/error_details.h"

namespace tokenbroker::tbctl {
namespace {

constexpr absl::string_view kLogInAgain = "begin another login: ";
constexpr absl::string_view kAskOperator =
    "ask the broker's operator to look at the provider's configuration and the broker's log";

// What to do about each reason; those that end in a space go on with the command that logs in.
struct Remedy {
  absl::string_view reason;
  ExitCode exit_code;
  absl::string_view advice;
};

constexpr std::array<Remedy, 30> kRemedies = {{
    {"FIELD_INVALID", ExitCode::kUsage, "correct the argument that the message names"},
    {"PROVIDER_UNKNOWN", ExitCode::kUsage,
     "check the provider's spelling, or add it to the broker's configuration"},
    {"REDIRECT_URI_NOT_ALLOWED", ExitCode::kUsage,
     "list http://127.0.0.1/PATH (without a port) under the provider's redirect_uris, or pass the "
     "--port and --redirect-path that are listed"},
    {"CALLBACK_MALFORMED", ExitCode::kLoginNeeded, kLogInAgain},
    {"GENERATION_UNKNOWN", ExitCode::kUsage, "fetch a token anew"},
    {"SCOPE_INVALID", ExitCode::kUsage, "check the scopes against the provider's documentation"},
    {"GRANT_NOT_FOUND", ExitCode::kLoginNeeded,
     "check --tenant and --subject, or have the user log in: "},
    {"LOGIN_NOT_FOUND", ExitCode::kLoginNeeded, kLogInAgain},
    {"REAUTHORIZATION_REQUIRED", ExitCode::kLoginNeeded, "have the user log in again: "},
    {"PROVIDER_MISCONFIGURED", ExitCode::kOperatorMustAct, kAskOperator},
    {"LOGIN_DENIED", ExitCode::kLoginNeeded, "the user said no; to ask again: "},
    {"LOGIN_INTERACTION_REQUIRED", ExitCode::kLoginNeeded, kLogInAgain},
    {"LOGIN_ALREADY_USED", ExitCode::kLoginNeeded, kLogInAgain},
    {"LOGIN_NOT_BOUND", ExitCode::kLoginNeeded, kLogInAgain},
    {"LOGIN_OUTCOME_UNKNOWN", ExitCode::kLoginNeeded, kLogInAgain},
    {"CODE_REJECTED", ExitCode::kLoginNeeded, kLogInAgain},
    {"ISSUER_MISMATCH", ExitCode::kOperatorMustAct, kAskOperator},
    {"ID_TOKEN_INVALID", ExitCode::kOperatorMustAct, kAskOperator},
    {"ACCOUNT_MISMATCH", ExitCode::kLoginNeeded,
     "log in with the same account as before, or choose another --subject for this one"},
    {"SCOPE_MISSING", ExitCode::kLoginNeeded,
     "have the user consent to the missing scopes (--scope): "},
    {"TOKEN_KEEPS_BEING_REJECTED", ExitCode::kFailed,
     "look at the resource server: it refuses a brand-new token"},
    {"MIN_TTL_UNSATISFIABLE", ExitCode::kUsage,
     "ask for a shorter --min-ttl: this provider's tokens do not live that long"},
    {"CALLER_NOT_ALLOWED", ExitCode::kNotAllowed, "ask the operator for a policy rule"},
    {"CALLER_UNKNOWN", ExitCode::kNotAllowed,
     "show the broker who you are: --certificate-file with --key-file, or --token-file"},
    {"QUOTA_EXCEEDED", ExitCode::kTryLater,
     "this caller asks for too much at once: try again later"},
    {"PROVIDER_UNAVAILABLE", ExitCode::kTryLater, "the provider has trouble: try again later"},
    {"PROVIDER_THROTTLED", ExitCode::kTryLater, "the provider asks for patience: try again later"},
    {"STORE_UNAVAILABLE", ExitCode::kTryLater, "the broker's store has trouble: try again later"},
    {"CALLER_CHECK_UNAVAILABLE", ExitCode::kTryLater,
     "the broker cannot ask the Kubernetes API server who calls: try again later"},
    {"AUDIT_UNAVAILABLE", ExitCode::kTryLater,
     "the broker cannot write its audit trail: try again later"},
}};

const Remedy* FindRemedy(const std::string& reason) {
  for (const Remedy& remedy : kRemedies) {
    if (remedy.reason == reason) return &remedy;
  }
  return nullptr;
}

// An error that is gRPC's own, or has a reason newer than this program.
Remedy RemedyByCode(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::UNAVAILABLE:
      return {"", ExitCode::kTryLater,
              "is the broker running there? See --address, and --ca-file for TLS"};
    case grpc::StatusCode::CANCELLED:
      // gRPC says so of a call that reaches a server in the moment of its end.
      return {"", ExitCode::kTryLater, "the broker was stopping: try again"};
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return {"", ExitCode::kTryLater, "the broker was too slow: try again"};
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return {"", ExitCode::kTryLater, "try again later"};
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::OUT_OF_RANGE:
      return {"", ExitCode::kUsage, "correct the arguments"};
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::PERMISSION_DENIED:
      return {"", ExitCode::kNotAllowed, "ask the broker's operator for access"};
    case grpc::StatusCode::UNIMPLEMENTED:
      return {"", ExitCode::kFailed, "is it a Token Broker, and not an older one than tbctl?"};
    default:
      return {"", ExitCode::kFailed, "the broker's log says more"};
  }
}

Remedy RemedyOf(const Failure& failure) {
  const Remedy* known = FindRemedy(failure.reason);
  return known == nullptr ? RemedyByCode(failure.code) : *known;
}

// As one word of a shell.
std::string ShellWord(const std::string& text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           absl::string_view("@%+=:,./_-").find(c) != absl::string_view::npos;
  });
  if (plain && !text.empty()) return text;
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", R"('\'')"}}), "'");
}

std::string LoginCommand(const Arguments& arguments) {
  const std::string tenant =
      arguments.tenant.empty() ? "" : absl::StrCat("--tenant ", ShellWord(arguments.tenant), " ");
  return absl::StrCat("tbctl ", tenant, "login ", ShellWord(arguments.provider), " --subject ",
                      ShellWord(arguments.subject));
}

}  // namespace

Failure ReadFailure(const grpc::Status& status) {
  Failure failure;
  failure.code = status.error_code();
  failure.message = status.error_message();
  client::BrokerError error = client::ParseErrorDetails(status.error_details());
  failure.reason = std::move(error.reason);
  failure.metadata = std::move(error.metadata);
  failure.retry_delay = error.retry_delay;
  return failure;
}

std::string Advice(const Failure& failure, const Arguments& arguments) {
  const absl::string_view advice = RemedyOf(failure).advice;
  if (advice.back() != ' ') return std::string(advice);
  return absl::StrCat(advice, LoginCommand(arguments));
}

std::string Explain(const Failure& failure, const Arguments& arguments) {
  std::string out = absl::StrCat("tbctl: ", failure.message, "\n");
  if (!failure.reason.empty()) absl::StrAppend(&out, "  reason: ", failure.reason, "\n");
  for (const auto& [name, value] : failure.metadata) {
    absl::StrAppend(&out, "  ", name, ": ", value, "\n");
  }
  if (failure.retry_delay) {
    absl::StrAppend(&out, "  retry after: ", absl::FormatDuration(*failure.retry_delay), "\n");
  }
  absl::StrAppend(&out, "  what to do: ", Advice(failure, arguments), "\n");
  return out;
}

ExitCode ExitCodeOf(const Failure& failure) { return RemedyOf(failure).exit_code; }

}  // namespace tokenbroker::tbctl
