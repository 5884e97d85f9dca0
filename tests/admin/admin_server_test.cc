#include "admin/admin_server.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <thread>

#include "tests/rpc/fake_operations.h"

namespace tokenbroker {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Connection {
 public:
  explicit Connection(const std::string& address) : socket_(context_) {
    int port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
    socket_.connect({asio::ip::make_address("127.0.0.1"), static_cast<uint16_t>(port)});
  }
  void Send(const std::string& bytes) {
    boost::system::error_code ignored;
    asio::write(socket_, asio::buffer(bytes), ignored);
  }
  // Everything until the server closes.
  std::string ReadAll() {
    std::string all;
    boost::system::error_code error;
    asio::read(socket_, asio::dynamic_buffer(all), error);
    return all;
  }
  std::string ReadUntil(const std::string& mark) {
    std::string text;
    boost::system::error_code error;
    const size_t n = asio::read_until(socket_, asio::dynamic_buffer(text), mark, error);
    return text.substr(0, n);
  }

 private:
  asio::io_context context_;
  tcp::socket socket_;
};

class AdminServerTest : public ::testing::Test {
 protected:
  ~AdminServerTest() override {
    loop_.Stop();
    if (thread_.joinable()) thread_.join();
    loop_.DropTasks();
  }

  void Start() {
    options_.address = "127.0.0.1:0";
    options_.ready = [this] { return ready_; };
    options_.started = [this] { return started_; };
    options_.operations = &operations_;
    auto server = AdminServer::Start(loop_, metrics_, options_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    thread_ = std::thread([this] { loop_.Run(); });
  }

  std::string Ask(const std::string& request) {
    Connection connection(server_->address());
    connection.Send(request);
    return connection.ReadAll();
  }
  std::string Get(const std::string& path) {
    return Ask(absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  }

  Loop loop_{Clock::Real()};
  Metrics metrics_;
  AdminOptions options_;
  absl::Status ready_;
  absl::Status started_;
  FakeOperationsService operations_;
  std::unique_ptr<AdminServer> server_;
  std::thread thread_;
};

TEST_F(AdminServerTest, SaysThatItLives) {
  Start();
  const std::string answer = Get("/livez?verbose");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nok\n"));
}

TEST_F(AdminServerTest, IsReadyWhenItIsToldSo) {
  Start();
  EXPECT_THAT(Get("/readyz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, SaysWhyItIsNotReady) {
  ready_ = absl::UnavailableError("the store does not answer");
  Start();
  const std::string answer = Get("/readyz");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nthe store does not answer\n"));
  EXPECT_THAT(Get("/livez"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, ShowsTheMetrics) {
  metrics_.Counter("tokenbroker_things_total", "Things.").Increment();
  Start();
  const std::string answer = Get("/metrics");
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(answer, HasSubstr("tokenbroker_things_total 1"));
}

TEST_F(AdminServerTest, HasNoOtherPage) {
  Start();
  EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Get("/"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(AdminServerTest, SaysWhetherItHasStarted) {
  Start();
  EXPECT_THAT(Get("/startupz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, SaysThatItStartsStill) {
  started_ = absl::UnavailableError("starting");
  Start();
  EXPECT_THAT(Get("/startupz"), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(Get("/readyz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, ShowsTheStatusAsThePageThatABrowserAsksFor) {
  operations_.status.host = "broker-0";
  Start();
  const std::string answer =
      Ask("GET /statusz HTTP/1.1\r\nHost: x\r\nAccept: text/html,*/*;q=0.8\r\n"
          "Connection: close\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/html; charset=utf-8\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Security-Policy: default-src 'none'; style-src 'sha256-"));
  EXPECT_THAT(answer, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(answer, HasSubstr("<td>broker-0</td>"));
}

TEST_F(AdminServerTest, ShowsTheStatusAsTextToATerminal) {
  operations_.status.host = "broker-0";
  Start();
  const std::string answer = Get("/statusz?x");
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain"));
  EXPECT_THAT(answer, HasSubstr("\n  Name: broker-0\n"));
}

TEST_F(AdminServerTest, AnswersHeadWithHeadersAlone) {
  Start();
  const std::string answer = Ask("HEAD /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(AdminServerTest, ChangesNothing) {
  Start();
  for (const std::string method : {"POST", "PUT", "DELETE", "PATCH"}) {
    const std::string answer =
        Ask(method + " /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 "));
    EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD"));
  }
}

TEST_F(AdminServerTest, AnswersSeveralRequestsOnOneConnection) {
  Start();
  Connection connection(server_->address());
  for (int i = 0; i < 3; ++i) {
    connection.Send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(connection.ReadUntil("ok\n"), StartsWith("HTTP/1.1 200 "));
  }
}

TEST_F(AdminServerTest, RefusesWhatIsNotHttp) {
  Start();
  EXPECT_THAT(Ask("\x16\x03\x01 hello\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(AdminServerTest, RefusesHugeHeadersAndBodies) {
  Start();
  EXPECT_THAT(Ask("GET /livez HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Ask("GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"),
              StartsWith("HTTP/1.1 400 "));
}

TEST_F(AdminServerTest, ClosesAConnectionThatIsTooSlow) {
  options_.request_timeout = absl::Milliseconds(20);
  Start();
  EXPECT_EQ(Ask("GET /livez HTT"), "");
}

TEST_F(AdminServerTest, ClosesConnectionsOverTheLimitAndTakesNewOnesLater) {
  options_.max_connections = 1;
  Start();
  absl::optional<Connection> first(absl::in_place, server_->address());
  first->Send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(first->ReadUntil("ok\n"), StartsWith("HTTP/1.1 200 "));
  Connection second(server_->address());
  EXPECT_EQ(second.ReadAll(), "");
  first.reset();
  std::string answer;
  while (answer.empty()) answer = Get("/livez");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, SaysThatAPortIsTaken) {
  Start();
  AdminOptions options;
  options.address = server_->address();
  const auto second = AdminServer::Start(loop_, metrics_, options);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr(server_->address() + ": Address already in use"));
}

TEST_F(AdminServerTest, RefusesAnAddressThatIsNone) {
  for (const std::string address :
       {"", "9464", ":9464", "127.0.0.1:99999", "127.0.0.1:x", "[::1]", "127.0.0.1"}) {
    AdminOptions options;
    options.address = address;
    EXPECT_EQ(AdminServer::Start(loop_, metrics_, options).status().code(),
              absl::StatusCode::kInvalidArgument)
        << address;
  }
}

TEST_F(AdminServerTest, LooksNamesUp) {
  AdminOptions options;
  options.address = "localhost:0";
  const auto server = AdminServer::Start(loop_, metrics_, options);
  EXPECT_TRUE(server.ok()) << server.status();
  loop_.DropTasks();
  options.address = "no-such-host.invalid:0";
  EXPECT_EQ(AdminServer::Start(loop_, metrics_, options).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(AdminServerTest, ShowsAnIpv6AddressInBrackets) {
  AdminOptions options;
  options.address = "[::1]:0";
  const auto server = AdminServer::Start(loop_, metrics_, options);
  if (server.status().code() == absl::StatusCode::kUnavailable) GTEST_SKIP() << "no IPv6 here";
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_THAT((*server)->address(), StartsWith("[::1]:"));
  loop_.DropTasks();
}

}  // namespace
}  // namespace tokenbroker
