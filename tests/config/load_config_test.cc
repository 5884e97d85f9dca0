#include "config/load_config.h"

#include "tests/config/config_fixture.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class LoadConfigTest : public ConfigTest {
 protected:
  absl::StatusOr<Snapshot> Load(const std::string& path) {
    return LoadConfig(
        path, [](const std::string&) { return absl::optional<std::string>(); }, presets_);
  }
  TempFolder folder_;
};

TEST_F(LoadConfigTest, LoadsAFileAndItsSecrets) {
  folder_.Write("secret", "hush\n");
  const absl::StatusOr<Snapshot> snapshot =
      Load(folder_.Write("config.yaml", WithProvider({{"client_secret_file", "secret"}})));
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  ASSERT_NE(snapshot->FindProvider("p"), nullptr);
  EXPECT_EQ(snapshot->FindProvider("p")->client_secrets[0].secret, Secret("hush"));
  EXPECT_EQ(snapshot->FindProvider("q"), nullptr);
}

// The example of the design, as far as this build goes.
TEST_F(LoadConfigTest, LoadsTheSmallestFileThatDoesSomething) {
  files_["/run/secrets/providers/spotify"] = files_["/run/secrets/providers/other"] = "hush";
  const absl::StatusOr<Snapshot> snapshot = Parse(R"(
server:   { listen: 127.0.0.1:8443 }
store:    { memory: {} }
providers:
  spotify:
    preset: spotify
    client_id: 0123abcd
    client_secret_file: /run/secrets/providers/spotify
    redirect_uris: [ "https://app.example.com/callback", "http://127.0.0.1/callback" ]
    scopes: [ playlist-read-private ]
    authorization_params: { show_dialog: "true" }
  other:
    issuer: https://id.example.com
    client_id: broker
    client_secret_file: /run/secrets/providers/other
    client_authentication: client_secret_basic
    refresh: { margin: 300s, rotation: single_use, refresh_token_lifetime: 4320h, idle_lifetime: 720h, active_window: 24h }
)");
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->FindProvider("spotify")->client_id, "0123abcd");
  EXPECT_EQ(snapshot->FindProvider("other")->refresh.idle_lifetime, absl::Hours(720));
}

TEST_F(LoadConfigTest, RefusesAMissingFile) {
  EXPECT_EQ(Load(folder_.Path("none.yaml")).status(),
            absl::InvalidArgumentError(
                folder_.Path("none.yaml") +
                ": the file does not exist; name a readable YAML file with --config"));
}

TEST_F(LoadConfigTest, RefusesAFileAboveOneMebibyte) {
  const std::string path = folder_.Write("config.yaml", std::string(kMaxConfigBytes + 1, '#'));
  EXPECT_THAT(std::string(Load(path).status().message()),
              HasSubstr("the file is larger than 1048576 bytes"));
}

TEST_F(LoadConfigTest, TellsWhereTheYamlIsBroken) {
  const std::string path = folder_.Write("config.yaml", "store: 1\n  x: 2\n");
  EXPECT_THAT(std::string(Load(path).status().message()), StartsWith(path + ":2:"));
  EXPECT_EQ(Load(path).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(LoadConfigTest, ShowsShapeErrorsAndContradictionsTogether) {
  const std::string errors = Errors(
      WithProvider({{"client_id", "[ a ]"}, {"issuer", "http://id.example"}, {"pcke", "s256"}}));
  EXPECT_EQ(errors,
            "/etc/broker/config.yaml:4:16: providers.p.client_id: is not a single value; write "
            "plain or quoted text\n"
            "/etc/broker/config.yaml:6:5: providers.p.issuer: is plain http on a network host; "
            "write https://\n"
            "/etc/broker/config.yaml:7:5: providers.p.pcke: there is no such key; did you mean "
            "pkce?");
}

TEST_F(LoadConfigTest, CapsTheErrors) {
  std::string text = WithProvider({});
  for (int i = 0; i < 30; ++i) text += "zzz" + std::to_string(i) + ": 1\n";
  EXPECT_THAT(Errors(text), EndsWith("/etc/broker/config.yaml: and 10 more"));
}

TEST_F(LoadConfigTest, ReplacesVariables) {
  environment_["CLIENT"] = "from-environment";
  EXPECT_EQ(Provider(WithProvider({{"client_id", "${CLIENT}"}})).client_id, "from-environment");
  EXPECT_EQ(Provider(WithProvider({{"client_id", "a$$b"}})).client_id, "a$b");
}

TEST_F(LoadConfigTest, NeverShowsAValueOfTheEnvironment) {
  environment_["ISSUER"] = "http://s3cret.example";
  EXPECT_THAT(Errors(WithProvider({{"issuer", "${ISSUER}"}})), testing::Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace tokenbroker
