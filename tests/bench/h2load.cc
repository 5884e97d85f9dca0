#include "tests/bench/h2load.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <vector>

#include "tests/support/child_process.h"

namespace tokenbroker {
namespace {

// A message's frame: whether it is compressed, and its length.
constexpr size_t kFrameHeader = 5;
// By how much the times in an answer make it longer or shorter.
constexpr double kTimeBytes = 4;

std::string Framed(const std::string& message) {
  const size_t n = message.size();
  std::string frame(kFrameHeader, '\0');
  for (size_t i = 0; i < 4; ++i) frame[1 + i] = static_cast<char>(n >> (8 * (3 - i)));
  return frame + message;
}

// 2970.3 of "finished in 1.01s, 2970.30 req/s".
double RequestsPerSecond(const std::string& output) {
  const size_t at = output.find("finished in ");
  const size_t comma = output.find(", ", at);
  return comma == std::string::npos ? 0 : std::strtod(output.c_str() + comma + 2, nullptr);
}

// The number in parentheses before " data": bytes of DATA frames.
double DataBytes(const std::string& output) {
  const size_t traffic = output.find("traffic:");
  if (traffic == std::string::npos) return 0;
  const size_t open = output.rfind('(', output.find(") data", traffic));
  return std::strtod(output.c_str() + open + 1, nullptr);
}

}  // namespace

H2load::H2load(const std::string& address, LoadShape shape, const std::string& request,
               size_t answer_bytes)
    : uri_(absl::StrCat("http://", address, kGetFreshTokenPath)),
      shape_(shape),
      answer_bytes_(answer_bytes) {
  folder_.Write("body", Framed(request));
}

LoadResult H2load::RunCalls(int64_t calls) {
  const std::string log = folder_.Path("log");
  std::filesystem::remove(log);
  ChildProcess process({"/usr/bin/h2load", "-n", absl::StrCat(calls), "-c",
                        absl::StrCat(shape_.connections), "-m", absl::StrCat(shape_.streams), "-H",
                        "content-type: application/grpc", "-H", "te: trailers", "-d",
                        folder_.Path("body"), "--log-file", log, uri_});
  const int code = process.Wait();
  const std::string output = process.Output();
  const double per_call = DataBytes(output) / static_cast<double>(calls);
  const double missing = static_cast<double>(answer_bytes_ + kFrameHeader) - per_call;
  if (code != 0 || missing < -kTimeBytes || missing > kTimeBytes) {
    std::cerr << "h2load: " << per_call << " bytes of DATA to a call\n" << output;
    std::abort();
  }
  std::vector<double> times;
  std::ifstream lines(log);
  for (double start = 0, status = 0, time = 0; lines >> start >> status >> time;) {
    times.push_back(time);
  }
  std::sort(times.begin(), times.end());
  const auto at = [&times](size_t percent) { return times[(times.size() - 1) * percent / 100]; };
  const auto made = static_cast<double>(calls);
  return {made, made / RequestsPerSecond(output), at(50), at(99)};
}

}  // namespace tokenbroker
