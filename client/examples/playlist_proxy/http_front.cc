#include "http_front.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <iostream>
#include <string>
#include <thread>
#include <utility>

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

constexpr char kUsers[] = "/users/";

Reply Answer(const Playlists& playlists, const std::string& target) {
  const size_t begin = sizeof(kUsers) - 1;
  if (target.compare(0, begin, kUsers) != 0) return {404, ""};
  const size_t end = target.find('/', begin);
  if (end == std::string::npos) return {404, ""};
  return playlists.Get(target.substr(begin, end - begin), target.substr(end));
}

void ServeConnection(tcp::socket socket, const Playlists& playlists) {
  boost::beast::flat_buffer buffer;
  boost::system::error_code error;
  for (;;) {
    http::request<http::empty_body> request;
    http::read(socket, buffer, request, error);
    if (error) return;
    const Reply reply = Answer(playlists, std::string(request.target()));
    http::response<http::string_body> response(http::int_to_status(reply.status),
                                               request.version());
    response.set(http::field::content_type, "application/json");
    response.keep_alive(request.keep_alive());
    response.body() = reply.body;
    response.prepare_payload();
    http::write(socket, response, error);
    if (error || response.need_eof()) return;
  }
}

}  // namespace

void ServeHttp(const Playlists& playlists) {
  asio::io_context context;
  tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  std::cout << "listening on " << acceptor.local_endpoint().port() << std::endl;
  for (;;) {
    tcp::socket socket = acceptor.accept();
    std::thread([socket = std::move(socket), &playlists]() mutable {
      ServeConnection(std::move(socket), playlists);
    }).detach();
  }
}
