#include "config/refresh_rules.h"

#include "tests/config/config_fixture.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;

class RefreshRulesTest : public ConfigTest {
 protected:
  std::string ErrorsWith(const std::string& refresh) {
    return Errors(WithProvider({{"refresh", "{ " + refresh + " }"}}));
  }
  RefreshConfig With(const std::string& refresh) {
    return Provider(WithProvider({{"refresh", "{ " + refresh + " }"}})).refresh;
  }
};

TEST_F(RefreshRulesTest, HasTheDocumentedDefaults) {
  const RefreshConfig refresh = Provider(WithProvider({})).refresh;
  EXPECT_EQ(refresh, RefreshConfig());
  EXPECT_EQ(refresh.rotation, Rotation::kSingleUse);
  EXPECT_EQ(refresh.active_window, absl::Hours(24));
  EXPECT_EQ(refresh.margin, absl::nullopt);
}

TEST_F(RefreshRulesTest, TakesEveryKey) {
  const RefreshConfig refresh = With(
      "margin: 300s, rotation: none, refresh_token_lifetime: 4320h, idle_lifetime: 720h, "
      "active_window: 48h");
  EXPECT_EQ(refresh.margin, absl::Seconds(300));
  EXPECT_EQ(refresh.rotation, Rotation::kNone);
  EXPECT_EQ(refresh.refresh_token_lifetime, absl::Hours(4320));
  EXPECT_EQ(refresh.idle_lifetime, absl::Hours(720));
  EXPECT_EQ(refresh.active_window, absl::Hours(48));
}

TEST_F(RefreshRulesTest, TakesAGracePeriodThatOutlastsLeaseAndRequest) {
  const RefreshConfig refresh = With("rotation: grace, rotation_grace: 16s");
  EXPECT_EQ(refresh.rotation, Rotation::kGrace);
  EXPECT_EQ(refresh.rotation_grace, absl::Seconds(16));
}

TEST_F(RefreshRulesTest, RefusesAShorterGracePeriod) {
  EXPECT_THAT(ErrorsWith("rotation: grace, rotation_grace: 15999ms"),
              HasSubstr("refresh.rotation_grace: is shorter than the lease and request_timeout "
                        "together (16s)"));
}

TEST_F(RefreshRulesTest, WantsGraceAndItsPeriodTogether) {
  EXPECT_THAT(ErrorsWith("rotation: grace"),
              HasSubstr("refresh.rotation_grace: is missing; rotation: grace needs"));
  for (const char* rotation : {"", "rotation: none, ", "rotation: single_use, "}) {
    EXPECT_THAT(ErrorsWith(std::string(rotation) + "rotation_grace: 30s"),
                HasSubstr("refresh.rotation_grace: is given, but rotation is not grace"));
  }
}

TEST_F(RefreshRulesTest, RefusesZeros) {
  for (const char* key : {"margin", "refresh_token_lifetime", "idle_lifetime", "active_window"}) {
    EXPECT_THAT(ErrorsWith(std::string(key) + ": 0s"),
                HasSubstr(std::string("refresh.") + key + ": is zero"));
  }
}

}  // namespace
}  // namespace tokenbroker
