// A browser of few words: one request, the whole answer.
#pragma once

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <string>

namespace tokenbroker::tbctl {

// Connects to the host and port of `url`, which starts with http://127.0.0.1:.
class HttpBrowser {
 public:
  explicit HttpBrowser(const std::string& url) : socket_(context_) {
    const std::string rest = url.substr(std::string("http://127.0.0.1:").size());
    int port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(rest.substr(0, rest.find('/')), &port));
    path_ = rest.substr(rest.find('/'));
    boost::system::error_code error;
    error = socket_.connect({boost::asio::ip::address_v4::loopback(), static_cast<uint16_t>(port)},
                            error);
    EXPECT_FALSE(error) << error.message();
  }

  void Send(const std::string& method = "GET") {
    SendRaw(absl::StrCat(method, " ", path_, " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
  }
  void SendRaw(const std::string& bytes) {
    boost::system::error_code ignored;
    boost::asio::write(socket_, boost::asio::buffer(bytes), ignored);
  }
  // Waits for the answer's first byte.
  char ReadByte() {
    char byte = 0;
    boost::system::error_code ignored;
    boost::asio::read(socket_, boost::asio::buffer(&byte, 1), ignored);
    return byte;
  }
  // The rest, to the connection's end.
  std::string Read() {
    std::string all;
    boost::system::error_code error;
    boost::asio::read(socket_, boost::asio::dynamic_buffer(all), error);
    return all;
  }
  static std::string Get(const std::string& url) {
    HttpBrowser browser(url);
    browser.Send();
    return browser.Read();
  }

 private:
  boost::asio::io_context context_;
  boost::asio::ip::tcp::socket socket_;
  std::string path_;
};

}  // namespace tokenbroker::tbctl
