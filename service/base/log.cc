#include "base/log.h"

#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdint>
#include <memory>

#include "base/json_text.h"

namespace tokenbroker {
namespace {

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("tokenbroker",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::info);
    return made;
  }();
  return *logger;
}

}  // namespace

absl::string_view LogLevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

LogField::LogField(absl::string_view field_name, absl::string_view text)
    : name(field_name), json(JsonText(text)) {}
LogField::LogField(absl::string_view field_name, int64_t number)
    : name(field_name), json(absl::StrCat(number)) {}
LogField::LogField(absl::string_view field_name, bool flag)
    : name(field_name), json(flag ? "true" : "false") {}

LogField LogField::Optional(absl::string_view field_name, absl::string_view text) {
  LogField field(field_name, text);
  if (text.empty()) field.json.clear();
  return field;
}

void Log(LogLevel level, absl::string_view event, std::initializer_list<LogField> fields) {
  if (!Logger().should_log(ToSpdlog(level))) return;
  std::string line = absl::StrCat(
      "{\"event\":", JsonText(event), ",\"level\":\"", LogLevelName(level), "\",\"time\":\"",
      absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone()), "\"");
  for (const LogField& field : fields) {
    if (field.json.empty()) continue;
    absl::StrAppend(&line, ",", JsonText(field.name), ":", field.json);
  }
  line += '}';
  Logger().log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

void SetLogLevel(LogLevel level) { Logger().set_level(ToSpdlog(level)); }

LogLevel GetLogLevel() {
  switch (Logger().level()) {
    case spdlog::level::trace:
    case spdlog::level::debug:
      return LogLevel::kDebug;
    case spdlog::level::info:
      return LogLevel::kInfo;
    case spdlog::level::warn:
      return LogLevel::kWarning;
    default:
      return LogLevel::kError;
  }
}

}  // namespace tokenbroker
