#include "rpc/provider_handler.h"

#include "tests/rpc/fake_operations.h"
#include "tests/support/fake_provider_resolver.h"
#include "tests/support/known_callers.h"
#include "tests/support/loop_test.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Check = v1::CheckProviderResponse::Check;

class ProviderHandlerTest : public LoopTest {
 protected:
  CallInfo Call() {
    CallInfo call{CallerUnder(rule_), clock_.SteadyNow() + absl::Seconds(30)};
    notes_ = call.notes;
    return call;
  }
  v1::ListProvidersResponse List(const v1::ListProvidersRequest& request = {}) {
    v1::ListProvidersResponse response;
    handler_.ListProviders(Call(), request, &response,
                           [this](absl::Status status) { status_ = std::move(status); });
    Settle();
    return response;
  }
  v1::CheckProviderResponse CheckNamed(const std::string& provider) {
    v1::CheckProviderRequest request;
    request.set_provider(provider);
    v1::CheckProviderResponse response;
    handler_.CheckProvider(Call(), request, &response,
                           [this](absl::Status status) { status_ = std::move(status); });
    Settle();
    return response;
  }
  std::string ReasonOfEnd() const {
    if (status_.ok()) return "OK";
    const absl::optional<Refusal> refusal = RefusalOf(status_);
    return refusal ? std::string(ReasonName(refusal->reason)) : status_.ToString();
  }

  PolicyRule rule_ = AnythingRule();
  FakeProviderService providers_;
  ProviderHandler handler_{providers_, loop_};
  std::shared_ptr<CallNotes> notes_;
  absl::Status status_ = absl::InternalError("not answered");
};

TEST_F(ProviderHandlerTest, ShowsAProviderWithoutItsSecrets) {
  ProviderConfig config = PlainProvider();
  config.issuer = "https://music.example.com";
  ProviderView view;
  view.config = std::make_shared<const ProviderConfig>(config);
  view.authorization_endpoint = "https://music.example.com/authorize";
  view.token_endpoint = "https://music.example.com/token";
  providers_.page->providers = {view};
  providers_.page->next_page = "next";
  const auto response = List();
  ASSERT_EQ(ReasonOfEnd(), "OK");
  ASSERT_THAT(response.providers(), SizeIs(1));
  const v1::Provider& provider = response.providers(0);
  EXPECT_EQ(provider.name(), "music");
  EXPECT_EQ(provider.issuer(), "https://music.example.com");
  EXPECT_EQ(provider.client_id(), "client-1");
  EXPECT_EQ(provider.authorization_endpoint(), view.authorization_endpoint);
  EXPECT_EQ(provider.token_endpoint(), view.token_endpoint);
  EXPECT_THAT(provider.redirect_uris(), ElementsAre("https://app.example.com/callback"));
  EXPECT_THAT(provider.scopes(), ElementsAre("read"));
  EXPECT_EQ(provider.state(), v1::Provider::STATE_ACTIVE);
  EXPECT_EQ(provider.state_reason(), "");
  EXPECT_EQ(response.next_page_token(), "next");
  EXPECT_EQ(response.SerializeAsString().find("client-secret"), std::string::npos);
}

TEST_F(ProviderHandlerTest, AFrozenProviderSaysWhy) {
  ProviderView view;
  view.config = std::make_shared<const ProviderConfig>(PlainProvider());
  view.frozen = true;
  providers_.page->providers = {view};
  const v1::ListProvidersResponse response = List();
  EXPECT_EQ(response.providers(0).state(), v1::Provider::STATE_FROZEN);
  EXPECT_EQ(response.providers(0).state_reason(), "PROVIDER_MISCONFIGURED");
}

TEST_F(ProviderHandlerTest, AListingHasSensibleBounds) {
  List();
  v1::ListProvidersRequest request;
  request.set_page_size(5000);
  request.set_page_token("here");
  List(request);
  ASSERT_THAT(providers_.listed, SizeIs(2));
  EXPECT_EQ(providers_.listed[0].page_size, 100);
  EXPECT_EQ(providers_.listed[1].page_size, 1000);
  EXPECT_EQ(providers_.listed[1].page, "here");
  request.set_page_size(-1);
  List(request);
  EXPECT_EQ(ReasonOfEnd(), "FIELD_INVALID");
  request.set_page_size(0);
  request.set_page_token(std::string(5000, 'x'));
  List(request);
  EXPECT_EQ(ReasonOfEnd(), "FIELD_INVALID");
  EXPECT_THAT(providers_.listed, SizeIs(2));
}

TEST_F(ProviderHandlerTest, ListsWhatTheCallersRulesCover) {
  rule_.providers = {false, {"music"}};
  List();
  ASSERT_THAT(providers_.listed, SizeIs(1));
  EXPECT_TRUE(providers_.listed[0].covered("music"));
  EXPECT_FALSE(providers_.listed[0].covered("films"));
}

TEST_F(ProviderHandlerTest, WhoMayNotIsToldTheSameOfEveryProvider) {
  rule_.providers = {false, {"music"}};
  CheckNamed("films");
  EXPECT_EQ(ReasonOfEnd(), "CALLER_NOT_ALLOWED");
  EXPECT_EQ(notes_->key.provider, "films");
  EXPECT_EQ(notes_->rule, "");
  rule_.rpcs = RpcSet::TokenBroker();
  CheckNamed("music");
  EXPECT_EQ(ReasonOfEnd(), "CALLER_NOT_ALLOWED");
  List();
  EXPECT_EQ(ReasonOfEnd(), "CALLER_NOT_ALLOWED");
  EXPECT_THAT(providers_.checked, IsEmpty());
  EXPECT_THAT(providers_.listed, IsEmpty());
}

TEST_F(ProviderHandlerTest, AProviderMustBeNamed) {
  CheckNamed("");
  EXPECT_EQ(ReasonOfEnd(), "FIELD_INVALID");
  CheckNamed(std::string(60'000, 'p'));
  EXPECT_EQ(ReasonOfEnd(), "FIELD_INVALID");
  EXPECT_THAT(providers_.checked, IsEmpty());
}

TEST_F(ProviderHandlerTest, AFailedCheckIsPartOfTheAnswer) {
  using Result = ProviderCheck::Result;
  providers_.checks = std::vector<ProviderCheck>{
      {"discovery", Result::kPassed, "", absl::Milliseconds(1500)},
      {"tls", Result::kFailed, "mend it", absl::ZeroDuration()},
      {"token_endpoint", Result::kSkipped, "no connection", absl::ZeroDuration()}};
  const auto response = CheckNamed("music");
  EXPECT_EQ(ReasonOfEnd(), "OK");
  ASSERT_THAT(response.checks(), SizeIs(3));
  EXPECT_EQ(response.checks(0).name(), "discovery");
  EXPECT_EQ(response.checks(0).result(), Check::RESULT_PASSED);
  EXPECT_EQ(response.checks(0).duration().seconds(), 1);
  EXPECT_EQ(response.checks(0).duration().nanos(), 500'000'000);
  EXPECT_EQ(response.checks(1).result(), Check::RESULT_FAILED);
  EXPECT_EQ(response.checks(1).detail(), "mend it");
  EXPECT_EQ(response.checks(2).result(), Check::RESULT_SKIPPED);
  EXPECT_EQ(notes_->rule, "anything");
  EXPECT_EQ(notes_->key.provider, "music");
}

TEST_F(ProviderHandlerTest, PassesRefusalsOn) {
  providers_.checks = absl::ResourceExhaustedError("a moment ago");
  CheckNamed("music");
  EXPECT_EQ(status_.code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace tokenbroker
