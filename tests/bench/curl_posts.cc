#include "tests/bench/curl_posts.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <iostream>

namespace tokenbroker {

CurlPosts::CurlPosts(std::string url, std::string basic, std::string form, int connections)
    : form_(std::move(form)), epoll_(epoll_create1(EPOLL_CLOEXEC)), multi_(curl_multi_init()) {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &OnSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &OnTimer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  headers_ = curl_slist_append(headers_, "Accept: application/json");
  for (int i = 0; i < connections; ++i) Add(url, basic);
}

CurlPosts::~CurlPosts() {
  for (const auto& transfer : transfers_) curl_easy_cleanup(transfer->easy);
  curl_multi_cleanup(multi_);
  curl_slist_free_all(headers_);
  close(epoll_);
}

void CurlPosts::Add(const std::string& url, const std::string& basic) {
  auto transfer = std::make_unique<Transfer>();
  transfer->easy = curl_easy_init();
  curl_easy_setopt(transfer->easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(transfer->easy, CURLOPT_USERPWD, basic.c_str());
  curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, headers_);
  curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDS, form_.c_str());
  curl_easy_setopt(transfer->easy, CURLOPT_WRITEFUNCTION, &OnBody);
  curl_easy_setopt(transfer->easy, CURLOPT_WRITEDATA, transfer.get());
  curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer.get());
  transfers_.push_back(std::move(transfer));
}

int CurlPosts::OnSocket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  const int epoll = static_cast<CurlPosts*>(self)->epoll_;
  if (what == CURL_POLL_REMOVE) return epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nullptr), 0;
  epoll_event event = {};
  event.data.fd = socket;
  event.events = (what & CURL_POLL_IN ? unsigned{EPOLLIN} : 0U) |
                 (what & CURL_POLL_OUT ? unsigned{EPOLLOUT} : 0U);
  if (epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event) != 0) {
    epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
  }
  return 0;
}

int CurlPosts::OnTimer(CURLM*, long milliseconds, void* self) {
  static_cast<CurlPosts*>(self)->timeout_ = milliseconds;
  return 0;
}

size_t CurlPosts::OnBody(char* data, size_t size, size_t count, void* transfer) {
  static_cast<Transfer*>(transfer)->answer.append(data, size * count);
  return size * count;
}

void CurlPosts::Turn() {
  std::array<epoll_event, 64> events{};
  const int n = epoll_wait(epoll_, events.data(), events.size(), static_cast<int>(timeout_));
  int running = 0;
  if (n == 0) curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
  for (int i = 0; i < n; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    const int what = (event.events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                     (event.events & EPOLLOUT ? CURL_CSELECT_OUT : 0);
    curl_multi_socket_action(multi_, event.data.fd, what, &running);
  }
}

int CurlPosts::Finished() {
  int finished = 0;
  int queued = 0;
  while (const CURLMsg* const message = curl_multi_info_read(multi_, &queued)) {
    CURL* const easy = message->easy_handle;
    const CURLcode result = message->data.result;
    long status = 0;
    Transfer* transfer = nullptr;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    if (result != CURLE_OK || status != 200 || transfer->answer.empty()) {
      std::cerr << "a post failed: " << curl_easy_strerror(result) << ", status " << status << "\n";
      std::abort();
    }
    curl_multi_remove_handle(multi_, easy);
    transfer->answer.clear();
    ++finished;
    if (left_-- > 0) curl_multi_add_handle(multi_, easy);
  }
  return finished;
}

void CurlPosts::Run(int posts) {
  left_ = posts;
  for (const auto& transfer : transfers_) {
    if (left_-- > 0) curl_multi_add_handle(multi_, transfer->easy);
  }
  for (int finished = 0; finished < posts; finished += Finished()) Turn();
}

}  // namespace tokenbroker
