#include "tests/provider_simulator/settings_json.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <string>

namespace provider_simulator {
namespace {

absl::Status Apply(const std::string& changes, Settings& settings) {
  return ApplySettings(boost::json::parse(changes).as_object(), settings);
}

TEST(SettingsJsonTest, EverySettingSurvivesARoundTrip) {
  Settings settings;
  ASSERT_TRUE(Apply(R"({
    "access_token_lifetime": 1.5, "expires_in": "string", "refresh_token_lifetime": 30,
    "rotation": "grace", "rotation_grace": 2, "refresh_token_at_login": "empty",
    "refresh_token_at_refresh": "null", "latency": {"token": 0.25}, "scope": "array",
    "narrow_scopes_to": ["a"], "token_type": null, "answer_format": "form",
    "extra_answer_fields": {"instance_url": "https://x"}, "iss": "wrong", "announce_iss": false,
    "id_token": "wrong_nonce", "id_token_at_refresh": "wrong_sub",
    "client_authentication": ["client_secret_post"], "pkce_required": false, "code_lifetime": 5,
    "auto_approve_user": "bob", "login_hint_approves": true, "authorize_error": "access_denied",
    "record_requests": true
  })",
                    settings)
                  .ok());
  EXPECT_EQ(settings.access_token_lifetime, absl::Milliseconds(1500));
  EXPECT_EQ(settings.rotation, Rotation::kGrace);
  EXPECT_EQ(settings.latency.at(Endpoint::kToken), absl::Milliseconds(250));
  EXPECT_FALSE(settings.token_type.has_value());
  EXPECT_EQ(settings.auto_approve_user, "bob");
  const auto written = SettingsToJson(settings);
  Settings again;
  ASSERT_TRUE(ApplySettings(written, again).ok());
  EXPECT_EQ(SettingsToJson(again), written);
  EXPECT_NE(written, SettingsToJson(Settings()));
}

TEST(SettingsJsonTest, EveryChangeAboveWasOfEverySetting) {
  // The round trip names 24 settings; a new one must be added there.
  EXPECT_EQ(SettingsToJson(Settings()).size(), 24U);
}

TEST(SettingsJsonTest, NullLifetimeIsForEver) {
  Settings settings;
  ASSERT_TRUE(Apply(R"({"refresh_token_lifetime": 5})", settings).ok());
  ASSERT_TRUE(Apply(R"({"refresh_token_lifetime": null})", settings).ok());
  EXPECT_EQ(settings.refresh_token_lifetime, absl::InfiniteDuration());
}

TEST(SettingsJsonTest, ARefusedChangeNamesTheSettingAndChangesNothing) {
  for (const char* changes :
       {R"({"rotation": "never"})", R"({"rotation": 1})", R"({"code_lifetime": -1})",
        R"({"latency": {"tokens": 1}})", R"({"narrow_scopes_to": "a"})", R"({"typo": 1})",
        R"({"client_authentication": ["basic"]})", R"({"extra_answer_fields": []})",
        R"({"pkce_required": "false"})"}) {
    Settings settings;
    const std::string both = R"({"announce_iss": false, )" + std::string(changes).substr(1);
    const absl::Status status = Apply(both, settings);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << changes;
    const std::string name = std::string(changes).substr(2, std::string(changes).find(':') - 3);
    EXPECT_NE(status.ToString().find(name), std::string::npos) << status;
    EXPECT_EQ(SettingsToJson(settings), SettingsToJson(Settings())) << changes;
  }
}

}  // namespace
}  // namespace provider_simulator
