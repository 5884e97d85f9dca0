// Scripted faults: what the provider does instead of answering properly, queued per endpoint.
// FaultQueue is not synchronized; its owner (SimulatedProvider) is.

#ifndef TESTS_PROVIDER_SIMULATOR_FAULTS_H_
#define TESTS_PROVIDER_SIMULATOR_FAULTS_H_

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "tests/provider_simulator/endpoint.h"

namespace provider_simulator {

// kAnswer: the scripted answer; nothing is processed. kHang: no answer, ever; nothing is processed.
// kDrop: the request is read, not processed, and the connection cut. kLostResponse: the request is
// processed (tokens rotate), then the connection is cut.
enum class FaultKind { kAnswer, kHang, kDrop, kLostResponse };

enum class Cut { kReset, kClose };  // RST, or FIN

// kReusedOnly: the fault waits for a request that is not the first one on its connection.
enum class FaultConnection { kAny, kReusedOnly };

struct Fault {
  static constexpr int kForever = -1;

  FaultKind kind = FaultKind::kAnswer;
  int times = 1;  // kForever: until cleared
  FaultConnection connection = FaultConnection::kAny;
  Cut cut = Cut::kReset;

  // kAnswer only.
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  // The common scripts. Chain with Times(): `HtmlFault().Times(3)`.
  [[nodiscard]] Fault Times(int n) const;
  [[nodiscard]] Fault Forever() const { return Times(kForever); }
};

// A JSON body; `retry_after` becomes a Retry-After header as it is (seconds or an HTTP date).
Fault ErrorFault(int status, const std::string& error, const std::string& retry_after = "");
Fault OkWithErrorFault(const std::string& error);  // HTTP 200 that carries {"error":...}
Fault HtmlFault(int status = 200);                 // a proxy's page
Fault GarbageFault();                              // random-looking bytes, NUL and 0xff included
Fault InvalidJsonFault();                          // JSON that stops in the middle
Fault EmptyFault(int status = 200);                // no body
Fault HugeFault(std::size_t bytes);                // a JSON answer with that many bytes of padding
Fault HangFault();
Fault DropFault(Cut cut = Cut::kReset);
Fault LostResponseFault(Cut cut = Cut::kReset);
// Cuts a kept-alive connection right after a later request on it was read.
Fault CutReusedConnectionFault(Cut cut = Cut::kReset);

class FaultQueue {
 public:
  void Add(Endpoint endpoint, Fault fault);
  void Clear() { queues_.clear(); }

  // The first queued fault that fits the request; counts one of its times.
  absl::optional<Fault> Take(Endpoint endpoint, bool reused_connection);

  const std::map<Endpoint, std::deque<Fault>>& queues() const { return queues_; }

 private:
  std::map<Endpoint, std::deque<Fault>> queues_;
};

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_FAULTS_H_
