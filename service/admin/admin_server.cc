// The only file that includes Beast here: it takes long to compile.
#include "admin/admin_server.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <utility>

#include "admin/status_page.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "io/use_task.h"

namespace tokenbroker {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

constexpr uint32_t kMaxHeaderBytes = 8 * 1024;
constexpr char kNoSuchPage[] =
    "no such page: /livez, /readyz, /startupz, /statusz and /metrics are here\n";
constexpr absl::Duration kPauseAfterAcceptError = absl::Milliseconds(100);

// A name is looked up, which blocks: at the start only.
absl::StatusOr<tcp::endpoint> ResolveEndpoint(asio::io_context& context,
                                              const std::string& address) {
  const size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  int port = 0;
  if (colon == std::string::npos || host.empty() ||
      !absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 0 || port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat(address, " is not host:port, such as 127.0.0.1:9464 or [::1]:9464"));
  }
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  ErrorCode error;
  const auto found =
      tcp::resolver(context).resolve(host, absl::StrCat(port), tcp::resolver::passive, error);
  if (error || found.empty()) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", address, ": the host is no address of this machine"));
  }
  return found.begin()->endpoint();
}

std::string ToText(const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  return endpoint.address().is_v6() ? absl::StrCat("[", host, "]:", endpoint.port())
                                    : absl::StrCat(host, ":", endpoint.port());
}

class BeastAdminServer : public AdminServer {
 public:
  BeastAdminServer(Loop& loop, const Metrics& metrics, AdminOptions options)
      : loop_(loop), metrics_(metrics), options_(std::move(options)), acceptor_(loop.context()) {}

  absl::Status Listen() {
    TB_ASSIGN_OR_RETURN(const tcp::endpoint endpoint,
                        ResolveEndpoint(loop_.context(), options_.address));
    ErrorCode error;
    error = acceptor_.open(endpoint.protocol(), error);
    // A restart must not wait for connections of the last process to be forgotten.
    if (!error) error = acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) error = acceptor_.bind(endpoint, error);
    if (!error) error = acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return absl::UnavailableError(
          absl::StrCat("cannot listen on ", options_.address, ": ", error.message()));
    }
    address_ = ToText(acceptor_.local_endpoint());
    loop_.Spawn(Accept());
    return absl::OkStatus();
  }

  const std::string& address() const override { return address_; }

 private:
  Task<void> Accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(kUseTask);
      if (error == asio::error::operation_aborted) co_return;
      if (error) {
        // Out of descriptors, mostly: asking again at once would only spin.
        Log(LogLevel::kWarning, "admin_accept_failed", {{"error", error.message()}});
        co_await loop_.Sleep(kPauseAfterAcceptError);
        continue;
      }
      if (connections_ >= options_.max_connections) continue;
      loop_.Spawn(Serve(std::move(socket)));
    }
  }

  // One connection until it ends, errs or is too slow.
  Task<void> Serve(tcp::socket socket) {
    const Counted counted(connections_);
    beast::tcp_stream stream(std::move(socket));
    beast::flat_buffer buffer(kMaxHeaderBytes);
    bool keep_alive = true;
    while (keep_alive) {
      http::request_parser<http::empty_body> parser;
      parser.header_limit(kMaxHeaderBytes);
      stream.expires_after(absl::ToChronoNanoseconds(options_.request_timeout));
      const auto [read_error, read] = co_await http::async_read(stream, buffer, parser, kUseTask);
      if (read_error == http::error::end_of_stream || read_error == beast::error::timeout) break;
      // A body, a header too long, or no HTTP: said once, then closed.
      Response response = Answer(http::status::bad_request, "bad request\n");
      if (!read_error) response = co_await Route(parser.release());
      keep_alive = !read_error && parser.keep_alive();
      response.keep_alive(keep_alive);
      const auto [write_error, written] = co_await http::async_write(stream, response, kUseTask);
      keep_alive = keep_alive && !write_error;
    }
    ErrorCode ignored;
    ignored = stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  Task<Response> Route(Request request) {
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
      Response refused = Answer(http::status::method_not_allowed, "GET or HEAD only\n");
      refused.set(http::field::allow, "GET, HEAD");
      co_return refused;
    }
    const beast::string_view path = request.target().substr(0, request.target().find('?'));
    Response response = Answer(http::status::not_found, kNoSuchPage);
    if (path == "/statusz") {
      response = co_await StatusPage(request[http::field::accept].contains("text/html"));
    } else {
      response = Page(path);
    }
    // HEAD: the headers of GET, its Content-Length included, without the body (RFC 9110 9.3.2).
    if (request.method() == http::verb::head) response.body().clear();
    co_return response;
  }

  Response Page(beast::string_view path) {
    if (path == "/livez") return Answer(http::status::ok, "ok\n");
    if (path == "/readyz") return Probe(options_.ready());
    if (path == "/startupz") return Probe(options_.started());
    if (path == "/metrics") {
      Response metrics = Answer(http::status::ok, metrics_.Text());
      metrics.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
      return metrics;
    }
    return Answer(http::status::not_found, kNoSuchPage);
  }

  Task<Response> StatusPage(bool as_html) {
    const absl::StatusOr<ReplicaStatus> status = co_await options_.operations->GetStatus();
    if (!status.ok()) co_return Probe(status.status());
    const absl::Time now = loop_.clock().TimeNow();
    if (!as_html) co_return Answer(http::status::ok, StatusAsText(*status, now));
    Response page = Answer(http::status::ok, StatusAsHtml(*status, now));
    page.set(http::field::content_type, "text/html; charset=utf-8");
    page.set("Content-Security-Policy", StatusPagePolicy());
    co_return page;
  }

  static Response Probe(const absl::Status& status) {
    if (status.ok()) return Answer(http::status::ok, "ok\n");
    return Answer(http::status::service_unavailable, absl::StrCat(status.message(), "\n"));
  }

  static Response Answer(http::status status, std::string body) {
    Response response(status, 11);
    response.set(http::field::content_type, "text/plain; charset=utf-8");
    response.set(http::field::cache_control, "no-store");
    response.set("X-Content-Type-Options", "nosniff");
    response.body() = std::move(body);
    response.prepare_payload();
    return response;
  }

  struct Counted {
    explicit Counted(int& open) : count(open) { ++count; }
    ~Counted() { --count; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    int& count;
  };

  Loop& loop_;
  const Metrics& metrics_;
  const AdminOptions options_;
  tcp::acceptor acceptor_;
  std::string address_;
  int connections_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::Start(Loop& loop, const Metrics& metrics,
                                                                AdminOptions options) {
  auto server = std::make_unique<BeastAdminServer>(loop, metrics, std::move(options));
  TB_RETURN_IF_ERROR(server->Listen());
  return server;
}

}  // namespace tokenbroker
