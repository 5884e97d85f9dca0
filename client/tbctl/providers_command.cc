#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>

#include "client/tbctl/commands.h"
#include "client/tbctl/output.h"
#include "client/tbctl/report.h"

namespace tokenbroker::tbctl {
namespace {

using Stub = v1::ProviderService::StubInterface;
using Check = v1::CheckProviderResponse::Check;

// A check may ask two places for metadata, and present several secrets.
constexpr absl::Duration kCheckTimeout = absl::Minutes(2);

std::string StateText(const v1::Provider& provider, const Terminal& terminal) {
  const std::string name = v1::Provider::State_Name(provider.state());
  const std::string state = name.empty() ? absl::StrCat(static_cast<int>(provider.state()))
                                         : std::string(absl::StripPrefix(name, "STATE_"));
  if (provider.state() == v1::Provider::STATE_ACTIVE) return state;
  return Coloured(terminal, Colour::kBad,
                  provider.state_reason().empty()
                      ? state
                      : absl::StrCat(state, " (", provider.state_reason(), ")"));
}

std::string TableRow(const v1::Provider& provider, const Terminal& terminal) {
  return absl::StrCat(provider.name(), "\t", StateText(provider, terminal), "\t",
                      provider.client_id(), "\t", OrDash(provider.issuer()), "\t",
                      OrDash(provider.token_endpoint()), "\n");
}

std::string ResultText(Check::Result result, const Terminal& terminal) {
  switch (result) {
    case Check::RESULT_PASSED:
      return Coloured(terminal, Colour::kGood, "passed ");
    case Check::RESULT_FAILED:
      return Coloured(terminal, Colour::kBad, "FAILED ");
    case Check::RESULT_SKIPPED:
      return Coloured(terminal, Colour::kFaint, "skipped");
    default:
      return absl::StrCat(static_cast<int>(result));
  }
}

std::string CheckLine(const Check& check, const Terminal& terminal) {
  return absl::StrCat(ResultText(check.result(), terminal), "  ", check.name(),
                      check.detail().empty() ? "" : ": ", check.detail(), "\n");
}

}  // namespace

ExitCode ForEachProvider(const Arguments& arguments, const Surroundings& surroundings,
                         const std::function<void(const v1::Provider&)>& visit,
                         absl::Duration timeout) {
  v1::ListProvidersRequest request;
  do {
    v1::ListProvidersResponse response;
    const ExitCode code = Call(*surroundings.providers, &Stub::ListProviders, request, &response,
                               arguments, surroundings.err, timeout);
    if (code != ExitCode::kDone) return code;
    for (const v1::Provider& provider : response.providers()) visit(provider);
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty() && surroundings.out);
  return ExitCode::kDone;
}

ExitCode ListProviders(const Arguments& arguments, const Surroundings& surroundings) {
  std::string text = arguments.json ? "" : "NAME\tSTATE\tCLIENT ID\tISSUER\tTOKEN ENDPOINT\n";
  const ExitCode code = ForEachProvider(
      arguments, surroundings,
      [&](const v1::Provider& provider) {
        text += arguments.json ? AsJsonLine(provider) : TableRow(provider, surroundings.terminal);
      },
      kCallTimeout);
  if (code != ExitCode::kDone) return code;
  surroundings.out << text;
  return Written(surroundings.out, surroundings.err);
}

ExitCode CheckProvider(const Arguments& arguments, const Surroundings& surroundings) {
  v1::CheckProviderRequest request;
  request.set_provider(arguments.provider);
  v1::CheckProviderResponse response;
  ExitCode code = ExitCode::kDone;
  {
    const Progress progress(surroundings.terminal, surroundings.err,
                            absl::StrCat("checking ", arguments.provider));
    code = Call(*surroundings.providers, &Stub::CheckProvider, request, &response, arguments,
                surroundings.err, kCheckTimeout);
  }
  if (code != ExitCode::kDone) return code;
  if (arguments.json) surroundings.out << AsJson(response);
  for (const Check& check : response.checks()) {
    if (!arguments.json) surroundings.out << CheckLine(check, surroundings.terminal);
    if (check.result() == Check::RESULT_FAILED) code = ExitCode::kOperatorMustAct;
  }
  const ExitCode written = Written(surroundings.out, surroundings.err);
  return written == ExitCode::kDone ? code : written;
}

}  // namespace tokenbroker::tbctl
