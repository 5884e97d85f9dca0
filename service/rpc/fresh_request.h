// What GetFreshToken is asked: the one request that comes so often that it is read without a
// message being built, when it names a grant and asks for nothing else. A plain value; any thread.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/types/optional.h>
#include <tokenbroker/v1/token_broker.pb.h>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace tokenbroker {

class FreshRequest {
 public:
  FreshRequest() = default;
  explicit FreshRequest(v1::GetFreshTokenRequest message) : message_(std::move(message)) {}

  // As a message's: false when the bytes are no GetFreshTokenRequest, or its text is not UTF-8.
  // Keeps nothing of `bytes`. Once.
  bool ParseFromArray(const void* bytes, int size);

  absl::string_view tenant() const { return message_ ? message_->tenant() : View(tenant_); }
  absl::string_view provider() const { return message_ ? message_->provider() : View(provider_); }
  absl::string_view subject() const { return message_ ? message_->subject() : View(subject_); }
  // With what it asks for besides: min_ttl, required_scopes, rejected_generation.
  const v1::GetFreshTokenRequest& wishes() const {
    return message_ ? *message_ : v1::GetFreshTokenRequest::default_instance();
  }

 private:
  struct Name {
    uint8_t begin = 0;
    uint8_t size = 0;
  };
  static constexpr size_t kRoom = UINT8_MAX;

  absl::string_view View(Name name) const { return {room_ + name.begin, name.size}; }
  // Whether the bytes are names and nothing else, of printable ASCII; else there is more to read.
  bool ReadNames();

  // The request's bytes, where it is small.
  char room_[kRoom];
  uint8_t size_ = 0;
  Name tenant_;
  Name provider_;
  Name subject_;
  // Where there is more in it than names.
  absl::optional<v1::GetFreshTokenRequest> message_;
};

}  // namespace tokenbroker
