#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>
#include <absl/types/optional.h>

#include <boost/json/parse.hpp>
#include <sstream>

#include "client/tbctl/commands.h"
#include "client/tbctl/output.h"
#include "client/tbctl/report.h"

namespace tokenbroker::tbctl {
namespace {

using Operations = v1::OperationsService::StubInterface;
using HealthStub = grpc::health::v1::Health::StubInterface;

// Probes have no patience.
constexpr absl::Duration kHealthTimeout = absl::Seconds(5);

// "LOG_LEVEL_WARN" reads as "warn".
std::string LevelText(v1::LogLevel level) {
  const std::string name = v1::LogLevel_Name(level);
  return absl::AsciiStrToLower(absl::StripPrefix(name, "LOG_LEVEL_"));
}

std::string YesOr(bool yes, absl::string_view otherwise, const Terminal& terminal) {
  return yes ? "yes" : Coloured(terminal, Colour::kBad, otherwise);
}

std::string ProviderLine(const v1::GetStatusResponse::ProviderStatus& provider,
                         const Terminal& terminal) {
  const bool active = provider.state() == v1::Provider::STATE_ACTIVE;
  std::string line =
      absl::StrCat("  ", provider.provider(), ": ",
                   active ? "ACTIVE" : Coloured(terminal, Colour::kBad, "FROZEN"), ", ",
                   provider.in_flight_count(), " in flight, last success ",
                   provider.has_last_success_time() ? TimeText(provider.last_success_time())
                                                    : "not since the start",
                   ", ", provider.due_count(), " due in the fleet");
  if (provider.has_not_before_time()) {
    absl::StrAppend(&line, ", no request before ", TimeText(provider.not_before_time()));
  }
  return line + "\n";
}

std::string FindingLine(const v1::GetStatusResponse::Finding& finding, const Terminal& terminal) {
  const bool urgent = finding.severity() == v1::GetStatusResponse::Finding::SEVERITY_ERROR;
  return absl::StrCat(urgent ? Coloured(terminal, Colour::kBad, "!") : "-", " ", finding.message(),
                      "\n");
}

std::string StoreText(const v1::GetStatusResponse& status, const Terminal& terminal) {
  const v1::GetStatusResponse::StoreStatus& store = status.store();
  std::string text = absl::StrCat(
      "store: ", store.location(), "\n  answers: ", YesOr(status.store_reachable(), "no", terminal),
      "\n  writes that wait on its disk: ", store.spilled_write_count(), "\n");
  if (!store.spill_writable()) {
    absl::StrAppend(
        &text, "  spill folder: ", Coloured(terminal, Colour::kBad, "cannot be written to"), "\n");
  }
  if (store.write_key_id().empty()) return text;
  return absl::StrCat(text, "  key that seals: ", store.write_key_id(), ", of ", store.key_count(),
                      "\n");
}

std::string TlsText(const v1::GetStatusResponse::TlsStatus& tls) {
  std::string text = absl::StrCat(
      "listener:\n  certificate ends: ", TimeText(tls.certificate_expire_time()), "\n");
  if (!tls.has_revocation_list_expire_time()) return text;
  return absl::StrCat(
      text, "  revocation lists good until: ", TimeText(tls.revocation_list_expire_time()), "\n");
}

std::string StatusText(const v1::GetStatusResponse& status, const Terminal& terminal) {
  std::string text;
  for (const auto& finding : status.findings()) text += FindingLine(finding, terminal);
  absl::StrAppend(&text, "token-broker ", status.version(),
                  status.host().empty() ? "" : absl::StrCat(" on ", status.host()), "\n",
                  "  serving: ", YesOr(status.serving(), "no", terminal), "\n",
                  "  started: ", TimeText(status.start_time()), "\n",
                  "  configuration loaded: ", TimeText(status.config_load_time()), "\n");
  if (!status.config_error().empty()) {
    absl::StrAppend(&text, "  ", Coloured(terminal, Colour::kBad, "configuration refused"), ": ",
                    status.config_error(), "\n");
  }
  absl::StrAppend(&text, "  cached grants: ", status.cached_grant_count(), "\n",
                  "  log level: ", LevelText(status.log_level()), "\n", "providers:\n");
  for (const auto& provider : status.providers()) text += ProviderLine(provider, terminal);
  text += StoreText(status, terminal);
  return status.has_tls() ? text + TlsText(status.tls()) : text;
}

ExitCode Ask(const Arguments& arguments, const Surroundings& surroundings,
             v1::GetStatusResponse* status) {
  return Call(*surroundings.operations, &Operations::GetStatus, v1::GetStatusRequest(), status,
              arguments, surroundings.err);
}

// Of the whole broker, where the caller may see it; health itself needs no rule.
absl::optional<v1::GetStatusResponse> StatusForHealth(const Arguments& arguments,
                                                      const Surroundings& surroundings) {
  if (!arguments.service.empty()) return absl::nullopt;
  std::ostringstream not_told;
  v1::GetStatusResponse status;
  const ExitCode code = Call(*surroundings.operations, &Operations::GetStatus,
                             v1::GetStatusRequest(), &status, arguments, not_told, kHealthTimeout);
  if (code != ExitCode::kDone) return absl::nullopt;
  return status;
}

ExitCode Print(const std::string& text, const Surroundings& surroundings) {
  surroundings.out << text;
  return Written(surroundings.out, surroundings.err);
}

}  // namespace

ExitCode ShowStatus(const Arguments& arguments, const Surroundings& surroundings) {
  v1::GetStatusResponse status;
  const ExitCode code = Ask(arguments, surroundings, &status);
  if (code != ExitCode::kDone) return code;
  return Print(arguments.json ? AsJson(status) : StatusText(status, surroundings.terminal),
               surroundings);
}

ExitCode ChangeLogLevel(const Arguments& arguments, const Surroundings& surroundings) {
  if (arguments.log_level.empty()) {
    v1::GetStatusResponse status;
    const ExitCode code = Ask(arguments, surroundings, &status);
    if (code != ExitCode::kDone) return code;
    const std::string level = LevelText(status.log_level());
    return Print(arguments.json ? JsonLine(boost::json::object{{"level", level}}) : level + "\n",
                 surroundings);
  }
  v1::SetLogLevelRequest request;
  v1::LogLevel level = v1::LOG_LEVEL_UNSPECIFIED;
  v1::LogLevel_Parse(absl::StrCat("LOG_LEVEL_", absl::AsciiStrToUpper(arguments.log_level)),
                     &level);
  request.set_level(level);
  v1::SetLogLevelResponse response;
  const ExitCode code = Call(*surroundings.operations, &Operations::SetLogLevel, request, &response,
                             arguments, surroundings.err);
  if (code != ExitCode::kDone) return code;
  const std::string before = LevelText(response.previous_level());
  return Print(arguments.json
                   ? JsonLine(boost::json::object{{"level", arguments.log_level},
                                                  {"previous_level", before}})
                   : absl::StrCat("log level: ", arguments.log_level, " (was ", before, ")\n"),
               surroundings);
}

ExitCode CheckHealth(const Arguments& arguments, const Surroundings& surroundings) {
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(arguments.service);
  grpc::health::v1::HealthCheckResponse response;
  const ExitCode code = Call(*surroundings.health, &HealthStub::Check, request, &response,
                             arguments, surroundings.err, kHealthTimeout);
  if (code != ExitCode::kDone) return code;
  const bool serves = response.status() == grpc::health::v1::HealthCheckResponse::SERVING;
  const absl::optional<v1::GetStatusResponse> status = StatusForHealth(arguments, surroundings);
  const std::string name =
      grpc::health::v1::HealthCheckResponse::ServingStatus_Name(response.status());
  std::string text =
      Coloured(surroundings.terminal, serves ? Colour::kGood : Colour::kBad, name) + "\n";
  if (status) text += StatusText(*status, surroundings.terminal);
  boost::json::object json{{"status", name}};
  if (status) json["replica"] = boost::json::parse(AsJson(*status));
  const ExitCode written = Print(arguments.json ? JsonLine(json) : text, surroundings);
  if (written != ExitCode::kDone) return written;
  return serves ? ExitCode::kDone : ExitCode::kTryLater;
}

ExitCode ShowVersion(const Arguments& arguments, std::ostream& out, std::ostream& err) {
  out << (arguments.json ? JsonLine(boost::json::object{{"version", TB_VERSION}})
                         : absl::StrCat("tbctl ", TB_VERSION, "\n"));
  return Written(out, err);
}

}  // namespace tokenbroker::tbctl
