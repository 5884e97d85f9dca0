#include "tests/bench/bench_line.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace tokenbroker {
namespace {

const char* VerdictOf(const BenchLine& line) {
  if (line.target.kind == Target::Kind::kNone) return "-";
  return line.target.IsMetBy(line.ratio) ? "ok" : "short";
}

// Names are ours: nothing in them needs an escape.
std::string Json(const BenchLine& line) {
  std::string details;
  for (const auto& [name, value] : line.details) {
    absl::StrAppend(&details, details.empty() ? "" : ",", "\"", name, "\":", value);
  }
  return absl::StrCat("{\"name\":\"", line.name, "\",\"ratio\":", line.ratio, ",\"target\":\"",
                      line.target.Text(), "\",\"verdict\":\"", VerdictOf(line), "\",\"details\":{",
                      details, "}}");
}

}  // namespace

bool Target::IsMetBy(double ratio) const {
  switch (kind) {
    case Kind::kNone:
      return true;
    case Kind::kAtMost:
      return ratio <= value;
    case Kind::kAtLeast:
      return ratio >= value;
    case Kind::kExactly:
      return ratio == value;
  }
  return false;
}

std::string Target::Text() const {
  switch (kind) {
    case Kind::kNone:
      return "-";
    case Kind::kAtMost:
      return absl::StrCat("<=", value);
    case Kind::kAtLeast:
      return absl::StrCat(">=", value);
    case Kind::kExactly:
      return absl::StrCat("==", value);
  }
  return "-";
}

void Report(const BenchLine& line) {
  std::string text = absl::StrFormat("%s ratio %.3f target %s %s ", line.name, line.ratio,
                                     line.target.Text(), VerdictOf(line));
  for (const auto& [name, value] : line.details) {
    absl::StrAppend(&text, " ", name, "=", absl::StrFormat("%.4g", value));
  }
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
  const char* const file = std::getenv("TB_BENCH_JSON");
  if (file != nullptr) std::ofstream(file, std::ios::app) << Json(line) << "\n";
}

}  // namespace tokenbroker
