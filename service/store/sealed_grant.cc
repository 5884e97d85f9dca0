#include "store/sealed_grant.h"

#include <tokenbroker/store/v1/record.pb.h>

#include "base/status_macros.h"
#include "crypto/associated_data.h"
#include "store/record_proto.h"

namespace tokenbroker {
namespace {

constexpr absl::string_view kSchema = "grant/1";

bool HasNewerFields(const google::protobuf::Message& message) {
  return !message.GetReflection()->GetUnknownFields(message).empty();
}

}  // namespace

std::string GrantAssociatedData(const GrantKey& key, int64_t generation) {
  return AssociatedData({kSchema, key.tenant, key.provider, key.subject, generation});
}

Secret SerializeSealedGrant(const Grant& grant, absl::string_view previous) {
  store::v1::SealedGrant message;
  if (!Parse(previous, &message).ok()) message.Clear();
  WipeSecrets(&message);
  PutSealed(grant, &message);
  Secret bytes = Serialize(message);
  WipeSecrets(&message);
  return bytes;
}

absl::StatusOr<NewerFields> ParseSealedGrant(absl::string_view bytes, Grant* grant) {
  store::v1::SealedGrant message;
  TB_RETURN_IF_ERROR(Parse(bytes, &message));
  TakeSealed(&message, grant);
  const bool some = HasNewerFields(message) || HasNewerFields(message.account());
  return some ? NewerFields::kSome : NewerFields::kNone;
}

}  // namespace tokenbroker
