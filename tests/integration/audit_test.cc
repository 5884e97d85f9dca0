// The audit trail of the real broker: one line for each call, and nothing secret in it.
#include <signal.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <sstream>

#include "tests/integration/broker_process.h"

namespace tokenbroker {
namespace {

namespace json = boost::json;

constexpr char kStranger[] = "spiffe://test.example/ns/music/sa/stranger";

class AuditTest : public BrokerProcessTest {
 protected:
  // The lines of an audit trail in `text`; log lines are none.
  static std::vector<json::object> LinesIn(const std::string& text) {
    std::vector<json::object> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
      boost::system::error_code error;
      json::value value = json::parse(line, error);
      if (!error && value.is_object() && value.as_object().contains("outcome") &&
          value.as_object().contains("rpc")) {
        lines.push_back(std::move(value.as_object()));
      }
    }
    return lines;
  }
  static std::string Field(const json::object& line, const char* name) {
    const json::value* value = line.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
  }
  std::string AuditFile(const std::string& name = "audit.log") {
    const std::string path = folder().Path(name);
    return std::filesystem::exists(path) ? TestAuthority::Text(path) : "";
  }
};

TEST_F(AuditTest, EachCallHasItsLineAndNoSecretIsInIt) {
  Start();
  const v1::BuildLoginUriResponse built = BuildLoginUri("user-42").response;
  const std::string callback = Approve(built.login_uri());
  const v1::ExchangeCodeResponse login = ExchangeCallback(callback).response;
  const auto caller = CallerNamed(kPlayer);
  caller->AddMetadata("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  caller->AddMetadata("x-request-id", "req-42");
  EXPECT_TRUE(caller->GetToken("user-42").ok());
  EXPECT_EQ(caller->GetToken("nobody").error.reason, "GRANT_NOT_FOUND");
  EXPECT_EQ(CallerNamed(kStranger)->GetToken("user-42").error.reason, "CALLER_NOT_ALLOWED");
  EXPECT_TRUE(player().RevokeGrant("user-42").ok());
  EXPECT_EQ(Terminate(), 0);

  const std::string output = process().Output();
  const std::vector<json::object> lines = LinesIn(output);
  ASSERT_EQ(lines.size(), 6u) << output;
  const std::vector<std::vector<std::string>> expected = {
      {"BuildLoginUri", "user-42", "OK", "player", kPlayer},
      {"ExchangeCode", "user-42", "OK", "player", kPlayer},
      {"GetFreshToken", "user-42", "OK", "player", kPlayer},
      {"GetFreshToken", "nobody", "GRANT_NOT_FOUND", "player", kPlayer},
      {"GetFreshToken", "user-42", "CALLER_NOT_ALLOWED", "", kStranger},
      {"RevokeGrant", "user-42", "OK", "player", kPlayer}};
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::vector<std::string> seen = {Field(lines[i], "rpc"), Field(lines[i], "subject"),
                                           Field(lines[i], "outcome"), Field(lines[i], "rule"),
                                           Field(lines[i], "caller")};
    EXPECT_EQ(seen, expected[i]) << json::serialize(lines[i]);
    EXPECT_EQ(Field(lines[i], "provider"), "sim") << i;
    EXPECT_EQ(Field(lines[i], "peer").find("ipv4:127.0.0.1:"), 0u) << i;
    EXPECT_FALSE(Field(lines[i], "time").empty()) << i;
    const bool traced = i == 2 || i == 3;
    EXPECT_EQ(Field(lines[i], "trace_id"), traced ? "4bf92f3577b34da6a3ce929d0e0e4736" : "") << i;
    EXPECT_EQ(Field(lines[i], "request_id"), traced ? "req-42" : "") << i;
  }
  EXPECT_EQ(lines[2].at("generation").as_int64(), login.token().generation());

  std::vector<std::string> secrets = {login.token().access_token(), built.state(),
                                      callback.substr(callback.find("code=") + 5, 16)};
  for (const auto& grant : provider().grants()) {
    secrets.insert(secrets.end(), grant.refresh_tokens.begin(), grant.refresh_tokens.end());
  }
  EXPECT_EQ(secrets.size(), 4u);
  for (const std::string& secret : secrets) {
    ASSERT_GE(secret.size(), 16u);
    EXPECT_EQ(output.find(secret), std::string::npos);
  }
}

TEST_F(AuditTest, AHangupMovesOnToANewFileAndLosesNoLine) {
  AddYaml("audit: { sink: file, file: audit.log }\n");
  Start();
  LogIn();
  EXPECT_TRUE(GetToken().ok());
  EXPECT_TRUE(Eventually([this] { return LinesIn(AuditFile()).size() == 3; })) << AuditFile();
  std::filesystem::rename(folder().Path("audit.log"), folder().Path("audit.log.1"));
  EXPECT_TRUE(GetToken().ok());
  EXPECT_TRUE(Eventually([this] { return LinesIn(AuditFile("audit.log.1")).size() == 4; }))
      << "until it is told, it writes where it wrote";
  EXPECT_FALSE(std::filesystem::exists(folder().Path("audit.log")));
  process().Signal(SIGHUP);
  size_t calls = 4;
  EXPECT_TRUE(Eventually([&] {
    EXPECT_TRUE(GetToken().ok());
    ++calls;
    return !LinesIn(AuditFile()).empty();
  }));
  EXPECT_EQ(Terminate(), 0);
  EXPECT_EQ(LinesIn(AuditFile("audit.log.1")).size() + LinesIn(AuditFile()).size(), calls);
  EXPECT_TRUE(LinesIn(process().Output()).empty()) << "and none goes to stdout";
}

TEST_F(AuditTest, SubjectsAreHashedWhereTheyShallNotBeRead) {
  AddYaml("audit: { subjects: hashed, hash_key_file: \"" +
          folder().Write("hash_key", "0123456789abcdef0123456789abcdef\n") + "\" }\n");
  Start();
  LogIn("user-42");
  EXPECT_TRUE(GetToken("user-42").ok());
  EXPECT_EQ(Terminate(), 0);
  const std::vector<json::object> lines = LinesIn(process().Output());
  ASSERT_EQ(lines.size(), 3u);
  for (const json::object& line : lines) {
    EXPECT_EQ(Field(line, "subject"), "");
    EXPECT_EQ(Field(line, "subject_hash"), Field(lines[0], "subject_hash"));
    EXPECT_EQ(Field(line, "subject_hash").size(), 32u);
  }
}

}  // namespace
}  // namespace tokenbroker
