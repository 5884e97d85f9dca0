#include "tests/bench/call_load.h"

#include <absl/strings/str_cat.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <optional>

namespace tokenbroker {

std::string LoadShape::Name() const { return absl::StrCat(connections, "x", streams); }

struct CallLoad::Slot {
  grpc::GenericStub* stub = nullptr;
  std::optional<grpc::ClientContext> context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  grpc::ByteBuffer answer;
  grpc::Status status;
  Clock::time_point begun;
};

CallLoad::CallLoad(const std::string& address,
                   const std::shared_ptr<grpc::ChannelCredentials>& credentials, LoadShape shape,
                   std::vector<std::string> requests, size_t least_bytes, Failures failures)
    : requests_(std::move(requests)), least_bytes_(least_bytes), failures_(failures) {
  grpc::ChannelArguments own_connection;
  own_connection.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  for (int i = 0; i < shape.connections; ++i) {
    stubs_.push_back(std::make_unique<grpc::GenericStub>(
        grpc::CreateCustomChannel(address, credentials, own_connection)));
    for (int j = 0; j < shape.streams; ++j) {
      slots_.push_back(std::make_unique<Slot>());
      slots_.back()->stub = stubs_.back().get();
    }
  }
}

CallLoad::~CallLoad() { queue_.Shutdown(); }

void CallLoad::Begin(Slot* slot) {
  const std::string& request = requests_[next_request_++ % requests_.size()];
  const grpc::Slice slice(request);
  const grpc::ByteBuffer bytes(&slice, 1);
  slot->context.emplace();
  slot->begun = Clock::now();
  slot->reader = slot->stub->PrepareUnaryCall(&*slot->context, kGetFreshTokenPath, bytes, &queue_);
  slot->reader->StartCall();
  slot->reader->Finish(&slot->answer, &slot->status, slot);
}

void CallLoad::Check(const Slot& slot) {
  if (slot.status.ok() && slot.answer.Length() >= least_bytes_) return;
  ++failed_;
  if (failures_ == Failures::kCounted) return;
  std::cerr << "a call failed: " << slot.status.error_code() << " " << slot.status.error_message()
            << ", " << slot.answer.Length() << " bytes\n";
  std::abort();
}

LoadResult CallLoad::Run(const std::function<bool()>& goes_on) {
  std::vector<double> times;
  failed_ = 0;
  const Clock::time_point start = Clock::now();
  size_t under_way = 0;
  for (const auto& slot : slots_) {
    if (!goes_on()) break;
    Begin(slot.get());
    ++under_way;
  }
  while (under_way > 0) {
    void* tag = nullptr;
    bool ok = false;
    if (!queue_.Next(&tag, &ok)) std::abort();
    Slot* const slot = static_cast<Slot*>(tag);
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - slot->begun).count());
    Check(*slot);
    last_ = slot;
    if (goes_on()) {
      Begin(slot);
    } else {
      --under_way;
    }
  }
  const std::chrono::duration<double> time = Clock::now() - start;
  std::sort(times.begin(), times.end());
  const auto at = [&times](size_t percent) { return times[(times.size() - 1) * percent / 100]; };
  return {static_cast<double>(times.size()), time.count(), at(50), at(99), failed_};
}

LoadResult CallLoad::RunFor(std::chrono::milliseconds time) {
  const Clock::time_point end = Clock::now() + time;
  return Run([end] { return Clock::now() < end; });
}

LoadResult CallLoad::RunCalls(int64_t calls) {
  return Run([&calls] { return calls-- > 0; });
}

std::string CallLoad::LastAnswer() const {
  grpc::ByteBuffer answer = last_->answer;
  grpc::Slice slice;
  if (!answer.DumpToSingleSlice(&slice).ok()) std::abort();
  return std::string(reinterpret_cast<const char*>(slice.begin()), slice.size());
}

}  // namespace tokenbroker
