// h2load (nghttp2) as a load generator that shares no code with gRPC. In plaintext only: it has no
// client certificate to show.
#pragma once

#include <string>

#include "tests/bench/call_load.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker {

// Makes calls of one request; any thread. The files lie in a folder that the object owns. A run of
// whose calls do not bring the bytes of an answer ends the program: h2load itself counts a gRPC
// error as a success.
class H2load {
 public:
  // `answer_bytes`: of the message in an answer, give or take a few.
  H2load(const std::string& address, LoadShape shape, const std::string& request,
         size_t answer_bytes);

  LoadResult RunCalls(int64_t calls);

 private:
  const std::string uri_;
  const LoadShape shape_;
  const size_t answer_bytes_;
  const TempFolder folder_;
};

}  // namespace tokenbroker
