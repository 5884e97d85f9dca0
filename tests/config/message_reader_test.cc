#include "config/message_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tokenbroker/config/v1/config.pb.h>

namespace tokenbroker {
namespace {

namespace pb = config::v1;
using testing::ElementsAre;
using testing::HasSubstr;

class MessageReaderTest : public testing::Test {
 protected:
  // Fills message_ and gives the errors, one a line.
  std::string Read(absl::string_view text) {
    ConfigErrors errors("f");
    Position position;
    const absl::StatusOr<YamlNode> root = ParseYaml(text, &position);
    if (!root.ok()) return std::string(root.status().message());
    MessageReader(environment_, seed_, errors).Read(*root, "", message_);
    return std::string(errors.ToStatus().message());
  }
  // The same for one key of one provider.
  std::string ReadKey(const std::string& line) { return Read("providers:\n  p:\n    " + line); }

  pb::Provider P() const { return message_.providers().at("p"); }

  Environment environment_ = [](const std::string& name) -> absl::optional<std::string> {
    if (name == "N") return std::string("8");
    if (name == "BELL") return std::string("\a");
    return absl::nullopt;
  };
  Seed seed_;
  pb::Config message_;
};

TEST_F(MessageReaderTest, FillsEveryKindOfField) {
  EXPECT_EQ(Read("server: { listen: \"127.0.0.1:1\", insecure_plaintext: true }\n"
                 "store: { memory: {} }\n"
                 "providers:\n"
                 "  p:\n"
                 "    client_id: 0123\n"
                 "    scopes: [ a, \"b\" ]\n"
                 "    authorization_params: { show_dialog: true, x: \"y\" }\n"
                 "    client_authentication: client_secret_post\n"
                 "    request_timeout: 1.5s\n"
                 "    limits: { max_in_flight: 3, requests_per_second: 0.5 }\n"),
            "");
  EXPECT_TRUE(message_.server().insecure_plaintext());
  EXPECT_TRUE(message_.store().has_memory());
  EXPECT_EQ(P().client_id(), "0123");
  EXPECT_THAT(P().scopes(), ElementsAre("a", "b"));
  EXPECT_EQ(P().authorization_params().at("show_dialog"), "true");
  EXPECT_EQ(P().authorization_params().at("x"), "y");
  EXPECT_EQ(P().client_authentication(), pb::CLIENT_AUTHENTICATION_CLIENT_SECRET_POST);
  EXPECT_EQ(P().request_timeout().seconds(), 1);
  EXPECT_EQ(P().request_timeout().nanos(), 500'000'000);
  EXPECT_EQ(P().limits().max_in_flight(), 3);
  EXPECT_EQ(P().limits().requests_per_second(), 0.5);
}

TEST_F(MessageReaderTest, RefusesAnUnknownKeyWhereItStands) {
  EXPECT_EQ(ReadKey("scop: [ a ]"),
            "f:3:5: providers.p.scop: there is no such key; did you mean scopes?");
}

TEST_F(MessageReaderTest, RefusesARepeatedKeyInMessagesAndMaps) {
  EXPECT_EQ(Read("server: {}\nserver: {}\n"), "f:2:1: server: is given twice; keep one of the two");
  EXPECT_EQ(Read("providers:\n  p: {}\n  p: {}\n"),
            "f:3:3: providers.p: is given twice; keep one of the two");
}

TEST_F(MessageReaderTest, RefusesWrongShapes) {
  EXPECT_THAT(Read("- a\n"), HasSubstr("f:1:1: is not a map"));
  EXPECT_THAT(Read("server: yes\n"), HasSubstr("server: is not a map"));
  EXPECT_THAT(Read("server: [ a ]\n"), HasSubstr("server: is not a map"));
  EXPECT_THAT(Read("providers: [ a ]\n"), HasSubstr("providers: is not a map"));
  EXPECT_THAT(ReadKey("scopes: a b"), HasSubstr("providers.p.scopes: is not a list"));
  EXPECT_THAT(ReadKey("scopes: { a: b }"), HasSubstr("providers.p.scopes: is not a list"));
  EXPECT_THAT(ReadKey("scopes: [ [ a ] ]"), HasSubstr("scopes[0]: is not a single value"));
  EXPECT_THAT(ReadKey("client_id: [ a ]"), HasSubstr("client_id: is not a single value"));
  EXPECT_THAT(ReadKey("authorization_params: { a: { b: c } }"),
              HasSubstr("authorization_params.a: is not a single value"));
  EXPECT_THAT(ReadKey("request_timeout: { s: 1 }"), HasSubstr("is not a single value"));
}

TEST_F(MessageReaderTest, RefusesMissingValues) {
  EXPECT_EQ(Read("server:\n"), "f:1:1: server: has no value; give it one or leave the key out");
  EXPECT_THAT(ReadKey("client_id: ~"), HasSubstr("client_id: has no value"));
  EXPECT_THAT(ReadKey("scopes:"), HasSubstr("scopes: has no value"));
  EXPECT_THAT(ReadKey("scopes: [ ~ ]"), HasSubstr("scopes[0]: is not a single value"));
}

TEST_F(MessageReaderTest, TakesBooleansOnlyAsPlainTrueAndFalse) {
  for (const char* value : {"\"true\"", "yes", "True", "1", "on"}) {
    EXPECT_THAT(Read(std::string("server: { insecure_plaintext: ") + value + " }"),
                HasSubstr("is not a boolean; write true or false without quotes"))
        << value;
  }
}

TEST_F(MessageReaderTest, ChecksTheRangeAndSpellingOfNumbers) {
  for (const char* value : {"\"3\"", "3.5", "0x3", "1e3", "+3", "--3", "2147483648", "three"}) {
    EXPECT_THAT(ReadKey(std::string("limits: { max_in_flight: ") + value + " }"),
                HasSubstr("max_in_flight: is not a whole number in range"))
        << value;
  }
  EXPECT_EQ(ReadKey("limits: { max_in_flight: -3 }"), "");
  for (const char* value : {"\"3\"", "nan", "inf", "1e999", "1.2.3", "x", "."}) {
    EXPECT_THAT(ReadKey(std::string("limits: { requests_per_second: ") + value + " }"),
                HasSubstr("requests_per_second: is not a number"))
        << value;
  }
}

TEST_F(MessageReaderTest, RefusesOtherDurations) {
  EXPECT_THAT(ReadKey("request_timeout: 7d"), HasSubstr("write one number with ms, s, m or h"));
  EXPECT_THAT(ReadKey("request_timeout: 10"), HasSubstr("is not a duration"));
  EXPECT_EQ(ReadKey("request_timeout: \"10s\""), "");
}

TEST_F(MessageReaderTest, TakesEnumsInAnyCaseWithoutPrefix) {
  EXPECT_EQ(ReadKey("pkce: s256"), "");
  EXPECT_EQ(ReadKey("signing_algorithm: ES256"), "");
  EXPECT_EQ(P().signing_algorithm(), pb::SIGNING_ALGORITHM_ES256);
  EXPECT_THAT(ReadKey("pkce: PKCE_S256"), HasSubstr("write one of s256, disabled"));
  EXPECT_THAT(ReadKey("pkce: unspecified"), HasSubstr("write one of s256, disabled"));
}

TEST_F(MessageReaderTest, ReplacesVariablesInValuesOfEveryType) {
  EXPECT_EQ(ReadKey("limits:\n      max_in_flight: ${N}"), "");
  EXPECT_EQ(P().limits().max_in_flight(), 8);
  EXPECT_EQ(ReadKey("request_timeout: ${N}s"), "");
  EXPECT_EQ(P().request_timeout().seconds(), 8);
}

TEST_F(MessageReaderTest, DoesNotReplaceVariablesInKeys) {
  EXPECT_THAT(Read("${N}: {}\n"), HasSubstr("${N}: there is no such key"));
}

TEST_F(MessageReaderTest, RefusesAnUndefinedVariable) {
  EXPECT_EQ(ReadKey("client_id: ${NO}"),
            "f:3:16: providers.p.client_id: the environment variable NO is not set; set it, or "
            "write ${NO:-default}");
}

TEST_F(MessageReaderTest, RefusesUnprintableCharactersHoweverTheyCame) {
  for (const char* value : {"\"a\\0b\"", "\"a\\nb\"", "${BELL}", "caf\xC3\xA9"}) {
    EXPECT_THAT(ReadKey(std::string("client_id: ") + value),
                HasSubstr("has characters other than printable ASCII"))
        << value;
  }
}

TEST_F(MessageReaderTest, FindsAllErrorsInOneGo) {
  EXPECT_EQ(Read("servr: {}\nproviders:\n  p: { pkce: x, scopes: y }\n"),
            "f:1:1: servr: there is no such key; did you mean server?\n"
            "f:3:14: providers.p.pkce: is not a value that this key takes; write one of s256, "
            "disabled\n"
            "f:3:25: providers.p.scopes: is not a list; write [ one, two ]");
}

TEST_F(MessageReaderTest, LaysTheFileOverTheSeed) {
  seed_ = [](const YamlNode&, google::protobuf::Message& value) {
    auto& provider = static_cast<pb::Provider&>(value);
    provider.set_client_id("seed");
    provider.add_scopes("seed");
    provider.mutable_limits()->set_max_in_flight(7);
    provider.mutable_limits()->set_requests_per_second(9);
    (*provider.mutable_authorization_params())["kept"] = "seed";
    (*provider.mutable_authorization_params())["replaced"] = "seed";
  };
  EXPECT_EQ(ReadKey("{ scopes: [], limits: { max_in_flight: 1 }, "
                    "authorization_params: { replaced: file } }"),
            "");
  EXPECT_EQ(P().client_id(), "seed");
  EXPECT_THAT(P().scopes(), ElementsAre());
  EXPECT_EQ(P().limits().max_in_flight(), 1);
  EXPECT_EQ(P().limits().requests_per_second(), 9);
  EXPECT_EQ(P().authorization_params().at("kept"), "seed");
  EXPECT_EQ(P().authorization_params().at("replaced"), "file");
}

}  // namespace
}  // namespace tokenbroker
