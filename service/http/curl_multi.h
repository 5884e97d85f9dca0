// Drives curl's multi handle by the loop's sockets and timers.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <curl/curl.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

#include "http/curl_transfer.h"
#include "io/loop.h"

namespace tokenbroker {

// Ignores SIGPIPE in the whole process; every CurlMulti does it first. Any thread.
void InitialiseCurlOnce();

// Loop thread only. `loop` must outlive it. Going, it fails what is still under way; handlers that
// the loop still holds then find nothing to do.
class CurlMulti {
 public:
  explicit CurlMulti(Loop& loop);
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  // Takes part in owning `transfer` until it is done, whether or not anybody still waits for it.
  // REQUIRES: transfer->Prepare() was OK.
  void Start(std::shared_ptr<CurlTransfer> transfer);

  // Nothing is under way.
  bool idle() const { return transfers_.empty(); }
  // A request was sent and not answered in time. Over HTTP/2 curl keeps the connection and sends
  // every further request on it, though it may be dead: start them elsewhere.
  bool gone_silent() const { return gone_silent_; }

 private:
  // A socket of curl's that we watch for it; curl closes it, but through us where it is one of a
  // connection: that is watched from its first request to its end.
  struct Watch {
    explicit Watch(boost::asio::io_context& context) : descriptor(context) {}
    boost::asio::posix::stream_descriptor descriptor;
    enum class Of { kConnection, kResolver };
    Of of = Of::kConnection;
    // What curl wants to hear of: CURL_POLL_IN, CURL_POLL_OUT or both.
    int wanted = 0;
    bool waiting_to_read = false;
    bool waiting_to_write = false;
  };

  // What curl calls; none of them may call curl.
  static int OnSocket(CURL* easy, curl_socket_t socket, int what, void* self, void* socket_data);
  static int OnTimer(CURLM* multi, long timeout_ms, void* self);
  static int OnClose(void* self, curl_socket_t socket);

  void ActAtOnce();
  void SetTimer(std::chrono::milliseconds timeout);
  void ArmTimer();
  void OnTimerFired();
  void WatchSocket(curl_socket_t socket, int wanted);
  // curl waits for nothing there any more.
  void LeaveSocket(curl_socket_t socket);
  void ForgetSocket(curl_socket_t socket);
  void Await(const std::shared_ptr<Watch>& watch);
  void AwaitRead(const std::shared_ptr<Watch>& watch);
  void AwaitWrite(const std::shared_ptr<Watch>& watch);
  void OnReady(const std::weak_ptr<Watch>& weak, bool Watch::* waiting, int event);
  // Lets curl act, then collects what has ended.
  void Act(curl_socket_t socket, int events);
  void FinishDone();

  Loop& loop_;
  CURLM* const multi_;
  bool gone_silent_ = false;
  // Handlers hold it weakly, so that they know when we have gone.
  std::shared_ptr<boost::asio::steady_timer> timer_;
  using TimePoint = boost::asio::steady_timer::time_point;
  static constexpr TimePoint kNever = TimePoint::max();
  // When curl wants to act, and when the timer fires: no later, and mostly long before, since every
  // request that begins or ends puts off what curl waits for.
  TimePoint wanted_at_ = kNever;
  TimePoint fires_at_ = kNever;
  absl::flat_hash_map<curl_socket_t, std::shared_ptr<Watch>> watches_;
  absl::flat_hash_map<CURL*, std::shared_ptr<CurlTransfer>> transfers_;
};

}  // namespace tokenbroker
