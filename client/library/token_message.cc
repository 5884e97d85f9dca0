#include "client/library/token_message.h"

#include <utility>

#include "client/library/wipe.h"

namespace tokenbroker::client {
namespace {

absl::Time ReadTime(bool known, const google::protobuf::Timestamp& time) {
  if (!known) return absl::InfiniteFuture();
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

}  // namespace

AccessTokenPtr ReadToken(v1::AccessToken& message) {
  AccessToken::Facts facts;
  facts.type = message.token_type();
  facts.expire_time = ReadTime(message.has_expire_time(), message.expire_time());
  facts.refresh_time = ReadTime(message.has_refresh_time(), message.refresh_time());
  facts.reauthorize_time = ReadTime(message.has_reauthorize_time(), message.reauthorize_time());
  facts.scopes.assign(message.scopes().begin(), message.scopes().end());
  facts.generation = message.generation();
  facts.attributes.insert(message.attributes().begin(), message.attributes().end());
  std::string& secret = *message.mutable_access_token();
  AccessTokenPtr token;
  if (!secret.empty() && facts.generation > 0) {
    token = std::make_shared<const AccessToken>(secret, std::move(facts));
  }
  Wipe(secret);
  return token;
}

}  // namespace tokenbroker::client
