#include "client/tbctl/grants_arguments.h"

#include <CLI/CLI.hpp>

namespace tokenbroker::tbctl {
namespace {

using Command = Arguments::Command;

constexpr char kGrantsDescription[] = "Looks after the grants that the broker keeps.";

constexpr char kListDescription[] =
    R"(Lists grants, one line each, as the broker sees them now; no tokens.)";

constexpr char kRetryDescription[] =
    R"(Refreshes a grant now. Of a grant that is dead (REAUTHORIZATION_REQUIRED) the
kept refresh token is presented once more, which helps when the provider was
wrong about it.)";

constexpr char kRevokeDescription[] =
    R"(Revokes a grant: at once in the broker, so that nobody is served any more, then
at the provider.)";

constexpr char kRevokeAllDescription[] =
    R"(Revokes every grant that the options name together. Only counts them, unless
--yes is given.)";

constexpr char kDeleteDescription[] =
    R"(Forgets a grant without telling the provider. To end the user's consent, revoke.)";

constexpr char kImportDescription[] =
    R"(Brings a refresh token that was got elsewhere: it is stored in place of the grant
that is there, then proved by a refresh.)";

constexpr char kImportFooter[] =
    R"(The token is read from a file or from standard input, so that it is in no list of
processes and in no shell's history. One line end behind it is dropped.

Example:
  tbctl grants import spotify --subject user-42 --refresh-token-file token.txt)";

CLI::App* Add(CLI::App& grants, Arguments& arguments, const char* name, const char* description,
              Command command) {
  CLI::App* app = grants.add_subcommand(name, description);
  app->callback([&arguments, command] { arguments.command = command; });
  return app;
}

void AddFilter(CLI::App& command, Arguments& arguments) {
  command.add_option("--provider", arguments.provider, "Only this provider's");
  command.add_option("--subject", arguments.subject, "Only this subject");
}

}  // namespace

void AddGrantName(CLI::App& command, Arguments& arguments) {
  command
      .add_option("PROVIDER", arguments.provider,
                  "The provider's name in the broker's configuration")
      ->required();
  command
      .add_option("--subject", arguments.subject,
                  "Your own name for the connection, such as a user's id; a user with two accounts "
                  "is two subjects")
      ->required();
}

void AddGrantsCommands(CLI::App& app, Arguments& arguments) {
  CLI::App* grants = app.add_subcommand("grants", kGrantsDescription);
  grants->require_subcommand(1);

  CLI::App* list = Add(*grants, arguments, "list", kListDescription, Command::kListGrants);
  AddFilter(*list, arguments);
  list->add_option("--state", arguments.state, "Only in this state")
      ->check(CLI::IsMember({"active", "reauthorization_required", "frozen", "revoked"}));

  CLI::App* show = Add(*grants, arguments, "show", "Shows one grant.", Command::kShowGrant);
  AddGrantName(*show, arguments);

  AddGrantName(*Add(*grants, arguments, "retry", kRetryDescription, Command::kRetryGrant),
               arguments);
  AddGrantName(*Add(*grants, arguments, "revoke", kRevokeDescription, Command::kRevokeGrant),
               arguments);
  AddGrantName(*Add(*grants, arguments, "delete", kDeleteDescription, Command::kDeleteGrant),
               arguments);

  CLI::App* revoke_all =
      Add(*grants, arguments, "revoke-all", kRevokeAllDescription, Command::kRevokeGrants);
  AddFilter(*revoke_all, arguments);
  revoke_all->add_option("--account", arguments.account, "Only of this account at the provider");
  revoke_all->add_flag("--yes", arguments.yes, "Revoke what was counted");

  CLI::App* import = Add(*grants, arguments, "import", kImportDescription, Command::kImportGrant);
  import->footer(kImportFooter);
  AddGrantName(*import, arguments);
  import
      ->add_option("--refresh-token-file", arguments.refresh_token_file,
                   "The file that holds the refresh token and nothing else; - is standard input")
      ->required();
  import
      ->add_option("--scope", arguments.scopes,
                   "A scope that the user consented to; may be repeated. Without one: as the first "
                   "refresh says")
      ->allow_extra_args(false);
}

}  // namespace tokenbroker::tbctl
