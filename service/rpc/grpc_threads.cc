#include "rpc/grpc_threads.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server_builder.h>

#include <future>
#include <iterator>
#include <utility>

namespace tokenbroker {

// The server's end of the stream.
class GrpcThreads::Listening : public grpc::ServerGenericBidiReactor {
 public:
  explicit Listening(GrpcThreads& threads) : threads_(threads) { StartRead(&message_); }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    StartRead(&message_);
    threads_.RunWaiting();
  }
  void OnDone() override { std::unique_ptr<Listening>(this).reset(); }

  GrpcThreads& threads_;
  grpc::ByteBuffer message_;
};

class GrpcThreads::Service : public grpc::CallbackGenericService {
 public:
  explicit Service(GrpcThreads& threads) : threads_(threads) {}

 private:
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
    return std::make_unique<Listening>(threads_).release();
  }

  GrpcThreads& threads_;
};

// The client's end.
class GrpcThreads::Bell : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit Bell(GrpcThreads& threads) : threads_(threads) {}
  void Start(grpc::GenericStub& stub, grpc::ClientContext* context) {
    stub.PrepareBidiStreamingCall(context, "/ring", {}, this);
    // Until Stop: messages are written from outside of its reactions.
    AddHold();
    StartCall();
  }
  void Stop() {
    RemoveHold();
    ended_.get_future().wait();
  }
  void Ring() {
    MutexLock lock(mutex_);
    if (std::exchange(ringing_, Ringing::kOnce) != Ringing::kNo) {
      ringing_ = Ringing::kAgain;
    } else {
      StartWrite(&message_);
    }
  }

 private:
  enum class Ringing { kNo, kOnce, kAgain };

  void OnWriteDone(bool ok) override {
    // Nobody listens any more; this is one of gRPC's threads, too.
    if (!ok) threads_.RunWaiting();
    MutexLock lock(mutex_);
    const bool again = std::exchange(ringing_, Ringing::kNo) == Ringing::kAgain;
    if (!again) return;
    ringing_ = Ringing::kOnce;
    StartWrite(&message_);
  }
  void OnDone(const grpc::Status&) override { ended_.set_value(); }

  GrpcThreads& threads_;
  Mutex mutex_;
  Ringing ringing_ TB_GUARDED_BY(mutex_) = Ringing::kNo;
  const grpc::Slice nothing_;
  const grpc::ByteBuffer message_{&nothing_, 1};
  std::promise<void> ended_;
};

GrpcThreads::GrpcThreads()
    : service_(std::make_unique<Service>(*this)), bell_(std::make_unique<Bell>(*this)) {
  grpc::ServerBuilder builder;
  builder.RegisterCallbackGenericService(service_.get());
  server_ = builder.BuildAndStart();
  stub_ = std::make_unique<grpc::GenericStub>(server_->InProcessChannel({}));
  bell_->Start(*stub_, &context_);
}

GrpcThreads::~GrpcThreads() {
  context_.TryCancel();
  bell_->Stop();
  server_->Shutdown();
  RunWaiting();
}

void GrpcThreads::Run(std::vector<Work> work) {
  bool rings = false;
  {
    MutexLock lock(mutex_);
    rings = waiting_.empty();
    std::move(work.begin(), work.end(), std::back_inserter(waiting_));
  }
  if (rings) bell_->Ring();
}

void GrpcThreads::RunWaiting() {
  std::vector<Work> work;
  {
    MutexLock lock(mutex_);
    work.swap(waiting_);
  }
  for (Work& piece : work) piece();
}

}  // namespace tokenbroker
