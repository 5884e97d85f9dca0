#include "client/tbctl/callback_listener.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <future>

#include "tests/client/http_browser.h"

namespace tokenbroker::tbctl {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class CallbackListenerTest : public ::testing::Test {
 protected:
  CallbackListenerTest() {
    auto listener = CallbackListener::Listen(0, "/callback");
    EXPECT_TRUE(listener.ok()) << listener.status();
    listener_ = *std::move(listener);
    uri_ = listener_->redirect_uri();
    callback_ = std::async(std::launch::async, [this] {
      auto callback = listener_->WaitForCallback("st-1", absl::Minutes(1));
      listener_->Answer("<p>done</p>");
      return callback;
    });
  }
  // Ends the wait, whatever the test did before.
  std::string Finish() {
    const std::string page = HttpBrowser::Get(uri_ + "?code=c%2F1&state=st-1");
    const auto callback = callback_.get();
    EXPECT_TRUE(callback.ok()) << callback.status();
    EXPECT_EQ(callback.value_or(""), uri_ + "?code=c%2F1&state=st-1");
    return page;
  }

  std::unique_ptr<CallbackListener> listener_;
  std::string uri_;
  std::future<absl::StatusOr<std::string>> callback_;
};

TEST_F(CallbackListenerTest, TakesTheCallbackAndShowsThePage) {
  EXPECT_THAT(uri_, StartsWith("http://127.0.0.1:"));
  const std::string page = Finish();
  EXPECT_THAT(page, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(page, HasSubstr("\r\n\r\n<p>done</p>"));
  EXPECT_THAT(page, HasSubstr("Referrer-Policy: no-referrer\r\n"));
  EXPECT_THAT(page, HasSubstr("Cache-Control: no-store\r\n"));
}

TEST_F(CallbackListenerTest, TurnsAnotherStateAwayAndWaitsOn) {
  EXPECT_THAT(HttpBrowser::Get(uri_ + "?code=c&state=forged"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(HttpBrowser::Get(uri_ + "?code=c"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(HttpBrowser::Get(uri_ + "?state=st-1&state=st-1"), StartsWith("HTTP/1.1 400 "));
  Finish();
}

TEST_F(CallbackListenerTest, KnowsNoOtherPath) {
  const std::string other = uri_.substr(0, uri_.rfind('/'));
  EXPECT_THAT(HttpBrowser::Get(other + "/favicon.ico"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(HttpBrowser::Get(other + "/callback/x?state=st-1"), StartsWith("HTTP/1.1 404 "));
  Finish();
}

TEST_F(CallbackListenerTest, TakesGetOnly) {
  HttpBrowser browser(uri_ + "?code=c&state=st-1");
  browser.Send("HEAD");
  EXPECT_THAT(browser.Read(), StartsWith("HTTP/1.1 400 "));
  Finish();
}

TEST_F(CallbackListenerTest, DoesNotQuoteWhatAStrangerSent) {
  const std::string page = HttpBrowser::Get(uri_ + "?state=%3Cscript%3Ealert%3C/script%3E");
  EXPECT_EQ(page.find("alert"), std::string::npos);
  Finish();
}

TEST_F(CallbackListenerTest, SurvivesGarbageAndSilentConnections) {
  HttpBrowser silent(uri_);
  HttpBrowser garbage(uri_);
  garbage.SendRaw("\x16\x03\x01\r\n\r\n");
  EXPECT_THAT(garbage.Read(), StartsWith("HTTP/1.1 400 "));
  HttpBrowser huge(uri_);
  huge.SendRaw("GET /callback?" + std::string(70'000, 'x'));
  EXPECT_THAT(huge.Read(), StartsWith("HTTP/1.1 400 "));
  Finish();
}

TEST(CallbackListenerStartTest, GivesUpWhenNobodyComes) {
  const auto listener = CallbackListener::Listen(0, "/callback");
  ASSERT_TRUE(listener.ok());
  EXPECT_EQ((*listener)->WaitForCallback("st-1", absl::ZeroDuration()).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

int PortOf(const CallbackListener& listener) {
  const std::string& uri = listener.redirect_uri();
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(uri.substr(17, uri.rfind('/') - 17), &port));
  return port;
}

TEST(CallbackListenerStartTest, GivesItsPortToNoBrowserThatOutlivesIt) {
  auto first = CallbackListener::Listen(0, "/callback");
  ASSERT_TRUE(first.ok());
  const int port = PortOf(**first);
  std::string name = "sleep", minute = "60";
  char* const words[] = {name.data(), minute.data(), nullptr};
  pid_t browser = 0;
  ASSERT_EQ(posix_spawnp(&browser, "sleep", nullptr, nullptr, words, environ), 0);
  first->reset();
  EXPECT_TRUE(CallbackListener::Listen(port, "/callback").ok());
  kill(browser, SIGKILL);
  waitpid(browser, nullptr, 0);
}

TEST(CallbackListenerStartTest, SaysThatAPortIsTaken) {
  const auto first = CallbackListener::Listen(0, "/callback");
  ASSERT_TRUE(first.ok());
  const int port = PortOf(**first);
  const auto second = CallbackListener::Listen(port, "/callback");
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("Address already in use"));
}

}  // namespace
}  // namespace tokenbroker::tbctl
