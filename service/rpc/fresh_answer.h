// What GetFreshToken answers, and its bytes: the one answer that is given so often that it is
// written without a message being built first. Plain values; any thread.
#pragma once

#include <tokenbroker/v1/token_broker.pb.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "broker/fresh_token.h"
#include "rpc/call.h"
#include "rpc/proto_conversions.h"

namespace tokenbroker {

struct FreshAnswer {
  // Null while there is none.
  std::shared_ptr<const CachedToken> token;
  TokenSource source = TokenSource::kCache;
  Now now;
};

// A GetFreshTokenResponse with what SetAccessToken would set.
class FreshAnswerWriter {
 public:
  // `answer` has a token, and outlives the writer.
  explicit FreshAnswerWriter(const FreshAnswer& answer);

  size_t size() const { return size_; }
  // Writes size() bytes.
  void WriteTo(uint8_t* out) const;

 private:
  // As google.protobuf.Timestamp writes it.
  struct Moment {
    int field = 0;
    int64_t seconds = 0;
    int32_t nanos = 0;
    size_t size = 0;
  };

  void AddMoment(int field, absl::Time time);

  const CachedToken& token_;
  const int source_;
  Moment moments_[3];
  int moment_count_ = 0;
  size_t token_size_ = 0;
  size_t size_ = 0;
};

}  // namespace tokenbroker
