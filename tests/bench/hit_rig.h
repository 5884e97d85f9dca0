// A hit's whole way through the broker in one process, without a network: front door, message,
// policy, cache, answer, metrics and audit line. What gRPC does is left out.
#pragma once

#include <grpcpp/server_context.h>

#include <memory>
#include <string>

#include "broker/token_broker.h"
#include "rpc/front_door.h"
#include "rpc/token_handler.h"
#include "store/memory_store.h"
#include "tests/broker/fake_spill.h"
#include "tests/support/fake_provider_resolver.h"
#include "tests/support/fake_token_endpoint.h"

namespace tokenbroker {

inline constexpr char kRigCaller[] = "spiffe://prod.example/ns/music/sa/player";

// For one thread.
class HitRig {
 public:
  // Caches at most `capacity` tokens; the audit trail goes to that file.
  HitRig(size_t capacity, const std::string& audit_file);

  // Caches a token of an hour and 476 bytes for that subject.
  void Put(const std::string& subject);
  // The request for it.
  static grpc::ByteBuffer RequestFor(const std::string& subject);
  // Answers; a request that is no hit ends the program.
  grpc::ByteBuffer Hit(const grpc::ByteBuffer& request);

 private:
  Loop loop_{Clock::Real()};
  Metrics metrics_;
  FixedConfig config_;
  MemoryStore store_{loop_, Clock::Real()};
  FakeSpill spill_;
  FakeTokenEndpoint endpoint_{loop_};
  FakeProviderResolver resolver_;
  TokenCache cache_;
  Jitter jitter_{1};
  BrokerParts parts_{loop_,     metrics_,  config_, store_, spill_,
                     resolver_, endpoint_, cache_,  jitter_};
  TokenBroker broker_{parts_};
  TokenHandler handler_{broker_, Clock::Real()};
  Callers callers_{loop_, config_, nullptr, nullptr};
  std::unique_ptr<AuditLog> audit_;
  FrontDoor door_;
  KnownCallerPtr caller_;
  grpc::CallbackServerContext context_;
};

}  // namespace tokenbroker
