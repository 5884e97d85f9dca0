#include "broker/providers.h"

#include "tests/broker/broker_test.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class ProvidersTest : public BrokerTest {
 protected:
  void ConfigureNames(const std::vector<std::string>& names) {
    Snapshot snapshot;
    for (const std::string& name : names) {
      auto config = std::make_shared<const ProviderConfig>(PlainProvider(name));
      snapshot.providers[name] = config;
      resolver_.Set(Resolved(*config));
    }
    config_.Set(std::move(snapshot));
  }
  std::vector<std::string> NamesOf(const ProviderPage& page) {
    std::vector<std::string> names;
    for (const ProviderView& view : page.providers) names.push_back(view.config->name);
    return names;
  }
  ProviderPage List(const ListProvidersQuery& query) {
    const absl::StatusOr<ProviderPage> page = Run(providers_.ListProviders(query));
    EXPECT_TRUE(page.ok()) << page.status();
    return page.value_or(ProviderPage());
  }
  absl::StatusOr<std::vector<ProviderCheck>> Check(const std::string& name = "spotify") {
    return Run(providers_.CheckProvider(name, clock_.SteadyNow() + absl::Minutes(1)));
  }
  static absl::optional<Reason> ReasonIn(const absl::Status& status) {
    const absl::optional<Refusal> refusal = RefusalOf(status);
    if (!refusal) return absl::nullopt;
    return refusal->reason;
  }

  Providers providers_{parts_};
};

TEST_F(ProvidersTest, ListsByNamePageByPage) {
  ConfigureNames({"c", "a", "e", "b", "d"});
  ListProvidersQuery query;
  query.page_size = 2;
  ProviderPage page = List(query);
  EXPECT_THAT(NamesOf(page), ElementsAre("a", "b"));
  query.page = page.next_page;
  page = List(query);
  EXPECT_THAT(NamesOf(page), ElementsAre("c", "d"));
  query.page = page.next_page;
  page = List(query);
  EXPECT_THAT(NamesOf(page), ElementsAre("e"));
  EXPECT_EQ(page.next_page, "");
}

TEST_F(ProvidersTest, APageGoesOnBehindAProviderThatWasTakenAwayMeanwhile) {
  ConfigureNames({"a", "b", "c"});
  ListProvidersQuery query;
  query.page_size = 2;
  query.page = List(query).next_page;
  ConfigureNames({"a", "c"});
  EXPECT_THAT(NamesOf(List(query)), ElementsAre("c"));
}

TEST_F(ProvidersTest, AFullLastPageHasNoNextOne) {
  ConfigureNames({"a", "b"});
  ListProvidersQuery query;
  query.page_size = 2;
  EXPECT_EQ(List(query).next_page, "");
}

TEST_F(ProvidersTest, ListsThoseAloneThatAreCovered) {
  ConfigureNames({"a", "b", "c"});
  ListProvidersQuery query;
  query.page_size = 1;
  query.covered = [](absl::string_view name) { return name != "b"; };
  const ProviderPage page = List(query);
  EXPECT_THAT(NamesOf(page), ElementsAre("a"));
  query.page = page.next_page;
  EXPECT_THAT(NamesOf(List(query)), ElementsAre("c"));
}

TEST_F(ProvidersTest, RefusesAPageThatItNeverGave) {
  for (const char* page : {"x", "YWZ0ZXI", "b3RoZXI6YQ"}) {
    ListProvidersQuery query;
    query.page = page;
    EXPECT_EQ(ReasonIn(Run(providers_.ListProviders(query)).status()), Reason::kFieldInvalid)
        << page;
  }
}

TEST_F(ProvidersTest, ShowsEndpointsAndFreezesAsTheyAreNow) {
  ConfigureNames({"music"});
  const auto config = config_.Current()->FindProvider("music");
  ProviderView view = List({}).providers.at(0);
  EXPECT_EQ(view.token_endpoint, "https://music.example.com/token");
  EXPECT_FALSE(view.frozen);
  parts_.gates.For("music").Misconfigured(*config, config->client_secrets[0], "invalid_client");
  resolver_.Fail("music", absl::UnavailableError("not discovered"));
  view = List({}).providers.at(0);
  EXPECT_TRUE(view.frozen);
  EXPECT_EQ(view.authorization_endpoint, "https://music.example.com/authorize")
      << "the configuration says it";
}

TEST_F(ProvidersTest, ChecksAProviderThatIsConfigured) {
  const auto found = Check();
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(*found, SizeIs(4));
  EXPECT_EQ(ReasonIn(Check("nobody").status()), Reason::kProviderUnknown);
}

TEST_F(ProvidersTest, WhoAsksMeanwhileGetsTheSameFindings) {
  endpoint_.Hold();
  const SteadyTime deadline = clock_.SteadyNow() + absl::Minutes(1);
  const auto first = Start(providers_.CheckProvider("spotify", deadline));
  const auto second = Start(providers_.CheckProvider("spotify", deadline));
  endpoint_.Release();
  Settle();
  ASSERT_TRUE(first->has_value() && second->has_value());
  EXPECT_TRUE((*first)->ok() && (*second)->ok());
  EXPECT_THAT(endpoint_.refreshes(), SizeIs(1));
}

TEST_F(ProvidersTest, AProviderIsNotHammered) {
  ASSERT_TRUE(Check().ok());
  const absl::Status again = Check().status();
  ASSERT_EQ(ReasonIn(again), Reason::kQuotaExceeded);
  EXPECT_EQ(RefusalOf(again)->retry_after, kBetweenChecks);
  EXPECT_THAT(endpoint_.refreshes(), SizeIs(1));
  Advance(kBetweenChecks);
  EXPECT_TRUE(Check().ok());
}

TEST_F(ProvidersTest, AMendedConfigurationIsCheckedAtOnce) {
  ASSERT_TRUE(Check().ok());
  Configure([](ProviderConfig* config) { config->client_secrets = {{Secret("new"), "f-new"}}; });
  EXPECT_TRUE(Check().ok());
}

TEST_F(ProvidersTest, ACheckOutlivesACallerThatGivesUp) {
  endpoint_.Hold();
  const auto call =
      Start(providers_.CheckProvider("spotify", clock_.SteadyNow() + absl::Seconds(1)));
  Advance(absl::Seconds(1));
  ASSERT_TRUE(call->has_value());
  EXPECT_EQ((*call)->status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(endpoint_.refreshes(), SizeIs(1));
  endpoint_.Release();
  Settle();
  EXPECT_EQ(ReasonIn(Check().status()), Reason::kQuotaExceeded) << "it ended just now";
}

}  // namespace
}  // namespace tokenbroker
