// A broker on a port of its own whose answers the test sets: real gRPC, no rules.
#pragma once

#include <absl/strings/str_cat.h>
#include <google/protobuf/util/time_util.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <tokenbroker/v1/token_broker.grpc.pb.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tokenbroker::client {

// Any thread.
class FakeBroker : public v1::TokenBrokerService::Service {
 public:
  explicit FakeBroker(const std::shared_ptr<grpc::ServerCredentials>& credentials =
                          grpc::InsecureServerCredentials(),
                      const std::string& listen = "127.0.0.1:0") {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(listen, credentials, &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    address_ = listen.rfind("unix:", 0) == 0 ? listen : absl::StrCat("127.0.0.1:", port);
  }
  ~FakeBroker() override { Stop(); }
  void Stop() {
    EndWatches(grpc::Status::CANCELLED);
    Release();
    server_->Shutdown(std::chrono::system_clock::now());
  }

  const std::string& address() const { return address_; }

  static v1::AccessToken Token(int64_t generation) {
    v1::AccessToken token;
    token.set_access_token(absl::StrCat("token-", generation));
    token.set_token_type("Bearer");
    token.set_generation(generation);
    *token.mutable_expire_time() = google::protobuf::util::TimeUtil::GetCurrentTime() +
                                   google::protobuf::util::TimeUtil::SecondsToDuration(3600);
    return token;
  }

  // What GetFreshToken answers from now on.
  void SetAnswer(grpc::Status status, const v1::AccessToken& token = {}) {
    const std::lock_guard<std::mutex> lock(mutex_);
    answer_ = std::move(status);
    token_ = token;
  }
  // Calls of GetFreshToken wait until Release.
  void Hold() { SetHeld(true); }
  void Release() { SetHeld(false); }
  // WatchToken answers UNIMPLEMENTED.
  void HaveNoStreams() {
    const std::lock_guard<std::mutex> lock(mutex_);
    has_streams_ = false;
  }
  // To every stream that is open.
  void Say(const v1::AccessToken& token) {
    v1::WatchTokenResponse message;
    *message.mutable_token() = token;
    Say(message);
  }
  void Say(const v1::WatchTokenResponse& message) {
    const std::lock_guard<std::mutex> lock(mutex_);
    said_.push_back(message);
    changed_.notify_all();
  }
  // Ends every stream that is open; later ones begin with nothing said.
  void EndWatches(const grpc::Status& status) {
    std::unique_lock<std::mutex> lock(mutex_);
    said_.clear();
    ends_with_ = status;
    ++ends_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_ == 0; });
  }

  // Each blocks until there were as many.
  v1::GetFreshTokenRequest NthFetch(size_t n) { return Nth(fetches_, n); }
  v1::WatchTokenRequest NthWatch(size_t n) { return Nth(watches_, n); }
  size_t fetch_count() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return fetches_.size();
  }
  // Blocks until no stream is open.
  void AwaitNoWatch() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return open_ == 0; });
  }
  // Of the last call; empty when it had none.
  std::string authorization() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return authorization_;
  }
  std::vector<std::string> peer_names() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return peer_names_;
  }

  grpc::Status GetFreshToken(grpc::ServerContext* context, const v1::GetFreshTokenRequest* request,
                             v1::GetFreshTokenResponse* response) override {
    std::unique_lock<std::mutex> lock(mutex_);
    fetches_.push_back(*request);
    Remember(*context);
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    *response->mutable_token() = token_;
    return answer_;
  }

  grpc::Status WatchToken(grpc::ServerContext* context, const v1::WatchTokenRequest* request,
                          grpc::ServerWriter<v1::WatchTokenResponse>* writer) override {
    std::unique_lock<std::mutex> lock(mutex_);
    watches_.push_back(*request);
    changed_.notify_all();
    if (!has_streams_) return grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "not yet");
    ++open_;
    const size_t ends = ends_;
    size_t told = 0;
    while (ends_ == ends && !context->IsCancelled()) {
      while (ends_ == ends && told < said_.size()) writer->Write(said_[told++]);
      // A caller that goes wakes nobody here.
      changed_.wait_for(lock, std::chrono::milliseconds(10));
    }
    --open_;
    changed_.notify_all();
    return ends_with_;
  }

 private:
  void SetHeld(bool held) {
    const std::lock_guard<std::mutex> lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  void Remember(const grpc::ServerContext& context) {
    peer_names_.clear();
    for (const grpc::string_ref& name : context.auth_context()->GetPeerIdentity()) {
      peer_names_.emplace_back(name.data(), name.size());
    }
    const auto header = context.client_metadata().find("authorization");
    authorization_ = header == context.client_metadata().end()
                         ? ""
                         : std::string(header->second.data(), header->second.size());
  }
  template <typename Request>
  Request Nth(std::vector<Request>& list, size_t n) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return list.size() >= n; });
    return list[n - 1];
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  grpc::Status answer_ = grpc::Status(grpc::StatusCode::UNAVAILABLE, "no answer was set");
  v1::AccessToken token_;
  bool held_ = false;
  bool has_streams_ = true;
  std::deque<v1::WatchTokenResponse> said_;
  size_t ends_ = 0;
  grpc::Status ends_with_;
  int open_ = 0;
  std::vector<v1::GetFreshTokenRequest> fetches_;
  std::vector<v1::WatchTokenRequest> watches_;
  std::string authorization_;
  std::vector<std::string> peer_names_;
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace tokenbroker::client
