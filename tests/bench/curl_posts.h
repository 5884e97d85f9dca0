// The bare limit of refreshing: libcurl's multi interface over epoll, posting one form again and
// again over kept-alive connections. For one thread.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>
#include <vector>

namespace tokenbroker {

class CurlPosts {
 public:
  // `basic`: user:password of the Authorization header.
  CurlPosts(std::string url, std::string basic, std::string form, int connections);
  ~CurlPosts();
  CurlPosts(const CurlPosts&) = delete;
  CurlPosts& operator=(const CurlPosts&) = delete;

  // Posts so many times. An answer that is no 200 ends the program.
  void Run(int posts);

 private:
  struct Transfer {
    CURL* easy = nullptr;
    std::string answer;
  };

  static int OnSocket(CURL*, curl_socket_t socket, int what, void* self, void*);
  static int OnTimer(CURLM*, long milliseconds, void* self);
  static size_t OnBody(char* data, size_t size, size_t count, void* transfer);
  void Add(const std::string& url, const std::string& basic);
  void Turn();
  int Finished();

  const std::string form_;
  const int epoll_;
  CURLM* const multi_;
  long timeout_ = -1;
  int left_ = 0;
  curl_slist* headers_ = nullptr;
  std::vector<std::unique_ptr<Transfer>> transfers_;
};

}  // namespace tokenbroker
