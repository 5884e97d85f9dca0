// What a sealed record is bound to: opened for another owner, another generation or as another kind
// of record, it fails. Any thread.
#pragma once

#include <absl/strings/string_view.h>

#include <cstdint>
#include <string>

namespace tokenbroker {

// Never the Redis key: a record must stay readable when its key's form changes.
struct RecordIdentity {
  // What kind of record and which version of its content: "grant/1".
  absl::string_view schema;
  absl::string_view tenant;
  absl::string_view provider;
  absl::string_view subject;
  // 0 for records that have none.
  int64_t generation = 0;
};

// The bytes of GCM's associated data: schema, tenant, provider and subject, each behind its length
// in 4 bytes, then the generation in 8; numbers big endian. No two identities have the same.
std::string AssociatedData(const RecordIdentity& identity);

}  // namespace tokenbroker
