#include "main/arguments.h"

#include <CLI/CLI.hpp>

namespace tokenbroker {
namespace {

constexpr char kDescription[] =
    R"(Token Broker: holds OAuth 2.0 grants and hands out fresh access tokens over gRPC.)";

constexpr char kFooter[] = R"help(The smallest configuration that does something:

  server:    { listen: 127.0.0.1:8443 }      # gRPC
  admin:     { listen: 127.0.0.1:9464 }      # /livez /readyz /metrics
  store:     { memory: {} }
  providers:
    spotify:
      preset: spotify
      client_id: 0123abcd
      client_secret_file: /run/secrets/spotify
      redirect_uris: [ "http://127.0.0.1/callback" ]

Port 0 picks a free one; every listener is logged as one JSON line on stderr:
  {"event":"listening", ..., "name":"grpc","address":"127.0.0.1:41234"}

`providers` and the secret files are read again when they change; `server`,
`admin` and `store` need a restart.

SIGTERM and SIGINT stop it: health becomes NOT_SERVING, running calls and
refreshes end within server.drain_timeout. A second signal ends it at once.

Exit codes:
  0  stopped by a signal, or --check found nothing wrong
  1  could not start (a port is taken), or ended by a second signal
  2  wrong arguments or a wrong configuration; stderr has one error a line)help";

}  // namespace

ParsedArguments ParseArguments(int argc, const char* const* argv, std::ostream& out,
                               std::ostream& err) {
  Arguments arguments;
  CLI::App app(kDescription, "token-broker");
  app.footer(kFooter);
  app.add_option("--config", arguments.config_path, "The configuration, a YAML file")
      ->type_name("FILE")
      ->required();
  app.add_flag("--check", arguments.check, "Validate the configuration and exit");
  app.set_version_flag("--version", "token-broker " TB_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error, out, err);
    return {absl::nullopt, code == 0 ? ExitCode::kDone : ExitCode::kConfiguration};
  }
  return {std::move(arguments), ExitCode::kDone};
}

}  // namespace tokenbroker
