#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>

#include <fstream>
#include <iostream>
#include <sstream>

#include "client/tbctl/commands.h"
#include "client/tbctl/output.h"
#include "client/tbctl/report.h"

namespace tokenbroker::tbctl {
namespace {

using Stub = v1::GrantAdminService::StubInterface;

// Revoking many takes as long as it takes.
constexpr absl::Duration kBulkTimeout = absl::Hours(1);

class GrantsCommand {
 public:
  GrantsCommand(const Arguments& arguments, const Surroundings& surroundings)
      : arguments_(arguments),
        out_(surroundings.out),
        err_(surroundings.err),
        stub_(surroundings.grants),
        terminal_(surroundings.terminal) {}

  ExitCode List() {
    v1::ListGrantsRequest request;
    request.set_tenant(arguments_.tenant);
    request.set_provider(arguments_.provider);
    request.set_subject(arguments_.subject);
    v1::GrantState state = v1::GRANT_STATE_UNSPECIFIED;
    if (!arguments_.state.empty()) {
      v1::GrantState_Parse(absl::StrCat("GRANT_STATE_", absl::AsciiStrToUpper(arguments_.state)),
                           &state);
    }
    request.set_state(state);
    if (!arguments_.json) out_ << GrantTableHeading();
    do {
      v1::ListGrantsResponse response;
      if (const ExitCode code = Call(&Stub::ListGrants, request, &response);
          code != ExitCode::kDone) {
        return code;
      }
      for (const v1::Grant& grant : response.grants()) {
        out_ << (arguments_.json ? AsJsonLine(grant) : GrantTableRow(grant));
      }
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty() && out_);
    return Written(out_, err_);
  }

  ExitCode Show() {
    v1::GetGrantResponse response;
    const ExitCode code = Call(&Stub::GetGrant, Named<v1::GetGrantRequest>(), &response);
    if (code != ExitCode::kDone) return code;
    return Print(response.grant(), GrantAsText("grant", response.grant()));
  }

  ExitCode Retry() {
    v1::RefreshGrantResponse response;
    const ExitCode code = Call(&Stub::RefreshGrant, Named<v1::RefreshGrantRequest>(), &response);
    if (code != ExitCode::kDone) return code;
    return Print(response.grant(), GrantAsText("fresh", response.grant()));
  }

  ExitCode Revoke() {
    v1::RevokeGrantResponse response;
    const ExitCode code = Call(&Stub::RevokeGrant, Named<v1::RevokeGrantRequest>(), &response);
    if (code != ExitCode::kDone) return code;
    const absl::string_view confirmed =
        response.revoked_at_provider()
            ? "  the provider has confirmed\n"
            : "  the provider has not confirmed: it has no revocation endpoint, or is asked again "
              "in the background\n";
    return Print(response, absl::StrCat("revoked: ", Name(), confirmed));
  }

  ExitCode RevokeAll() {
    v1::RevokeGrantsRequest request;
    request.set_tenant(arguments_.tenant);
    request.set_provider(arguments_.provider);
    request.set_subject(arguments_.subject);
    request.set_account_id(arguments_.account);
    request.set_dry_run(!arguments_.yes);
    v1::RevokeGrantsResponse response;
    ExitCode code = ExitCode::kDone;
    {
      const Progress progress(terminal_, err_,
                              arguments_.yes ? "revoking grants" : "counting grants");
      code = Call(&Stub::RevokeGrants, request, &response, kBulkTimeout);
    }
    if (code != ExitCode::kDone) return code;
    return Print(response, arguments_.yes
                               ? absl::StrCat("revoked ", response.revoked_count(), " of ",
                                              response.matched_count(), " grants\n")
                               : absl::StrCat(response.matched_count(),
                                              " grants match; --yes revokes them\n"));
  }

  ExitCode Delete() {
    v1::DeleteGrantResponse response;
    const ExitCode code = Call(&Stub::DeleteGrant, Named<v1::DeleteGrantRequest>(), &response);
    if (code != ExitCode::kDone) return code;
    return Print(response, absl::StrCat("deleted: ", Name()));
  }

  ExitCode Import() {
    auto request = Named<v1::ImportGrantRequest>();
    if (!ReadToken(request.mutable_refresh_token())) {
      err_ << "tbctl: cannot read " << arguments_.refresh_token_file << "\n";
      return ExitCode::kUsage;
    }
    for (const std::string& scope : arguments_.scopes) request.add_scopes(scope);
    v1::ImportGrantResponse response;
    const ExitCode code = Call(&Stub::ImportGrant, request, &response);
    if (code != ExitCode::kDone) return code;
    return Print(response.grant(), GrantAsText("imported", response.grant()));
  }

 private:
  template <typename Request>
  Request Named() const {
    Request request;
    request.set_tenant(arguments_.tenant);
    request.set_provider(arguments_.provider);
    request.set_subject(arguments_.subject);
    return request;
  }

  template <typename Method, typename Request, typename Response>
  ExitCode Call(Method method, const Request& request, Response* response,
                absl::Duration timeout = kCallTimeout) {
    return tbctl::Call(stub_, method, request, response, arguments_, err_, timeout);
  }

  // As JSON, or as `text` for people.
  ExitCode Print(const google::protobuf::Message& answer, const std::string& text) {
    out_ << (arguments_.json ? AsJson(answer) : text);
    return Written(out_, err_);
  }
  std::string Name() const {
    return absl::StrCat(arguments_.provider, " / ", arguments_.subject, "\n");
  }

  bool ReadToken(std::string* token) const {
    std::ostringstream text;
    if (arguments_.refresh_token_file == "-") {
      text << std::cin.rdbuf();
    } else {
      const std::ifstream file(arguments_.refresh_token_file, std::ios::binary);
      if (!file) return false;
      text << file.rdbuf();
    }
    *token = text.str();
    if (!token->empty() && token->back() == '\n') token->pop_back();
    if (!token->empty() && token->back() == '\r') token->pop_back();
    return true;
  }

  const Arguments& arguments_;
  std::ostream& out_;
  std::ostream& err_;
  Stub& stub_;
  const Terminal terminal_;
};

}  // namespace

ExitCode Grants(const Arguments& arguments, const Surroundings& surroundings) {
  using Command = Arguments::Command;
  GrantsCommand command(arguments, surroundings);
  switch (arguments.command) {
    case Command::kListGrants:
      return command.List();
    case Command::kShowGrant:
      return command.Show();
    case Command::kRetryGrant:
      return command.Retry();
    case Command::kRevokeGrant:
      return command.Revoke();
    case Command::kRevokeGrants:
      return command.RevokeAll();
    case Command::kDeleteGrant:
      return command.Delete();
    case Command::kImportGrant:
      return command.Import();
    default:
      return ExitCode::kUsage;
  }
}

}  // namespace tokenbroker::tbctl
