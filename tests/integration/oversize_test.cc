// Too much of everything, by a caller with a good certificate: a clear error, and no more harm.
#include "tests/integration/broker_process.h"

namespace tokenbroker {
namespace {

class OversizeTest : public BrokerProcessTest {
 protected:
  void SetUp() override {
    Start();
    LogIn();
  }
  void TearDown() override { EXPECT_TRUE(GetToken().ok()) << "the connection goes on"; }

  template <typename Response>
  static void ExpectInvalid(const Outcome<Response>& answer, const std::string& field) {
    EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << field;
    EXPECT_EQ(answer.error.reason, "FIELD_INVALID") << field;
    const auto named = answer.error.metadata.find("field");
    ASSERT_NE(named, answer.error.metadata.end()) << answer.status.error_message();
    EXPECT_EQ(named->second, field);
    EXPECT_EQ(answer.status.error_message().find("xxxxxxxx"), std::string::npos) << "an echo";
  }
};

TEST_F(OversizeTest, FieldsThatAreTooLongAreNamed) {
  const std::string huge(20'000, 'x');
  v1::GetFreshTokenRequest request = TokenRequest();
  request.set_subject(huge);
  ExpectInvalid(GetToken(request), "subject");
  request = TokenRequest();
  request.set_provider(huge);
  ExpectInvalid(GetToken(request), "provider");
  request = TokenRequest();
  request.set_tenant(huge);
  ExpectInvalid(GetToken(request), "tenant");
  request = TokenRequest();
  request.add_required_scopes(huge);
  ExpectInvalid(GetToken(request), "required_scopes");
  v1::ExchangeCodeRequest exchange;
  exchange.set_callback_uri(huge);
  ExpectInvalid(ExchangeCode(exchange), "callback_uri");
}

TEST_F(OversizeTest, TooManyOfSomethingAreTooMany) {
  v1::BuildLoginUriRequest request;
  request.set_provider("sim");
  request.set_subject("user-42");
  for (int i = 0; i < 1000; ++i) request.add_scopes("s" + std::to_string(i));
  ExpectInvalid(player().BuildLoginUri(request), "scopes");
  request.clear_scopes();
  for (int i = 0; i < 100; ++i) {
    (*request.mutable_authorization_params())["p" + std::to_string(i)] = "v";
  }
  ExpectInvalid(player().BuildLoginUri(request), "authorization_params");
}

TEST_F(OversizeTest, AMessageThatIsTooLargeIsNotRead) {
  v1::GetFreshTokenRequest request = TokenRequest();
  request.set_subject(std::string(1'000'000, 'x'));
  EXPECT_EQ(GetToken(request).status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(OversizeTest, MetadataThatIsTooLargeIsRefused) {
  const auto caller = CallerNamed(kPlayer);
  caller->AddMetadata("x-large", std::string(100'000, 'x'));
  const auto refused = caller->GetToken("user-42");
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED)
      << refused.status.error_message();
}

}  // namespace
}  // namespace tokenbroker
