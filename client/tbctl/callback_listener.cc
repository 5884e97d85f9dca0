// The only file that includes Beast here: it takes long to compile.
#include "client/tbctl/callback_listener.h"

#include <absl/strings/str_cat.h>
#include <absl/types/optional.h>
#include <fcntl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/parse.hpp>
#include <utility>

#include "client/tbctl/pages.h"

namespace tokenbroker::tbctl {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace urls = boost::urls;
using tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using Request = http::request<http::empty_body>;

constexpr auto kUseAwaitable = asio::as_tuple(asio::use_awaitable);
// Codes and states are long at some providers; a browser's cookies for 127.0.0.1 come too.
constexpr uint32_t kMaxHeaderBytes = 64 * 1024;
constexpr std::chrono::seconds kRequestTimeout(30);
constexpr std::chrono::seconds kAnswerTimeout(5);

// The value of the only `state`; nullopt when there is none or more than one.
absl::optional<std::string> StateOf(const urls::url_view& url) {
  absl::optional<std::string> state;
  for (const urls::param param : url.params()) {
    if (param.key != "state") continue;
    if (state) return absl::nullopt;
    state = param.value;
  }
  return state;
}

http::response<http::string_body> Response(http::status status, std::string html) {
  http::response<http::string_body> response(status, 11);
  response.set(http::field::content_type, "text/html; charset=utf-8");
  response.set(http::field::cache_control, "no-store");
  // The page's URL holds the code: it goes nowhere from here.
  response.set("Referrer-Policy", "no-referrer");
  response.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  response.keep_alive(false);
  response.body() = std::move(html);
  response.prepare_payload();
  return response;
}

class BeastCallbackListener : public CallbackListener {
 public:
  explicit BeastCallbackListener(std::string path) : path_(std::move(path)), acceptor_(context_) {}

  absl::Status Listen(int port) {
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), static_cast<uint16_t>(port));
    ErrorCode error;
    error = acceptor_.open(endpoint.protocol(), error);
    // A browser that we start would go on holding the port.
    if (!error) fcntl(acceptor_.native_handle(), F_SETFD, FD_CLOEXEC);
    if (!error) error = acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) error = acceptor_.bind(endpoint, error);
    if (!error) error = acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return absl::UnavailableError(
          absl::StrCat("cannot listen on 127.0.0.1:", port, ": ", error.message()));
    }
    redirect_uri_ = absl::StrCat("http://127.0.0.1:", acceptor_.local_endpoint().port(), path_);
    asio::co_spawn(context_, Accept(), asio::detached);
    return absl::OkStatus();
  }

  const std::string& redirect_uri() const override { return redirect_uri_; }

  absl::StatusOr<std::string> WaitForCallback(std::string state, absl::Duration timeout) override {
    state_ = std::move(state);
    context_.restart();
    context_.run_for(absl::ToChronoNanoseconds(timeout));
    if (!browser_) return absl::DeadlineExceededError("nobody came back from the login page");
    return callback_;
  }

  void Answer(std::string html) override {
    asio::co_spawn(context_, AnswerBrowser(std::move(html)),
                   [this](std::exception_ptr) { context_.stop(); });
    context_.restart();
    context_.run_for(kAnswerTimeout);
    browser_.reset();
  }

 private:
  asio::awaitable<void> Accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(kUseAwaitable);
      if (error) co_return;
      // Browsers open spare connections and say nothing on them: each has its own coroutine.
      asio::co_spawn(context_, Serve(std::move(socket)), asio::detached);
    }
  }

  asio::awaitable<void> Serve(tcp::socket socket) {
    beast::tcp_stream stream(std::move(socket));
    beast::flat_buffer buffer(kMaxHeaderBytes);
    http::request_parser<http::empty_body> parser;
    parser.header_limit(kMaxHeaderBytes);
    stream.expires_after(kRequestTimeout);
    const auto [error, read] = co_await http::async_read(stream, buffer, parser, kUseAwaitable);
    if (error == http::error::end_of_stream || error == beast::error::timeout) co_return;
    if (!error && TakeCallback(parser.get())) {
      browser_.emplace(std::move(stream));
      context_.stop();
      co_return;
    }
    const auto refusal = error ? Refusal(http::status::bad_request) : Refuse(parser.get());
    const auto [write_error, written] = co_await http::async_write(stream, refusal, kUseAwaitable);
    ErrorCode ignored;
    if (!write_error) ignored = stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  // Whether this is the request that we wait for; keeps its URL then.
  bool TakeCallback(const Request& request) {
    const auto url = urls::parse_origin_form(request.target());
    if (browser_ || !url || request.method() != http::verb::get || url->encoded_path() != path_ ||
        StateOf(*url) != state_) {
      return false;
    }
    const std::string query(url->encoded_query().data(), url->encoded_query().size());
    callback_ = absl::StrCat(redirect_uri_, "?", query);
    return true;
  }

  http::response<http::string_body> Refuse(const Request& request) {
    const auto url = urls::parse_origin_form(request.target());
    return Refusal(url && url->encoded_path() == path_ ? http::status::bad_request
                                                       : http::status::not_found);
  }

  static http::response<http::string_body> Refusal(http::status status) {
    return Response(status, Page("This is not the login that tbctl waits for",
                                 "Go back to the page that tbctl opened, or start it again."));
  }

  asio::awaitable<void> AnswerBrowser(std::string html) {
    browser_->expires_after(kAnswerTimeout);
    const auto response = Response(http::status::ok, std::move(html));
    const auto [error, written] = co_await http::async_write(*browser_, response, kUseAwaitable);
    ErrorCode ignored;
    if (!error) ignored = browser_->socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  const std::string path_;
  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::string redirect_uri_;
  absl::optional<std::string> state_;
  std::string callback_;
  // The request that waits for its page.
  absl::optional<beast::tcp_stream> browser_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<CallbackListener>> CallbackListener::Listen(int port,
                                                                           std::string path) {
  auto listener = std::make_unique<BeastCallbackListener>(std::move(path));
  if (absl::Status status = listener->Listen(port); !status.ok()) return status;
  return listener;
}

}  // namespace tokenbroker::tbctl
