#include "http/curl_multi.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "base/log.h"

namespace tokenbroker {

namespace asio = boost::asio;

namespace {

// curl's default shrinks with the number of requests under way, and with it the reuse.
constexpr long kIdleConnections = 128;

// Of something that must work, or nothing will.
void Require(bool condition) {
  if (condition) return;
  Log(LogLevel::kError, "curl_does_not_start");
  std::abort();
}

// OpenSSL writes to its sockets without MSG_NOSIGNAL, so a TLS connection that the peer closed
// would end the process. curl's own guard swaps the disposition around each call, which is not
// thread-safe; a server never wants the signal.
CURLcode Initialise() {
  Require(std::signal(SIGPIPE, SIG_IGN) != SIG_ERR);
  return curl_global_init(CURL_GLOBAL_DEFAULT);
}

// What its resolver wakes us by is a unix socket.
bool IsOfConnection(curl_socket_t socket) {
  int domain = AF_UNSPEC;
  socklen_t size = sizeof(domain);
  return getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain != AF_UNIX;
}

// What the peer has not acknowledged is not sent any more once the socket is closed: of a request
// that was given up, it would present a token when somebody else may be presenting it (ADR 39).
void DiscardUnacknowledged(curl_socket_t socket) {
  int bytes = 0;
  if (ioctl(socket, SIOCOUTQ, &bytes) != 0 || bytes == 0) return;
  constexpr linger kReset = {.l_onoff = 1, .l_linger = 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &kReset, sizeof(kReset));
}

CURLM* MakeMulti() {
  InitialiseCurlOnce();
  CURLM* multi = curl_multi_init();
  Require(multi != nullptr);
  return multi;
}

}  // namespace

void InitialiseCurlOnce() {
  static const CURLcode initialised = Initialise();
  Require(initialised == CURLE_OK);
}

CurlMulti::CurlMulti(Loop& loop)
    : loop_(loop),
      multi_(MakeMulti()),
      timer_(std::make_shared<asio::steady_timer>(loop.context())) {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::OnSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::OnTimer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kIdleConnections);
}

CurlMulti::~CurlMulti() {
  for (auto& [easy, transfer] : std::exchange(transfers_, {})) {
    curl_multi_remove_handle(multi_, easy);
    transfer->Fail(absl::UnavailableError("the http client was shut down"));
  }
  while (!watches_.empty()) ForgetSocket(watches_.begin()->first);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, nullptr);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, nullptr);
  curl_multi_cleanup(multi_);
}

void CurlMulti::Start(std::shared_ptr<CurlTransfer> transfer) {
  CURL* const easy = transfer->easy();
  transfer->MarkStarted(loop_.clock().SteadyNow());
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &CurlMulti::OnClose);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
  // curl asks for a timer of 0 ms and begins when that fires.
  if (const CURLMcode code = curl_multi_add_handle(multi_, easy); code != CURLM_OK) {
    transfer->Fail(absl::UnavailableError(curl_multi_strerror(code)));
    return;
  }
  transfers_.emplace(easy, std::move(transfer));
}

int CurlMulti::OnSocket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  auto& multi = *static_cast<CurlMulti*>(self);
  if (what == CURL_POLL_REMOVE) {
    multi.LeaveSocket(socket);
  } else {
    multi.WatchSocket(socket, what);
  }
  return 0;
}

int CurlMulti::OnClose(void* self, curl_socket_t socket) {
  static_cast<CurlMulti*>(self)->ForgetSocket(socket);
  DiscardUnacknowledged(socket);
  return close(socket);
}

int CurlMulti::OnTimer(CURLM*, long timeout_ms, void* self) {
  auto& multi = *static_cast<CurlMulti*>(self);
  if (timeout_ms < 0) {
    multi.wanted_at_ = kNever;
  } else if (timeout_ms == 0) {
    multi.ActAtOnce();
  } else {
    multi.SetTimer(std::chrono::milliseconds(timeout_ms));
  }
  return 0;
}

// As soon as nothing of curl is on the stack.
void CurlMulti::ActAtOnce() {
  wanted_at_ = kNever;
  loop_.Post([this, alive = std::weak_ptr<asio::steady_timer>(timer_)] {
    if (!alive.expired()) Act(CURL_SOCKET_TIMEOUT, 0);
  });
}

void CurlMulti::SetTimer(std::chrono::milliseconds timeout) {
  wanted_at_ = TimePoint::clock::now() + timeout;
  if (wanted_at_ < fires_at_) ArmTimer();
}

void CurlMulti::ArmTimer() {
  fires_at_ = wanted_at_;
  timer_->expires_at(fires_at_);
  timer_->async_wait(
      [this, alive = std::weak_ptr<asio::steady_timer>(timer_)](boost::system::error_code error) {
        if (!error && !alive.expired()) OnTimerFired();
      });
}

void CurlMulti::OnTimerFired() {
  fires_at_ = kNever;
  if (wanted_at_ == kNever) return;
  if (TimePoint::clock::now() < wanted_at_) return ArmTimer();
  wanted_at_ = kNever;
  Act(CURL_SOCKET_TIMEOUT, 0);
}

void CurlMulti::WatchSocket(curl_socket_t socket, int wanted) {
  std::shared_ptr<Watch>& watch = watches_[socket];
  if (watch == nullptr) {
    watch = std::make_shared<Watch>(loop_.context());
    boost::system::error_code error;
    if (watch->descriptor.assign(socket, error)) {
      // Unwatched: the requests on it end at their deadline.
      Log(LogLevel::kError, "socket_not_watched", {{"error", error.message()}});
      watches_.erase(socket);
      return;
    }
    watch->of = IsOfConnection(socket) ? Watch::Of::kConnection : Watch::Of::kResolver;
  }
  watch->wanted = wanted;
  Await(watch);
}

void CurlMulti::LeaveSocket(curl_socket_t socket) {
  const auto it = watches_.find(socket);
  if (it == watches_.end()) return;
  it->second->wanted = 0;
  // That is closed without a word.
  if (it->second->of == Watch::Of::kResolver) ForgetSocket(socket);
}

// curl closes the socket next, so it must be ours no more, even while OnReady still holds the
// watch.
void CurlMulti::ForgetSocket(curl_socket_t socket) {
  const auto it = watches_.find(socket);
  if (it == watches_.end()) return;
  it->second->descriptor.release();
  watches_.erase(it);
}

void CurlMulti::Await(const std::shared_ptr<Watch>& watch) {
  if ((watch->wanted & CURL_POLL_IN) != 0 && !watch->waiting_to_read) AwaitRead(watch);
  if ((watch->wanted & CURL_POLL_OUT) != 0 && !watch->waiting_to_write) AwaitWrite(watch);
}

void CurlMulti::AwaitRead(const std::shared_ptr<Watch>& watch) {
  watch->waiting_to_read = true;
  watch->descriptor.async_wait(
      asio::posix::stream_descriptor::wait_read,
      [this, weak = std::weak_ptr<Watch>(watch)](boost::system::error_code error) {
        OnReady(weak, &Watch::waiting_to_read, error ? CURL_CSELECT_ERR : CURL_CSELECT_IN);
      });
}

void CurlMulti::AwaitWrite(const std::shared_ptr<Watch>& watch) {
  watch->waiting_to_write = true;
  watch->descriptor.async_wait(
      asio::posix::stream_descriptor::wait_write,
      [this, weak = std::weak_ptr<Watch>(watch)](boost::system::error_code error) {
        OnReady(weak, &Watch::waiting_to_write, error ? CURL_CSELECT_ERR : CURL_CSELECT_OUT);
      });
}

void CurlMulti::OnReady(const std::weak_ptr<Watch>& weak, bool Watch::* waiting, int event) {
  // Gone: curl is done with the socket, and perhaps we are gone, too.
  const std::shared_ptr<Watch> watch = weak.lock();
  if (watch == nullptr) return;
  (*watch).*waiting = false;
  const int poll = event == CURL_CSELECT_IN ? CURL_POLL_IN : CURL_POLL_OUT;
  if (event != CURL_CSELECT_ERR && (watch->wanted & poll) == 0) return;
  const curl_socket_t socket = watch->descriptor.native_handle();
  Act(socket, event);
  const auto it = watches_.find(socket);
  if (it != watches_.end() && it->second == watch) Await(watch);
}

void CurlMulti::Act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, events, &running);
  FinishDone();
}

void CurlMulti::FinishDone() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;
    curl_multi_remove_handle(multi_, easy);
    const auto node = transfers_.extract(easy);
    if (!node) continue;
    node.mapped()->Finish(code);
    gone_silent_ = gone_silent_ || node.mapped()->unanswered();
  }
}

}  // namespace tokenbroker
