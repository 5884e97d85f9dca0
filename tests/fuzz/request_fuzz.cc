// Whatever bytes a caller sends as a request: every call is answered once, by its deadline, with an
// error that the API has. The first byte chooses the RPC; the rest is the message, which libFuzzer
// changes by bytes and by fields. Each input meets a broker of its own, with one grant and a login
// that was begun; its state is meant where the request says "@".
#include <google/protobuf/message.h>
#include <google/protobuf/stubs/logging.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/grant_admin.h"
#include "broker/providers.h"
#include "broker/token_broker.h"
#include "rpc/grant_admin_handler.h"
#include "rpc/login_handler.h"
#include "rpc/provider_handler.h"
#include "rpc/status_mapping.h"
#include "rpc/token_handler.h"
#include "tests/broker/login_test.h"
#include "tests/fuzz/message_mutator.h"
#include "tests/support/known_callers.h"
#include "token/grant_key.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kDeadline = absl::Seconds(10);
constexpr size_t kMostMessageBytes = 1024;
constexpr int kRpcs = 13;
constexpr char kTheState[] = "@";
// Who began the login.
constexpr char kCaller[] = "web";

void Require(bool holds) {
  if (!holds) std::abort();
}

void RequireSound(const absl::Status& status) {
  if (status.ok()) return;
  const RpcError error = ToRpcError(status);
  Require(error.code != absl::StatusCode::kInternal);
  Require(error.message.size() <= kMostMessageBytes && IsPrintableUtf8(error.message));
}

// That a request was read as the message says.
template <typename Request>
void RequireReadRight(const Request&, absl::string_view) {}
void RequireReadRight(const FreshRequest& request, absl::string_view bytes) {
  v1::GetFreshTokenRequest message;
  Require(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  Require(request.tenant() == message.tenant() && request.provider() == message.provider() &&
          request.subject() == message.subject());
  Require(request.wishes().has_min_ttl() == message.has_min_ttl() &&
          request.wishes().rejected_generation() == message.rejected_generation() &&
          request.wishes().required_scopes_size() == message.required_scopes_size());
}

// That an answer arrives.
template <typename Response>
void RequireReadable(const Response&) {}
void RequireReadable(const FreshAnswer& answer) {
  if (answer.token == nullptr) return;
  const FreshAnswerWriter writer(answer);
  std::string bytes(writer.size(), '\0');
  writer.WriteTo(reinterpret_cast<uint8_t*>(bytes.data()));
  v1::GetFreshTokenResponse message;
  Require(message.ParseFromString(bytes) &&
          message.token().generation() == answer.token->generation);
}

template <typename Handler, typename Request, typename Response>
using Method = void (Handler::*)(const CallInfo&, const Request&, Response*, CallDone);

class World : public LoginTest {
 public:
  World() {
    Require(LogIn().ok());
    state_ = Begin().state;
  }

  // Calls `visit` with the handler and the method that `choice` stands for.
  template <typename Visit>
  static auto At(uint8_t choice, Visit visit) {
    switch (choice % kRpcs) {
      case 0:
        return visit(&World::login_, &LoginHandler::BuildLoginUri);
      case 1:
        return visit(&World::login_, &LoginHandler::ExchangeCode);
      case 2:
        return visit(&World::token_, &TokenHandler::GetFreshToken);
      case 3:
        return visit(&World::admin_, &GrantAdminHandler::GetGrant);
      case 4:
        return visit(&World::admin_, &GrantAdminHandler::ListGrants);
      case 5:
        return visit(&World::admin_, &GrantAdminHandler::RefreshGrant);
      case 6:
        return visit(&World::admin_, &GrantAdminHandler::RevokeGrant);
      case 7:
        return visit(&World::admin_, &GrantAdminHandler::RevokeGrants);
      case 8:
        return visit(&World::admin_, &GrantAdminHandler::DeleteGrant);
      case 9:
        return visit(&World::admin_, &GrantAdminHandler::ImportGrant);
      case 10:
        return visit(&World::provider_, &ProviderHandler::ListProviders);
      case 11:
        return visit(&World::provider_, &ProviderHandler::CheckProvider);
      default:
        return visit(&World::admin_, &GrantAdminHandler::GetKeyUsage);
    }
  }

  void Take(uint8_t choice, absl::string_view bytes) {
    At(choice, [this, bytes](auto handler, auto method) { Call(this->*handler, method, bytes); });
  }

 private:
  template <typename Handler, typename Request, typename Response>
  void Call(Handler& handler, Method<Handler, Request, Response> method, absl::string_view bytes) {
    Request request;
    // What does not parse gRPC answers itself.
    if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
    RequireReadRight(request, bytes);
    MeanTheState(&request);
    Response response;
    const CallInfo call{AnyCaller(kCaller), clock_.SteadyNow() + kDeadline};
    int answers = 0;
    (handler.*method)(call, request, &response, [&answers](absl::Status status) {
      ++answers;
      RequireSound(status);
    });
    Advance(kDeadline);
    Require(answers == 1);
    RequireReadable(response);
    // What goes on without its caller ends, too.
    Advance(absl::Minutes(1));
    Require(answers == 1);
  }
  template <typename Request>
  void MeanTheState(Request*) {}
  void MeanTheState(v1::ExchangeCodeRequest* request) {
    if (request->state() == kTheState) request->set_state(state_);
  }
  void TestBody() override {}

  std::string state_;

  TokenBroker broker_{parts_};
  GrantAdmin grants_{parts_, broker_};
  Providers providers_{parts_};
  LoginHandler login_{logins_, loop_};
  TokenHandler token_{broker_, clock_};
  GrantAdminHandler admin_{grants_, loop_};
  ProviderHandler provider_{providers_, loop_};
};

// The messages that handlers read, and that callers send.
template <typename Request>
struct MessageOf {
  using Type = Request;
};
template <>
struct MessageOf<FreshRequest> {
  using Type = v1::GetFreshTokenRequest;
};

struct NewMessage {
  template <typename Handler, typename Request, typename Response>
  std::unique_ptr<google::protobuf::Message> operator()(Handler World::*,
                                                        Method<Handler, Request, Response>) const {
    return std::make_unique<typename MessageOf<Request>::Type>();
  }
};

std::vector<std::string> Words() {
  return {"default",      "music", "other", "user-1",
          "user-2",       "read",  "write", kTheState,
          "code-1",       "web",   "*",     "https://web.example.com/cb",
          "client-1",     "rt",    "login", "https://id.example.com",
          "access_denied"};
}

}  // namespace
}  // namespace tokenbroker

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  tokenbroker::World().Take(data[0], bytes);
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  tokenbroker::MessageMutator mutator(seed, tokenbroker::Words());
  if (size == 0 || mutator.Any(4) == 0) return LLVMFuzzerMutate(data, size, max_size);
  if (mutator.Any(8) == 0) data[0] = static_cast<uint8_t>(mutator.Any(tokenbroker::kRpcs));
  const auto message = tokenbroker::World::At(data[0], tokenbroker::NewMessage());
  // Of what is no message the part before the fault stays.
  (void)message->ParsePartialFromArray(data + 1, static_cast<int>(size - 1));
  for (int changes = 1 + mutator.Any(3); changes > 0; --changes) mutator.Change(message.get());
  const std::string bytes = message->SerializePartialAsString();
  if (bytes.size() + 1 > max_size) return LLVMFuzzerMutate(data, size, max_size);
  bytes.copy(reinterpret_cast<char*>(data) + 1, bytes.size());
  return bytes.size() + 1;
}
