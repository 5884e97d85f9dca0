// Structured logging: one JSON object a line on standard error. Never a secret: values are plain
// strings and numbers, and base/secret.h does not convert.
#pragma once

#include <absl/strings/string_view.h>

#include <initializer_list>
#include <string>

namespace tokenbroker {

enum class LogLevel { kDebug, kInfo, kWarning, kError };
// "warning"
absl::string_view LogLevelName(LogLevel level);

// One `"name":value` of a line.
struct LogField {
  LogField(absl::string_view field_name, absl::string_view text);
  LogField(absl::string_view field_name, const std::string& text)
      : LogField(field_name, absl::string_view(text)) {}
  LogField(absl::string_view field_name, const char* text)
      : LogField(field_name, absl::string_view(text)) {}
  LogField(absl::string_view field_name, int64_t number);
  LogField(absl::string_view field_name, int number)
      : LogField(field_name, static_cast<int64_t>(number)) {}
  LogField(absl::string_view field_name, bool flag);
  // Is left out of the line when `text` is empty.
  static LogField Optional(absl::string_view field_name, absl::string_view text);
  absl::string_view name;
  // Empty: no such field.
  std::string json;
};

// Log(LogLevel::kInfo, "listening", {{"name", "grpc"}, {"address", a}}). Any thread; does not
// throw.
void Log(LogLevel level, absl::string_view event, std::initializer_list<LogField> fields = {});

void SetLogLevel(LogLevel level);
LogLevel GetLogLevel();

}  // namespace tokenbroker
