#include "tests/provider_simulator/control_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "tests/provider_simulator/provider_fixture.h"

namespace provider_simulator {
namespace {

using ::testing::HasSubstr;

class ControlApiTest : public ProviderTest {
 protected:
  HttpReply Call(const std::string& method, const std::string& path, const std::string& body = "",
                 const std::string& query = "") {
    HttpRequest request;
    request.method = method;
    request.path = "/control/" + path;
    request.query = query;
    request.body = body;
    return control_.Handle(request);
  }
  boost::json::value JsonAt(const std::string& path, const std::string& query = "") {
    const HttpReply reply = Call("GET", path, "", query);
    EXPECT_EQ(reply.status, 200) << reply.body;
    return boost::json::parse(reply.body);
  }

  SimulatedProvider second_;
  ControlApi control_{{{"provider", &provider_}, {"provider2", &second_}}};
};

TEST_F(ControlApiTest, SettingsAreReadAndPatched) {
  EXPECT_EQ(Call("PATCH", "settings", R"({"rotation":"none"})").status, 200);
  EXPECT_EQ(provider_.settings().rotation, Rotation::kNone);
  EXPECT_EQ(JsonAt("settings").at("rotation"), boost::json::value("none"));
  const HttpReply typo = Call("PATCH", "settings", R"({"rotatoin":"none"})");
  EXPECT_EQ(typo.status, 400);
  EXPECT_THAT(typo.body, HasSubstr("rotatoin"));
}

TEST_F(ControlApiTest, TheSecondProviderIsNamedInTheQuery) {
  Call("PATCH", "settings", R"({"iss":"wrong"})", "provider=provider2");
  EXPECT_EQ(second_.settings().iss, IssField::kWrong);
  EXPECT_EQ(provider_.settings().iss, IssField::kRight);
  EXPECT_EQ(Call("GET", "settings", "", "provider=provider3").status, 404);
}

TEST_F(ControlApiTest, UsersComeAndGo) {
  EXPECT_EQ(Call("POST", "users", R"({"name":"carol k","account_id":"42"})").status, 200);
  EXPECT_EQ(Call("POST", "users", R"({"name":"dave"})").status, 200);
  EXPECT_EQ(provider_.users().at("carol k").account_id, "42");
  EXPECT_EQ(provider_.users().at("dave").account_id, "account-dave");
  EXPECT_EQ(JsonAt("users").as_array().size(), 4U);
  EXPECT_EQ(Call("DELETE", "users/carol%20k").status, 200);
  EXPECT_EQ(Call("DELETE", "users/carol%20k").status, 404);
  EXPECT_EQ(Call("POST", "users", R"({"account_id":"42"})").status, 400);
}

TEST_F(ControlApiTest, ClientsArePutAndChanged) {
  EXPECT_EQ(Call("PUT", "clients/client", R"({"secret":"new"})").status, 200);
  EXPECT_EQ(provider_.clients().at("client").secret, "new");
  EXPECT_EQ(Call("PUT", "clients/other", R"({"redirect_uris":["http://a/cb"]})").status, 200);
  EXPECT_EQ(provider_.clients().at("other").redirect_uris.size(), 1U);
  EXPECT_EQ(provider_.clients().at("other").secret, "");
  EXPECT_EQ(Call("PUT", "clients/client", R"({"redirect_uris":"http://a/cb"})").status, 400);
  EXPECT_EQ(Call("PUT", "clients", "{}").status, 400);
  EXPECT_EQ(JsonAt("clients").as_array().size(), 2U);
  EXPECT_EQ(Call("DELETE", "clients/other").status, 200);
  EXPECT_EQ(provider_.clients().count("other"), 0U);
}

TEST_F(ControlApiTest, AScriptedAnswerHasStatusHeadersAndBody) {
  EXPECT_EQ(Call("POST", "faults",
                 R"({"endpoint":"token","status":429,"headers":{"Retry-After":"2"},)"
                 R"("body":{"error":"slow_down"},"times":2})")
                .status,
            200);
  for (int i = 0; i < 2; ++i) {
    const HttpReply reply = Refresh("rt-any");
    EXPECT_EQ(reply.status, 429);
    EXPECT_EQ(HeaderOf(reply, "Retry-After"), "2");
    EXPECT_EQ(HeaderOf(reply, "Content-Type"), "application/json");
    EXPECT_EQ(reply.body, R"({"error":"slow_down"})");
  }
  EXPECT_EQ(Refresh("rt-any").status, 400);
}

TEST_F(ControlApiTest, EveryNamedFaultCanBeQueued) {
  const struct {
    const char* json;
    const char* expected;  // status and a part of the body, or the delivery
  } kFaults[] = {
      {R"({"fault":"answer","status":503,"body":"down"})", "503 down"},
      {R"({"fault":"error","error":"invalid_client","status":401})", "401 {\"error\":\"invalid_c"},
      {R"({"fault":"200_with_error","error":"invalid_grant"})",
       "200 {\"error\":\"invalid_grant\"}"},
      {R"({"fault":"html","status":502})", "502 <!DOCTYPE html>"},
      {R"({"fault":"garbage"})", "200 "},
      {R"({"fault":"invalid_json"})", "200 {\"access_token\":\"at-cut-short\",\"expires_"},
      {R"({"fault":"empty","status":204})", "204 "},
      {R"({"fault":"huge","bytes":5000})", "200 {\"access_token\":\"at-huge\""},
      {R"({"fault":"hang"})", "hang"},
      {R"({"fault":"drop"})", "reset"},
      {R"({"fault":"drop","cut":"close"})", "close"},
      {R"({"fault":"lost_response"})", "reset"}};
  for (const auto& fault : kFaults) {
    ASSERT_EQ(Call("POST", "faults", fault.json).status, 200) << fault.json;
    const HttpReply reply = Refresh("rt-any");
    const std::string seen = reply.delivery == Delivery::kHang    ? "hang"
                             : reply.delivery == Delivery::kReset ? "reset"
                             : reply.delivery == Delivery::kClose
                                 ? "close"
                                 : std::to_string(reply.status) + " " + reply.body;
    EXPECT_THAT(seen, ::testing::StartsWith(fault.expected)) << fault.json;
  }
  EXPECT_EQ(provider_.counters().faults_played, std::size(kFaults));
}

TEST_F(ControlApiTest, FaultsForeverAreListedAndCleared) {
  Call("POST", "faults", R"({"endpoint":"userinfo","fault":"html","times":"forever"})");
  Call("POST", "faults", R"({"fault":"cut_reused_connection"})");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Get("/userinfo").status, 200);
  const std::string listed = boost::json::serialize(JsonAt("faults"));
  EXPECT_THAT(listed, HasSubstr(R"("endpoint":"userinfo","fault":"answer","times":"forever")"));
  EXPECT_THAT(listed, HasSubstr(R"("connection":"reused_only")"));
  EXPECT_EQ(Call("DELETE", "faults").status, 200);
  EXPECT_EQ(Get("/userinfo").status, 401);
}

TEST_F(ControlApiTest, RefusesWrongFaults) {
  for (const char* fault :
       {R"({"fault":"explode"})", R"({"endpoint":"tokens"})", R"({"times":0})",
        R"({"times":"always"})", R"({"status":99})", R"({"headers":{"X":1}})",
        R"({"headers":{"X":"a\r\nb"}})", R"({"headers":[]})", R"({"cut":"slowly"})",
        R"({"connection":"new"})", R"({"bytes":-1})", R"({"tims":2})", "[]", "{"}) {
    EXPECT_EQ(Call("POST", "faults", fault).status, 400) << fault;
  }
  for (const auto& [endpoint, queue] : provider_.faults()) EXPECT_TRUE(queue.empty());
}

TEST_F(ControlApiTest, GrantsAreListedAndRevoked) {
  LogIn("alice");
  const std::string bob = Member(LogIn("bob"), "refresh_token");
  const auto grants = JsonAt("grants").as_array();
  EXPECT_EQ(grants.at(1).at("refresh_tokens").at(0), boost::json::value(bob));
  EXPECT_TRUE(grants.at(1).at("revoked_because").is_null());
  EXPECT_THAT(Call("POST", "revoke", R"({"user":"alice"})").body, HasSubstr(R"({"revoked":1})"));
  EXPECT_THAT(Call("POST", "revoke", R"({"refresh_token":")" + bob + R"("})").body,
              HasSubstr(R"({"revoked":1})"));
  LogIn("bob");
  EXPECT_THAT(Call("POST", "revoke", R"({"all":true})").body, HasSubstr(R"({"revoked":1})"));
  EXPECT_EQ(Call("POST", "revoke", "{}").status, 400);
  EXPECT_EQ(Call("POST", "revoke", R"({"user":1})").status, 400);
}

TEST_F(ControlApiTest, CountersTellTokensApart) {
  const std::string token = Member(LogIn(), "refresh_token");
  Refresh(token);
  const auto counters = JsonAt("counters");
  EXPECT_EQ(counters.at("refresh_tokens").at(token).at("accepted"), boost::json::value(1));
  EXPECT_EQ(counters.at("requests").at("token"), boost::json::value(2));
  EXPECT_EQ(counters.at("statuses").at("token").at("200"), boost::json::value(2));
  EXPECT_EQ(counters.at("refreshes_by_family").at("1"), boost::json::value(1));
  EXPECT_EQ(counters.at("max_concurrent"), boost::json::value(1));
}

TEST_F(ControlApiTest, RequestsAreRecordedAsTheyCameOnceThatIsAskedFor) {
  HttpRequest request;
  request.method = "POST";
  request.path = "/token";
  request.query = "tenant=a";
  request.headers = {{"accept", "application/json"}};
  request.body = "grant_type=none";
  request.connection = 7;
  provider_.Handle(request);
  EXPECT_TRUE(JsonAt("requests").as_array().empty());
  Call("PATCH", "settings", R"({"record_requests":true})");
  provider_.Handle(request);
  EXPECT_EQ(JsonAt("requests"), boost::json::parse(R"([
    {"endpoint":"token","method":"POST","path":"/token","query":"tenant=a",
     "headers":{"accept":"application/json"},"body":"grant_type=none","connection":7}])"));
  Call("POST", "reset", R"({"only":"counters"})");
  EXPECT_TRUE(JsonAt("requests").as_array().empty());
}

TEST_F(ControlApiTest, OnlyTheLastThousandRequestsAreKept) {
  Call("PATCH", "settings", R"({"record_requests":true})");
  HttpRequest request;
  for (int i = 0; i < 1001; ++i) {
    request.path = "/" + std::to_string(i);
    provider_.Handle(request);
  }
  ASSERT_EQ(provider_.requests().size(), 1000U);
  EXPECT_EQ(provider_.requests().front().path, "/1");
}

TEST_F(ControlApiTest, ResetIsOfEverythingOrOfTheCounters) {
  LogIn();
  EXPECT_EQ(Call("POST", "reset", R"({"only":"counters"})").status, 200);
  EXPECT_EQ(provider_.counters().requests.size(), 0U);
  EXPECT_EQ(provider_.grants().size(), 1U);
  EXPECT_EQ(Call("POST", "reset").status, 200);
  EXPECT_EQ(provider_.grants().size(), 0U);
  EXPECT_EQ(Call("POST", "reset", R"({"only":"grants"})").status, 400);
}

TEST_F(ControlApiTest, RefusesUnknownPathsAndMethods) {
  EXPECT_EQ(Call("GET", "nothing").status, 404);
  EXPECT_EQ(Call("GET", "grants/1").status, 404);
  EXPECT_EQ(Call("DELETE", "settings").status, 405);
  EXPECT_EQ(Call("POST", "counters").status, 405);
  EXPECT_EQ(Call("GET", "reset").status, 405);
  HttpRequest request;
  request.path = "/token";
  EXPECT_EQ(control_.Handle(request).status, 404);
}

}  // namespace
}  // namespace provider_simulator
