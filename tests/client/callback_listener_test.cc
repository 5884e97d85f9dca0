#include "client/tbctl/callback_listener.h"

#include <absl/strings/match.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <set>
#include <thread>

#include "tests/client/http_browser.h"
#include "tests/support/child_process.h"

namespace tokenbroker::tbctl {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class CallbackListenerTest : public ::testing::Test {
 protected:
  CallbackListenerTest() {
    auto listener = CallbackListener::Listen(0, "/callback");
    EXPECT_TRUE(listener.ok()) << listener.status();
    listener_ = *std::move(listener);
    uri_ = listener_->redirect_uri();
    callback_ = std::async(std::launch::async, [this] {
      auto callback = listener_->WaitForCallback("st-1", absl::Minutes(1), {});
      listener_->Answer({"<p>done</p>", "default-src 'none'"});
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
  EXPECT_THAT(page, HasSubstr("Content-Security-Policy: default-src 'none'\r\n"));
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
  EXPECT_EQ((*listener)->WaitForCallback("st-1", absl::ZeroDuration(), {}).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST(CallbackListenerStartTest, AnswersABrowserThatAsksTwiceBothTimes) {
  const auto listener = CallbackListener::Listen(0, "/callback");
  ASSERT_TRUE(listener.ok());
  const std::string uri = (*listener)->redirect_uri() + "?code=c&state=st-1";
  HttpBrowser first(uri);
  first.Send();
  ASSERT_TRUE((*listener)->WaitForCallback("st-1", absl::Minutes(1), {}).ok());
  HttpBrowser reload(uri);
  reload.Send();
  (*listener)->Answer({"<p>done</p>", ""});
  EXPECT_THAT(first.Read(), HasSubstr("<p>done</p>"));
  EXPECT_THAT(reload.Read(), HasSubstr("<p>done</p>"));
}

TEST(CallbackListenerStartTest, AnswersABrowserThatComesWhileAnotherIsAnswered) {
  const auto listener = CallbackListener::Listen(0, "/callback");
  ASSERT_TRUE(listener.ok());
  const std::string uri = (*listener)->redirect_uri() + "?code=c&state=st-1";
  HttpBrowser first(uri);
  first.Send();
  ASSERT_TRUE((*listener)->WaitForCallback("st-1", absl::Minutes(1), {}).ok());
  // More than the kernel takes before somebody reads.
  std::string page;
  for (int i = 0; i < 16; ++i) page.append(1'000'000, ' ');
  page += "<p>done</p>";
  const std::jthread answering([&] { (*listener)->Answer({page, ""}); });
  EXPECT_EQ(first.ReadByte(), 'H');
  HttpBrowser late(uri);
  late.Send();
  EXPECT_TRUE(absl::EndsWith(late.Read(), "<p>done</p>"));
  EXPECT_TRUE(absl::EndsWith(first.Read(), "<p>done</p>"));
}

// What a user pastes into a pipe.
class PasteTest : public ::testing::Test {
 protected:
  PasteTest() : listener_(*CallbackListener::Listen(0, "/callback")) {
    EXPECT_EQ(pipe2(ends_, O_CLOEXEC), 0);
  }
  ~PasteTest() override {
    close(ends_[0]);
    close(ends_[1]);
  }
  void Paste(const std::string& text) {
    EXPECT_EQ(write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  absl::StatusOr<std::string> Wait(absl::Duration timeout = absl::Minutes(1)) {
    return listener_->WaitForCallback(
        "st-1", timeout, {ends_[0], [this](const std::string& why) { refusals_.push_back(why); }});
  }

  const std::unique_ptr<CallbackListener> listener_;
  int ends_[2] = {-1, -1};
  std::vector<std::string> refusals_;
};

TEST_F(PasteTest, TakesTheAddressThatABrowserElsewhereEndedUpAt) {
  Paste("  http://127.0.0.1:1/callback?code=c%2F1&state=st-1 \r\n");
  const auto callback = Wait();
  ASSERT_TRUE(callback.ok()) << callback.status();
  EXPECT_EQ(*callback, listener_->redirect_uri() + "?code=c%2F1&state=st-1");
  listener_->Answer({"<p>nobody sees it</p>", ""});
  EXPECT_THAT(refusals_, IsEmpty());
}

TEST_F(PasteTest, SaysWhyAnotherLineIsNotItAndWaitsOn) {
  Paste(
      "yes\n\nhttp://127.0.0.1/callback?code=c&state=forged\n"
      "http://127.0.0.1/callback?code=c&state=st-1\n");
  EXPECT_TRUE(Wait().ok());
  ASSERT_EQ(refusals_.size(), 2u);
  EXPECT_THAT(refusals_[0],
              HasSubstr("paste the whole address, which begins with " + listener_->redirect_uri()));
}

TEST_F(PasteTest, GoesOnListeningWhenTheInputEnds) {
  close(std::exchange(ends_[1], -1));
  HttpBrowser browser(listener_->redirect_uri() + "?code=c&state=st-1");
  browser.Send();
  EXPECT_TRUE(Wait().ok());
}

TEST_F(PasteTest, ReadsASocketToo) {
  int sockets[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  const std::string line = "http://127.0.0.1/callback?code=c&state=st-1\n";
  ASSERT_EQ(write(sockets[1], line.data(), line.size()), static_cast<ssize_t>(line.size()));
  EXPECT_TRUE(listener_->WaitForCallback("st-1", absl::Minutes(1), {sockets[0], nullptr}).ok());
  close(sockets[0]);
  close(sockets[1]);
}

TEST_F(PasteTest, TakesNothingFromAFileThatIsNoInput) {
  const int event = eventfd(1, EFD_CLOEXEC);
  EXPECT_FALSE(listener_->WaitForCallback("st-1", absl::Milliseconds(50), {event, nullptr}).ok());
  uint64_t count = 0;
  EXPECT_EQ(read(event, &count, sizeof(count)), static_cast<ssize_t>(sizeof(count)));
  EXPECT_EQ(count, 1u);
  close(event);
}

TEST_F(PasteTest, LeavesTheInputAsItWas) {
  EXPECT_FALSE(Wait(absl::ZeroDuration()).ok());
  EXPECT_EQ(fcntl(ends_[0], F_GETFL) & O_NONBLOCK, 0);
}

int PortOf(const CallbackListener& listener) {
  const std::string& uri = listener.redirect_uri();
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(uri.substr(17, uri.rfind('/') - 17), &port));
  return port;
}

// The sockets that a process has open.
std::set<std::string> SocketsOf(const std::string& process) {
  std::set<std::string> sockets;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + process + "/fd")) {
    const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
    if (absl::StartsWith(target, "socket:")) sockets.insert(target);
  }
  return sockets;
}

TEST(CallbackListenerStartTest, GivesItsSocketToNoBrowserThatOutlivesIt) {
  const auto listener = CallbackListener::Listen(0, "/callback");
  ASSERT_TRUE(listener.ok());
  ChildProcess browser({"/bin/sh", "-c", "echo running; exec sleep 60"});
  ASSERT_EQ(browser.WaitForLine("running"), "running");
  EXPECT_THAT(SocketsOf("self"), Not(IsEmpty()));
  EXPECT_THAT(SocketsOf(std::to_string(browser.pid())), IsEmpty());
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
