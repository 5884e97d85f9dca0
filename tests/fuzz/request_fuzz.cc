// Whatever bytes a caller sends as a request: every call is answered once, by its deadline, with an
// error that the API has. The first byte chooses the RPC; the rest is the message. Each input meets
// a broker of its own, with one grant.
#include <google/protobuf/stubs/logging.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "broker/grant_admin.h"
#include "broker/providers.h"
#include "broker/token_broker.h"
#include "rpc/grant_admin_handler.h"
#include "rpc/login_handler.h"
#include "rpc/provider_handler.h"
#include "rpc/status_mapping.h"
#include "rpc/token_handler.h"
#include "tests/broker/login_test.h"
#include "tests/support/known_callers.h"
#include "token/grant_key.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kDeadline = absl::Seconds(10);
constexpr size_t kMostMessageBytes = 1024;

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

class World : public LoginTest {
 public:
  World() { Require(LogIn().ok()); }

  void Take(uint8_t choice, absl::string_view bytes) {
    switch (choice % 13) {
      case 0:
        return Call(login_, &LoginHandler::BuildLoginUri, bytes);
      case 1:
        return Call(login_, &LoginHandler::ExchangeCode, bytes);
      case 2:
        return Call(token_, &TokenHandler::GetFreshToken, bytes);
      case 3:
        return Call(admin_, &GrantAdminHandler::GetGrant, bytes);
      case 4:
        return Call(admin_, &GrantAdminHandler::ListGrants, bytes);
      case 5:
        return Call(admin_, &GrantAdminHandler::RefreshGrant, bytes);
      case 6:
        return Call(admin_, &GrantAdminHandler::RevokeGrant, bytes);
      case 7:
        return Call(admin_, &GrantAdminHandler::RevokeGrants, bytes);
      case 8:
        return Call(admin_, &GrantAdminHandler::DeleteGrant, bytes);
      case 9:
        return Call(admin_, &GrantAdminHandler::ImportGrant, bytes);
      case 10:
        return Call(provider_, &ProviderHandler::ListProviders, bytes);
      case 11:
        return Call(provider_, &ProviderHandler::CheckProvider, bytes);
      default:
        return Call(admin_, &GrantAdminHandler::GetKeyUsage, bytes);
    }
  }

 private:
  template <typename Handler, typename Request, typename Response>
  void Call(Handler& handler,
            void (Handler::*method)(const CallInfo&, const Request&, Response*, CallDone),
            absl::string_view bytes) {
    Request request;
    // What does not parse gRPC answers itself.
    if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
    RequireReadRight(request, bytes);
    Response response;
    const CallInfo call{AnyCaller(), clock_.SteadyNow() + kDeadline};
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
  void TestBody() override {}

  TokenBroker broker_{parts_};
  GrantAdmin grants_{parts_, broker_};
  Providers providers_{parts_};
  LoginHandler login_{logins_, loop_};
  TokenHandler token_{broker_, clock_};
  GrantAdminHandler admin_{grants_, loop_};
  ProviderHandler provider_{providers_, loop_};
};

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
