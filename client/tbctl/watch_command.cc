#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/strip.h>

#include "client/tbctl/commands.h"
#include "client/tbctl/output.h"
#include "client/tbctl/report.h"

namespace tokenbroker::tbctl {
namespace {

std::string TokenLine(const v1::AccessToken& token) {
  std::string line = absl::StrCat(
      "token: generation ", token.generation(), ", expires ",
      token.has_expire_time() ? TimeText(token.expire_time()) : "at a time that is not known");
  if (token.scopes_size() > 0)
    absl::StrAppend(&line, ", scopes ", absl::StrJoin(token.scopes(), " "));
  if (!token.access_token().empty()) absl::StrAppend(&line, ", ", token.access_token());
  return line + "\n";
}

std::string StatusLine(const v1::WatchTokenResponse::Status& status, const Terminal& terminal) {
  const std::string name = v1::GrantState_Name(status.state());
  std::string state = name.empty() ? absl::StrCat(static_cast<int>(status.state()))
                                   : std::string(absl::StripPrefix(name, "GRANT_STATE_"));
  if (!status.state_reason().empty()) absl::StrAppend(&state, " (", status.state_reason(), ")");
  // ACTIVE without a token: the provider does not answer for now.
  const Colour colour = status.state() == v1::GRANT_STATE_ACTIVE ? Colour::kFaint : Colour::kBad;
  return absl::StrCat("state: ", Coloured(terminal, colour, state),
                      status.generation() == 0 ? "" : ", generation ",
                      status.generation() == 0 ? "" : absl::StrCat(status.generation()), "\n");
}

std::string Line(v1::WatchTokenResponse event, const Arguments& arguments,
                 const Terminal& terminal) {
  if (!arguments.show_tokens && event.has_token()) event.mutable_token()->clear_access_token();
  if (arguments.json) return AsJsonLine(event);
  // An event of a kind that is newer than this program has no words here.
  if (event.has_token()) return TokenLine(event.token());
  return event.has_status() ? StatusLine(event.status(), terminal) : "";
}

}  // namespace

ExitCode Watch(const Arguments& arguments, const Surroundings& surroundings) {
  v1::WatchTokenRequest request;
  request.set_tenant(arguments.tenant);
  request.set_provider(arguments.provider);
  request.set_subject(arguments.subject);
  request.set_known_generation(arguments.known_generation);
  grpc::ClientContext context;
  const auto stream = surroundings.broker.WatchToken(&context, request);
  v1::WatchTokenResponse event;
  while (stream->Read(&event)) {
    surroundings.out << Line(event, arguments, surroundings.terminal);
    if (Written(surroundings.out, surroundings.err) != ExitCode::kDone) {
      context.TryCancel();
      stream->Finish();
      return ExitCode::kFailed;
    }
  }
  const grpc::Status status = stream->Finish();
  if (!status.ok()) return ReportFailure(status, arguments, surroundings.err);
  surroundings.err << "tbctl: the broker ended the stream; watch again\n";
  return ExitCode::kTryLater;
}

}  // namespace tokenbroker::tbctl
