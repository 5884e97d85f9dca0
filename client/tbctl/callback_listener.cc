// The only file that includes Beast here: it takes long to compile.
#include "client/tbctl/callback_listener.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/string_view.h>
#include <absl/types/optional.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/parse.hpp>
#include <list>
#include <utility>

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
// A browser that asks again, and again.
constexpr size_t kMaxBrowsers = 8;
constexpr std::chrono::seconds kRequestTimeout(30);
constexpr std::chrono::seconds kAnswerTimeout(5);
// How long whoever comes late is waited for: a request that is on its way, or a page loaded anew.
constexpr std::chrono::milliseconds kLatecomers(200);

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

// The address that a browser shows, however it was copied: its query, when it has that state.
absl::optional<std::string> QueryOfPasted(absl::string_view line, const std::string& state) {
  const absl::string_view text = absl::StripAsciiWhitespace(line);
  const auto url = urls::parse_uri(boost::core::string_view(text.data(), text.size()));
  if (!url || StateOf(*url) != state) return absl::nullopt;
  return std::string(url->encoded_query().data(), url->encoded_query().size());
}

// A descriptor of its own: what is asynchronous here must not become so for whoever shares ours.
// A socket cannot be opened again. -1 for what is no input: where standard input was closed, its
// number is that of something of the libraries' by now.
int OpenAnew(int input) {
  struct stat what = {};
  if (::fstat(input, &what) != 0) return -1;
  if (S_ISSOCK(what.st_mode)) return ::fcntl(input, F_DUPFD_CLOEXEC, 0);
  const std::string name = absl::StrCat("/dev/fd/", input);
  return ::open(name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

http::response<http::string_body> Response(http::status status, Page page) {
  http::response<http::string_body> response(status, 11);
  response.set(http::field::content_type, "text/html; charset=utf-8");
  response.set(http::field::cache_control, "no-store");
  // The page's URL holds the code: it goes nowhere from here.
  response.set("Referrer-Policy", "no-referrer");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Content-Security-Policy", page.content_security_policy);
  response.keep_alive(false);
  response.body() = std::move(page.html);
  response.prepare_payload();
  return response;
}

class BeastCallbackListener : public CallbackListener {
 public:
  explicit BeastCallbackListener(std::string path)
      : path_(std::move(path)), acceptor_(context_), pasting_(context_) {}

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

  absl::StatusOr<std::string> WaitForCallback(std::string state, absl::Duration timeout,
                                              PasteSource paste) override {
    state_ = std::move(state);
    const int input = paste.input < 0 ? -1 : OpenAnew(paste.input);
    if (input >= 0) {
      pasting_.assign(input);
      asio::co_spawn(context_, ReadPastes(std::move(paste.refuse)), asio::detached);
    }
    context_.restart();
    context_.run_for(absl::ToChronoNanoseconds(timeout));
    ErrorCode ignored;
    if (pasting_.is_open()) ignored = pasting_.close(ignored);
    if (!callback_) return absl::DeadlineExceededError("nobody came back from the login page");
    return *callback_;
  }

  void Answer(Page page) override {
    page_ = std::move(page);
    for (beast::tcp_stream& browser : browsers_) {
      asio::co_spawn(context_, AnswerBrowser(std::move(browser)), asio::detached);
    }
    browsers_.clear();
    context_.restart();
    context_.run_for(kLatecomers);
    // Each gives up by itself.
    while (answers_left_ > 0) context_.run_one();
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
      if (page_) co_return co_await AnswerBrowser(std::move(stream));
      browsers_.push_back(std::move(stream));
      context_.stop();
      co_return;
    }
    const auto refusal = error ? Refusal(http::status::bad_request) : Refuse(parser.get());
    const auto [write_error, written] = co_await http::async_write(stream, refusal, kUseAwaitable);
    ErrorCode ignored;
    if (!write_error) ignored = stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  // Whether this is the request that we wait for, or that one again; keeps its URL.
  bool TakeCallback(const Request& request) {
    const auto url = urls::parse_origin_form(request.target());
    if (!url || request.method() != http::verb::get || url->encoded_path() != path_ ||
        StateOf(*url) != state_) {
      return false;
    }
    const std::string query(url->encoded_query().data(), url->encoded_query().size());
    const std::string callback = absl::StrCat(redirect_uri_, "?", query);
    if (!callback_) callback_ = callback;
    return *callback_ == callback && browsers_.size() < kMaxBrowsers;
  }

  // Until the right address comes, or the input ends.
  asio::awaitable<void> ReadPastes(std::function<void(const std::string&)> refuse) {
    std::string text;
    for (;;) {
      const auto [error, size] = co_await asio::async_read_until(
          pasting_, asio::dynamic_buffer(text, kMaxHeaderBytes), '\n', kUseAwaitable);
      if (error) co_return;
      const std::string line = text.substr(0, size);
      text.erase(0, size);
      const absl::optional<std::string> query = QueryOfPasted(line, *state_);
      if (query) {
        if (!callback_) callback_ = absl::StrCat(redirect_uri_, "?", *query);
        context_.stop();
        co_return;
      }
      if (absl::StripAsciiWhitespace(line).empty()) continue;
      refuse(
          absl::StrCat("that is not where this login ends up; paste the whole address, which "
                       "begins with ",
                       redirect_uri_, " and holds the login's state"));
    }
  }

  http::response<http::string_body> Refuse(const Request& request) {
    const auto url = urls::parse_origin_form(request.target());
    return Refusal(url && url->encoded_path() == path_ ? http::status::bad_request
                                                       : http::status::not_found);
  }

  static http::response<http::string_body> Refusal(http::status status) {
    return Response(status,
                    MakePage(PageKind::kFailed, "This is not the login that tbctl waits for",
                             "Nothing was done with it.",
                             "Go back to the login page that tbctl opened. If it has gone, "
                             "end tbctl with Ctrl+C and start it again."));
  }

  asio::awaitable<void> AnswerBrowser(beast::tcp_stream browser) {
    ++answers_left_;
    browser.expires_after(kAnswerTimeout);
    const auto response = Response(http::status::ok, *page_);
    const auto [error, written] = co_await http::async_write(browser, response, kUseAwaitable);
    ErrorCode ignored;
    if (!error) ignored = browser.socket().shutdown(tcp::socket::shutdown_send, ignored);
    --answers_left_;
  }

  const std::string path_;
  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::string redirect_uri_;
  absl::optional<std::string> state_;
  absl::optional<std::string> callback_;
  // The requests that wait for the page, and the page once it is known.
  std::list<beast::tcp_stream> browsers_;
  absl::optional<Page> page_;
  size_t answers_left_ = 0;
  asio::posix::stream_descriptor pasting_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<CallbackListener>> CallbackListener::Listen(int port,
                                                                           std::string path) {
  auto listener = std::make_unique<BeastCallbackListener>(std::move(path));
  if (absl::Status status = listener->Listen(port); !status.ok()) return status;
  return listener;
}

}  // namespace tokenbroker::tbctl
