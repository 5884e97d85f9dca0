// Makes so many hits in one process: what scripts/bench_instructions counts the instructions of.
//   hit_instructions HITS
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <cstdio>
#include <vector>

#include "tests/bench/hit_rig.h"

namespace tokenbroker {
namespace {

constexpr int kSubjects = 64;

int Run(int hits) {
  HitRig rig(kSubjects * 100, "/dev/null");
  std::vector<grpc::ByteBuffer> requests;
  for (int i = 0; i < kSubjects; ++i) {
    std::string subject = absl::StrCat("user-", i, ".");
    subject.resize(49, 'x');
    rig.Put(subject);
    requests.push_back(HitRig::RequestFor(subject));
  }
  size_t bytes = 0;
  for (int i = 0; i < hits; ++i) {
    bytes += rig.Hit(requests[static_cast<size_t>(i) % requests.size()]).Length();
  }
  std::printf("%d hits, %zu bytes\n", hits, bytes);
  return 0;
}

}  // namespace
}  // namespace tokenbroker

int main(int argc, char** argv) {
  int hits = 0;
  if (argc != 2 || !absl::SimpleAtoi(argv[1], &hits)) return 2;
  return tokenbroker::Run(hits);
}
