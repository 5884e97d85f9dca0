// The program `echo_server` on the server's processor: the bare limit beside a broker.
#pragma once

#include <string>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker {

// For one thread; ends the program with the object.
class EchoProcess {
 public:
  // Answers every call with `answer`; `more` are the words behind that of its command line. Ends
  // this program if it does not start.
  EchoProcess(const TempFolder& folder, const std::string& answer,
              const std::vector<std::string>& more = {});

  const std::string& address() const { return address_; }
  pid_t pid() const { return process_.pid(); }

 private:
  ChildProcess process_;
  std::string address_;
};

}  // namespace tokenbroker
