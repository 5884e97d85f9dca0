#include "base/log.h"

#include <algorithm>
#include <boost/json/parse.hpp>

namespace tokenbroker {
namespace {

// What `write` logs.
template <typename Write>
std::string Logged(Write write) {
  ::testing::internal::CaptureStderr();
  write();
  return ::testing::internal::GetCapturedStderr();
}

boost::json::object Parsed(const std::string& line) {
  boost::json::error_code error;
  boost::json::value value = boost::json::parse(line, error);
  EXPECT_FALSE(error) << error.message() << " in " << line;
  return value.is_object() ? value.as_object() : boost::json::object();
}

class LogTest : public ::testing::Test {
 protected:
  ~LogTest() override { SetLogLevel(before_); }
  const LogLevel before_ = GetLogLevel();
};

TEST_F(LogTest, WritesOneJsonObjectALine) {
  const std::string text = Logged([] {
    Log(LogLevel::kInfo, "listening",
        {{"name", "grpc"},
         {"port", 8443},
         {"big", int64_t{1} << 40},
         {"tls", true},
         {"old", false}});
  });
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_EQ(text.back(), '\n');
  const boost::json::object line = Parsed(text);
  EXPECT_EQ(line.at("event"), "listening");
  EXPECT_EQ(line.at("level"), "info");
  EXPECT_EQ(line.at("name"), "grpc");
  EXPECT_EQ(line.at("port"), 8443);
  EXPECT_EQ(line.at("big"), int64_t{1} << 40);
  EXPECT_EQ(line.at("tls"), true);
  EXPECT_EQ(line.at("old"), false);
  EXPECT_THAT(std::string(line.at("time").as_string()),
              ::testing::MatchesRegex("....-..-..T..:..:..\\....Z"));
}

TEST_F(LogTest, NamesEveryLevel) {
  SetLogLevel(LogLevel::kDebug);
  const std::vector<std::pair<LogLevel, const char*>> levels = {{LogLevel::kDebug, "debug"},
                                                                {LogLevel::kInfo, "info"},
                                                                {LogLevel::kWarning, "warning"},
                                                                {LogLevel::kError, "error"}};
  for (const auto& [level, name] : levels) {
    EXPECT_EQ(Parsed(Logged([l = level] { Log(l, "e"); })).at("level"), name);
  }
}

TEST_F(LogTest, KeepsQuietBelowItsLevel) {
  for (const LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    SetLogLevel(level);
    EXPECT_EQ(GetLogLevel(), level);
  }
  EXPECT_EQ(Logged([] { Log(LogLevel::kWarning, "e"); }), "");
  EXPECT_NE(Logged([] { Log(LogLevel::kError, "e"); }), "");
}

TEST_F(LogTest, EscapesWhatWouldEndTheStringOrTheLine) {
  const std::string value = std::string("a\"b\\c\nd\te\x01 f\0g {} %v", 20);
  const std::string text = Logged([&] { Log(LogLevel::kInfo, "e", {{"v", value}}); });
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_EQ(std::string(Parsed(text).at("v").as_string()), value);
}

TEST_F(LogTest, ReplacesBytesThatAreNotUtf8) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x8E\xB5",
       "gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x8E\xB5"},
      {"a\xFFz", "a\xEF\xBF\xBDz"},
      {"a\xC3", "a\xEF\xBF\xBD"},
      {"\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"}};
  for (const auto& [in, out] : cases) {
    const std::string text = Logged([&v = in] { Log(LogLevel::kInfo, "e", {{"v", v}}); });
    EXPECT_EQ(std::string(Parsed(text).at("v").as_string()), out);
  }
}

}  // namespace
}  // namespace tokenbroker
