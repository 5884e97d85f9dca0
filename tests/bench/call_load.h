// A closed loop of GetFreshToken calls over so many connections with so many calls under way on
// each: our own load generator, which speaks TLS with a client's certificate and measures each
// call. One thread, which polls.
#pragma once

#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tokenbroker {

inline constexpr char kGetFreshTokenPath[] = "/tokenbroker.v1.TokenBrokerService/GetFreshToken";

struct LoadShape {
  int connections = 1;
  // On each.
  int streams = 1;

  int calls() const { return connections * streams; }
  // "8x32"
  std::string Name() const;
};

struct LoadResult {
  double calls = 0;
  double seconds = 0;
  // Of a call, from before it was written until after it was read.
  double p50_us = 0;
  double p99_us = 0;
  // With Failures::kCounted.
  double failures = 0;
};

// For the one thread that made it.
class CallLoad {
 public:
  // What becomes of a call that fails, or brings fewer bytes than it should.
  enum class Failures { kEndTheProgram, kCounted };

  // `requests`: serialized ones, made in turn. `least_bytes`: of an answer.
  CallLoad(const std::string& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials,
           LoadShape shape, std::vector<std::string> requests, size_t least_bytes,
           Failures failures = Failures::kEndTheProgram);
  ~CallLoad();
  CallLoad(const CallLoad&) = delete;
  CallLoad& operator=(const CallLoad&) = delete;

  LoadResult RunFor(std::chrono::milliseconds time);
  LoadResult RunCalls(int64_t calls);
  // What the last call was answered with.
  std::string LastAnswer() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Slot;

  LoadResult Run(const std::function<bool()>& goes_on);
  void Begin(Slot* slot);
  void Check(const Slot& slot);

  const std::vector<std::string> requests_;
  const size_t least_bytes_;
  const Failures failures_;
  double failed_ = 0;
  size_t next_request_ = 0;
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
  std::vector<std::unique_ptr<Slot>> slots_;
  const Slot* last_ = nullptr;
};

}  // namespace tokenbroker
