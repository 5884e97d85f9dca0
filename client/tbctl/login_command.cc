#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>

#include <algorithm>

#include "client/tbctl/callback_listener.h"
#include "client/tbctl/commands.h"
#include "client/tbctl/failure.h"
#include "client/tbctl/output.h"
#include "client/tbctl/pages.h"

namespace tokenbroker::tbctl {
namespace {

// Longer than a provider's token request takes at worst.
constexpr absl::Duration kCallTimeout = absl::Minutes(1);

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(absl::ToChronoTime(absl::Now() + kCallTimeout));
}

ExitCode Fail(const grpc::Status& status, const Arguments& arguments, std::ostream& err) {
  const Failure failure = ReadFailure(status);
  err << Explain(failure, arguments);
  return ExitCodeOf(failure);
}

grpc::Status Build(const Arguments& arguments, const std::string& redirect_uri,
                   v1::TokenBrokerService::StubInterface& broker,
                   v1::BuildLoginUriResponse* login) {
  v1::BuildLoginUriRequest request;
  request.set_tenant(arguments.tenant);
  request.set_provider(arguments.provider);
  request.set_subject(arguments.subject);
  request.set_redirect_uri(redirect_uri);
  for (const std::string& scope : arguments.scopes) request.add_scopes(scope);
  grpc::ClientContext context;
  SetDeadline(context);
  return broker.BuildLoginUri(&context, request, login);
}

grpc::Status Exchange(const std::string& callback, const std::string& state,
                      v1::TokenBrokerService::StubInterface& broker,
                      v1::ExchangeCodeResponse* answer) {
  v1::ExchangeCodeRequest request;
  request.set_callback_uri(callback);
  // The listener took a callback with this very state only: that is what binds it to this terminal.
  request.set_browser_state(state);
  grpc::ClientContext context;
  SetDeadline(context);
  return broker.ExchangeCode(&context, request, answer);
}

void SendUser(const std::string& uri, const Arguments& arguments,
              const Surroundings& surroundings) {
  const bool opened = !arguments.no_browser && surroundings.open_browser(uri);
  surroundings.out << (opened ? "Your browser shows the login page; if not, open:"
                              : "Open this URL in a browser to log in:")
                   << "\n\n  " << uri << "\n\nWaiting for the browser to come back ...\n";
  if (surroundings.pasted >= 0) {
    surroundings.out << "If it is on another machine and ends up at a page that it cannot reach, "
                        "paste that\npage's address here.\n";
  }
  surroundings.out << std::flush;
}

// For people: "10m", not "9m59.98s".
std::string Rounded(absl::Duration duration) {
  return absl::FormatDuration(absl::Floor(duration + absl::Milliseconds(500), absl::Seconds(1)));
}

Page DonePage(const v1::Grant& grant) {
  return MakePage(PageKind::kDone, "You are logged in",
                  absl::StrCat(grant.provider(), " is connected as ", grant.subject(), "."),
                  "You may close this page and go back to the terminal.");
}

Page FailedPage(const Failure& failure, const Arguments& arguments) {
  const bool denied = failure.reason == "LOGIN_DENIED";
  return MakePage(PageKind::kFailed, denied ? "You said no" : "The login failed",
                  denied ? "Nothing was connected, and nothing was changed."
                         : absl::StrCat("The broker says: ", failure.message, "."),
                  absl::StrCat("What to do: ", Advice(failure, arguments)));
}

}  // namespace

ExitCode Login(const Arguments& arguments, const Surroundings& surroundings) {
  absl::optional<Page> own_page;
  if (!arguments.page_file.empty()) {
    absl::StatusOr<Page> page = ReadPage(arguments.page_file);
    if (!page.ok()) {
      surroundings.err << "tbctl: " << page.status().message() << "\n";
      return ExitCode::kUsage;
    }
    own_page = *std::move(page);
  }
  auto listener = CallbackListener::Listen(arguments.port, arguments.redirect_path);
  if (!listener.ok()) {
    surroundings.err << "tbctl: " << listener.status().message() << "\n";
    return ExitCode::kFailed;
  }
  v1::BuildLoginUriResponse login;
  if (const grpc::Status status =
          Build(arguments, (*listener)->redirect_uri(), surroundings.broker, &login);
      !status.ok()) {
    return Fail(status, arguments, surroundings.err);
  }
  SendUser(login.login_uri(), arguments, surroundings);

  const absl::Time expires = absl::FromUnixSeconds(login.expire_time().seconds());
  const absl::Duration timeout =
      std::min(expires - absl::Now(), arguments.timeout.value_or(absl::InfiniteDuration()));
  const auto callback = (*listener)->WaitForCallback(
      login.state(), timeout, {surroundings.pasted, [&](const std::string& why) {
                                 surroundings.err << "tbctl: " << why << std::endl;
                               }});
  if (!callback.ok()) {
    surroundings.err << "tbctl: " << callback.status().message() << " within " << Rounded(timeout)
                     << "\n  what to do: begin another login; nothing was changed\n";
    return ExitCode::kLoginNeeded;
  }
  v1::ExchangeCodeResponse answer;
  const grpc::Status status = Exchange(*callback, login.state(), surroundings.broker, &answer);
  if (!status.ok()) {
    const Failure failure = ReadFailure(status);
    (*listener)->Answer(FailedPage(failure, arguments));
    return Fail(status, arguments, surroundings.err);
  }
  (*listener)->Answer(own_page ? *std::move(own_page) : DonePage(answer.grant()));
  surroundings.out << GrantAsText("logged in", answer.grant()) << std::flush;
  return ExitCode::kDone;
}

}  // namespace tokenbroker::tbctl
