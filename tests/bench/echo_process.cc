#include "tests/bench/echo_process.h"

#include <cstdlib>
#include <iostream>

#include "tests/bench/process_cost.h"

namespace tokenbroker {
namespace {

std::vector<std::string> Words(const std::string& answer_file,
                               const std::vector<std::string>& more) {
  std::vector<std::string> words = {"/usr/bin/setpriv",  "--pdeathsig", "KILL",
                                    ECHO_SERVER_PROGRAM, "127.0.0.1:0", answer_file};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

EchoProcess::EchoProcess(const TempFolder& folder, const std::string& answer,
                         const std::vector<std::string>& more)
    : process_(Words(folder.Write("answer", answer), more)),
      address_(LogFieldOf(process_.WaitForLine("\"name\":\"grpc\""), "address")) {
  if (address_.empty()) {
    std::cerr << "echo_server did not start: " << process_.Output() << "\n";
    std::abort();
  }
  PinProcess(process_.pid(), kServerProcessor);
}

}  // namespace tokenbroker
