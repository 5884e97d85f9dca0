// A sound configuration in memory that a test spoils in one place.
#pragma once

#include <absl/status/statusor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "config/load_config.h"

namespace tokenbroker {

// The smallest policy file.
inline constexpr char kPolicy[] =
    "rules: [ { name: r, callers: [ anonymous ], rpcs: [ GetStatus ] } ]";

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() {
    Preset& spotify = presets_["spotify"];
    spotify.provider.set_authorization_endpoint("https://accounts.example/authorize");
    spotify.provider.set_token_endpoint("https://accounts.example/token");
    spotify.provider.mutable_refresh()->set_rotation(config::v1::ROTATION_NONE);
    spotify.provider.add_scopes("preset-scope");
    spotify.provider.add_allowed_authorization_params("show_dialog");
    (*spotify.provider.mutable_authorization_params())["from_preset"] = "1";
    spotify.redirect_refusal = "write http://127.0.0.1 instead";
  }

  absl::StatusOr<Snapshot> Parse(const std::string& text) {
    FileRecord files([this](const std::string& path, size_t most) -> absl::StatusOr<Secret> {
      const auto it = files_.find(path);
      if (it == files_.end()) return absl::NotFoundError("does not exist");
      if (it->second.size() > most) return absl::OutOfRangeError("is too large");
      return Secret(it->second);
    });
    const Environment environment = [this](const std::string& name) {
      const auto it = environment_.find(name);
      return it == environment_.end() ? absl::optional<std::string>() : it->second;
    };
    return ParseConfig(text, "/etc/broker/config.yaml", environment, presets_, files);
  }

  // What is wrong with the text, one error a line; empty when nothing is.
  std::string Errors(const std::string& text) {
    return std::string(Parse(text).status().message());
  }

  // A file with one provider `p`; `keys` replace or, with an empty value, remove its own.
  std::string WithProvider(const std::map<std::string, std::string>& keys) const {
    std::map<std::string, std::string> all = {
        {"client_id", "me"},
        {"client_secret_file", "/s/secret"},
        {"issuer", "https://id.example"},
        {"redirect_uris", "[ \"https://app.example/cb\" ]"},
    };
    for (const auto& [key, value] : keys) all[key] = value;
    std::string text = "store: { memory: {} }\nproviders:\n  p:\n";
    for (const auto& [key, value] : all) {
      if (!value.empty()) text += "    " + key + ": " + value + "\n";
    }
    return text;
  }
  // The same beside the `spotify` preset, whose endpoints serve.
  std::string WithPreset(std::map<std::string, std::string> keys) const {
    keys.insert({{"preset", "spotify"}, {"issuer", ""}});
    return WithProvider(keys);
  }

  // Its ProviderConfig; the test fails when the text is refused.
  ProviderConfig Provider(const std::string& text) {
    absl::StatusOr<Snapshot> snapshot = Parse(text);
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    if (!snapshot.ok() || snapshot->FindProvider("p") == nullptr) return ProviderConfig();
    return *snapshot->FindProvider("p");
  }

  std::map<std::string, std::string> files_ = {{"/s/secret", "hush\n"}, {"/s/old", "older\n"}};
  std::map<std::string, std::string> environment_;
  Presets presets_;
};

}  // namespace tokenbroker
