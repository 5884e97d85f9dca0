#include "rpc/fresh_answer.h"

#include <absl/strings/string_view.h>
#include <google/protobuf/io/coded_stream.h>
#include <time.h>

namespace tokenbroker {
namespace {

using google::protobuf::Timestamp;
using google::protobuf::io::CodedOutputStream;

// The wire types of the encoding; every field number here is below 16, so that a tag is one byte.
constexpr uint32_t kVarint = 0;
constexpr uint32_t kBytes = 2;
constexpr size_t kTagSize = 1;

// Of a map's entry.
constexpr int kKeyField = 1;
constexpr int kValueField = 2;

size_t SizeOfBytes(size_t size) {
  return kTagSize + CodedOutputStream::VarintSize32(static_cast<uint32_t>(size)) + size;
}

// A field that has its default is not written.
size_t SizeOfText(size_t size) { return size == 0 ? 0 : SizeOfBytes(size); }

size_t SizeOfNumber(uint64_t value) {
  return value == 0 ? 0 : kTagSize + CodedOutputStream::VarintSize64(value);
}

size_t SizeOfEntry(absl::string_view key, absl::string_view value) {
  return SizeOfBytes(key.size()) + SizeOfBytes(value.size());
}

uint8_t* BeginBytes(int field, size_t size, uint8_t* out) {
  out = CodedOutputStream::WriteTagToArray(static_cast<uint32_t>(field) << 3 | kBytes, out);
  return CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(size), out);
}

uint8_t* WriteBytes(int field, absl::string_view bytes, uint8_t* out) {
  out = BeginBytes(field, bytes.size(), out);
  return CodedOutputStream::WriteRawToArray(bytes.data(), static_cast<int>(bytes.size()), out);
}

uint8_t* WriteText(int field, absl::string_view text, uint8_t* out) {
  return text.empty() ? out : WriteBytes(field, text, out);
}

uint8_t* WriteNumber(int field, uint64_t value, uint8_t* out) {
  if (value == 0) return out;
  out = CodedOutputStream::WriteTagToArray(static_cast<uint32_t>(field) << 3 | kVarint, out);
  return CodedOutputStream::WriteVarint64ToArray(value, out);
}

}  // namespace

FreshAnswerWriter::FreshAnswerWriter(const FreshAnswer& answer)
    : token_(*answer.token), source_(ToProto(answer.source)) {
  const TokenTimes times = TimesOf(token_, answer.now);
  if (times.expire) AddMoment(v1::AccessToken::kExpireTimeFieldNumber, *times.expire);
  if (times.refresh) AddMoment(v1::AccessToken::kRefreshTimeFieldNumber, *times.refresh);
  if (times.reauthorize)
    AddMoment(v1::AccessToken::kReauthorizeTimeFieldNumber, *times.reauthorize);

  token_size_ += SizeOfText(token_.access_token.Expose().size());
  token_size_ += SizeOfText(token_.traits->token_type.size());
  for (const std::string& scope : token_.traits->scopes) token_size_ += SizeOfBytes(scope.size());
  token_size_ += SizeOfNumber(static_cast<uint64_t>(token_.generation));
  for (const auto& [name, value] : token_.traits->attributes) {
    token_size_ += SizeOfBytes(SizeOfEntry(name, value));
  }
  size_ = SizeOfBytes(token_size_) + SizeOfNumber(static_cast<uint64_t>(source_));
}

void FreshAnswerWriter::AddMoment(int field, absl::Time time) {
  Moment& moment = moments_[moment_count_++];
  moment.field = field;
  const timespec unix_time = absl::ToTimespec(time);
  moment.seconds = unix_time.tv_sec;
  moment.nanos = static_cast<int32_t>(unix_time.tv_nsec);
  moment.size = SizeOfNumber(static_cast<uint64_t>(moment.seconds)) +
                SizeOfNumber(static_cast<uint64_t>(moment.nanos));
  token_size_ += SizeOfBytes(moment.size);
}

void FreshAnswerWriter::WriteTo(uint8_t* out) const {
  using Token = v1::AccessToken;
  const TokenTraits& traits = *token_.traits;
  out = BeginBytes(v1::GetFreshTokenResponse::kTokenFieldNumber, token_size_, out);
  out = WriteText(Token::kAccessTokenFieldNumber, token_.access_token.Expose(), out);
  out = WriteText(Token::kTokenTypeFieldNumber, traits.token_type, out);
  for (const std::string& scope : traits.scopes) {
    out = WriteBytes(Token::kScopesFieldNumber, scope, out);
  }
  out = WriteNumber(Token::kGenerationFieldNumber, static_cast<uint64_t>(token_.generation), out);
  for (int i = 0; i < moment_count_; ++i) {
    const Moment& moment = moments_[i];
    out = BeginBytes(moment.field, moment.size, out);
    out = WriteNumber(Timestamp::kSecondsFieldNumber, static_cast<uint64_t>(moment.seconds), out);
    out = WriteNumber(Timestamp::kNanosFieldNumber, static_cast<uint64_t>(moment.nanos), out);
  }
  for (const auto& [name, value] : traits.attributes) {
    out = BeginBytes(Token::kAttributesFieldNumber, SizeOfEntry(name, value), out);
    out = WriteBytes(kKeyField, name, out);
    out = WriteBytes(kValueField, value, out);
  }
  WriteNumber(v1::GetFreshTokenResponse::kSourceFieldNumber, static_cast<uint64_t>(source_), out);
}

}  // namespace tokenbroker
