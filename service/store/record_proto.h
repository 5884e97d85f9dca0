// The values of the store as the messages of tokenbroker.store.v1, and back. Pure functions; any
// thread.
//
// Put overwrites the fields that this build knows and leaves all others, so that a message that was
// parsed before keeps what a newer version wrote. Take moves secrets out of the message and leaves
// nothing of them behind. Its errors are UNIMPLEMENTED: a value that only a newer version knows.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>
#include <google/protobuf/message_lite.h>
#include <tokenbroker/store/v1/record.pb.h>

#include <string>
#include <vector>

#include "base/secret.h"
#include "token/grant.h"

namespace tokenbroker {

// The error for `what` ("the grant's state") whose value this build does not know.
absl::Status NewerVersion(absl::string_view what);

// `out` becomes empty, and its memory goes with the secret.
Secret TakeSecret(std::string* out);

void Put(const GrantKey& key, store::v1::GrantKey* out);
GrantKey Take(const store::v1::GrantKey& message);

// The sealed part only.
void PutSealed(const Grant& grant, store::v1::SealedGrant* out);
void WipeSecrets(store::v1::SealedGrant* message);
// Sets the sealed part of `grant` and leaves the rest.
void TakeSealed(store::v1::SealedGrant* message, Grant* grant);

void Put(const Grant& grant, store::v1::WholeGrant* out);
absl::Status Take(store::v1::WholeGrant* message, Grant* grant);

template <typename Repeated>
void PutTexts(const std::vector<std::string>& texts, Repeated* out) {
  out->Clear();
  for (const std::string& text : texts) out->Add()->assign(text);
}
template <typename Repeated>
std::vector<std::string> TakeTexts(const Repeated& texts) {
  return {texts.begin(), texts.end()};
}

// The message's bytes as a secret.
Secret Serialize(const google::protobuf::MessageLite& message);
// DATA_LOSS, without a word of the bytes, when they are no such message.
absl::Status Parse(absl::string_view bytes, google::protobuf::MessageLite* message);

}  // namespace tokenbroker
