// What a record, or a file of the spill, holds once it is opened: another version may have written
// it. What is read is written again as it was read. The first byte chooses the kind.
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "store/sealed_grant.h"
#include "store/sealed_login.h"
#include "store/sealed_spill.h"

namespace tokenbroker {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

absl::StatusOr<Grant> ParseGrant(absl::string_view bytes) {
  Grant grant;
  const absl::Status status = ParseSealedGrant(bytes, &grant).status();
  if (!status.ok()) return status;
  return grant;
}

Secret SerializeGrant(const Grant& grant) { return SerializeSealedGrant(grant); }

// A map's entries are written in any order.
std::string Sorted(const Secret& bytes) {
  std::string text(bytes.Expose());
  std::sort(text.begin(), text.end());
  return text;
}

template <typename Parse, typename Serialize>
void Check(absl::string_view bytes, Parse parse, Serialize serialize) {
  const auto value = parse(bytes);
  if (!value.ok()) {
    return Require(absl::IsDataLoss(value.status()) || absl::IsUnimplemented(value.status()));
  }
  const Secret written = serialize(*value);
  const auto again = parse(written.Expose());
  Require(again.ok() && Sorted(serialize(*again)) == Sorted(written));
}

void Check(uint8_t kind, absl::string_view bytes) {
  switch (kind % 5) {
    case 0:
      return Check(bytes, ParseGrant, SerializeGrant);
    case 1:
      return Check(bytes, ParseLogin, SerializeLogin);
    case 2:
      return Check(bytes, ParseOutcome, SerializeOutcome);
    case 3:
      return Check(bytes, ParseSpilledCommit, SerializeSpilledCommit);
    default:
      return Check(bytes, ParseSpilledExchange, SerializeSpilledExchange);
  }
}

}  // namespace
}  // namespace tokenbroker

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  tokenbroker::Check(data[0], absl::string_view(reinterpret_cast<const char*>(data) + 1, size - 1));
  return 0;
}
