#include "store/grant_fields.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include <utility>

#include "base/status_macros.h"
#include "store/sealed_grant.h"

namespace tokenbroker {
namespace {

constexpr GrantState kStates[] = {GrantState::kActive, GrantState::kReauthorizationRequired,
                                  GrantState::kRevoked, GrantState::kDeleted};
constexpr StateReason kReasons[] = {StateReason::kNone,
                                    StateReason::kRevoked,
                                    StateReason::kRotationLost,
                                    StateReason::kNoRefreshToken,
                                    StateReason::kIdentityChanged,
                                    StateReason::kClientChanged,
                                    StateReason::kProviderSaysDead};
constexpr ErrorClass kClasses[] = {ErrorClass::kGrantDead, ErrorClass::kOurConfiguration,
                                   ErrorClass::kProviderTrouble, ErrorClass::kQuota,
                                   ErrorClass::kRotationUnknown};

// The value of that name; the first when none has it.
template <typename T, size_t n>
T FromName(const T (&values)[n], absl::string_view (*name_of)(T), absl::string_view name) {
  for (const T value : values) {
    if (name_of(value) == name) return value;
  }
  return values[0];
}

// A state that only a newer version knows is nothing to refresh by.
GrantState StateFromName(absl::string_view name) {
  const GrantState found = FromName(kStates, GrantStateName, name);
  return GrantStateName(found) == name ? found : GrantState::kReauthorizationRequired;
}

void Add(absl::string_view field, std::string value, FieldChanges* changes) {
  changes->emplace_back(field);
  changes->push_back(std::move(value));
}

std::string NumberText(int64_t number) { return number == 0 ? "" : absl::StrCat(number); }

std::vector<std::string> SplitScopes(absl::string_view text) {
  return absl::StrSplit(text, ' ', absl::SkipEmpty());
}

void AddPlain(const Grant& grant, FieldChanges* changes) {
  Add("state", std::string(GrantStateName(grant.state)), changes);
  Add("state_reason", std::string(StateReasonName(grant.state_reason)), changes);
  Add("expires_at", MillisText(grant.expires_at), changes);
  Add("refresh_at", MillisText(grant.refresh_at), changes);
  Add("reauthorize_at", MillisText(grant.reauthorize_at), changes);
  Add("last_error", grant.last_error, changes);
  Add("refreshable", grant.refreshable() ? "1" : "", changes);
  Add("scopes", absl::StrJoin(grant.scopes, " "), changes);
}

}  // namespace

absl::string_view GrantStateName(GrantState state) {
  switch (state) {
    case GrantState::kActive:
      return "active";
    case GrantState::kReauthorizationRequired:
      return "reauthorization_required";
    case GrantState::kRevoked:
      return "revoked";
    case GrantState::kDeleted:
      return "deleted";
  }
  return "";
}

ErrorClass ErrorClassFromName(absl::string_view name) {
  const ErrorClass found = FromName(kClasses, ErrorClassName, name);
  return ErrorClassName(found) == name ? found : ErrorClass::kNone;
}

absl::Status GrantSealer::AddSealed(const Grant& grant, int64_t generation,
                                    absl::string_view previous, FieldChanges* changes) const {
  const Secret plain = SerializeSealedGrant(grant, previous);
  auto sealed =
      sealer_.Seal(plain.Expose(), GrantAssociatedData(grant.key, generation), clock_.TimeNow());
  if (!sealed.ok()) return sealed.status();
  Add("sealed", std::move(sealed->bytes), changes);
  Add("key_id", std::move(sealed->key_id), changes);
  return absl::OkStatus();
}

absl::StatusOr<FieldChanges> GrantSealer::Refreshed(const Grant& grant, int64_t generation,
                                                    const Secret& previous) const {
  FieldChanges changes;
  TB_RETURN_IF_ERROR(AddSealed(grant, generation, previous.Expose(), &changes));
  AddPlain(grant, &changes);
  return changes;
}

absl::StatusOr<FieldChanges> GrantSealer::Sealed(const Grant& grant, int64_t generation) const {
  FieldChanges changes;
  TB_RETURN_IF_ERROR(AddSealed(grant, generation, {}, &changes));
  return changes;
}

absl::StatusOr<FieldChanges> GrantSealer::Whole(const Grant& grant, int64_t generation) const {
  FieldChanges changes;
  TB_RETURN_IF_ERROR(AddSealed(grant, generation, {}, &changes));
  AddPlain(grant, &changes);
  Add("login_gen", NumberText(grant.login_generation), &changes);
  Add("rt_gen", NumberText(grant.refresh_token_generation), &changes);
  Add("authorized_at", MillisText(grant.authorized_at), &changes);
  Add("created_at", MillisText(grant.created_at), &changes);
  Add("last_used_at", MillisText(grant.last_used_at), &changes);
  Add("last_refresh_at", MillisText(grant.last_refresh_at), &changes);
  Add("owner", grant.owner, &changes);
  return changes;
}

int64_t GrantSealer::SealedFor(const RecordFields& record) {
  // Nothing but a revoked grant may carry an older one: else whoever can write to Redis could put
  // an older token under a newer generation.
  const bool revoked = record.Text("state") == GrantStateName(GrantState::kRevoked);
  return revoked && record.Has("sealed_gen") ? record.Number("sealed_gen") : record.Number("gen");
}

Grant GrantSealer::Plain(const GrantKey& key, const RecordFields& record) {
  Grant grant;
  grant.key = key;
  grant.generation = record.Number("gen");
  grant.login_generation = record.Number("login_gen");
  grant.refresh_token_generation = record.Number("rt_gen");
  grant.state = StateFromName(record.Text("state"));
  grant.state_reason = FromName(kReasons, StateReasonName, record.Text("state_reason"));
  grant.expires_at = record.Time("expires_at");
  grant.refresh_at = record.Time("refresh_at");
  grant.reauthorize_at = record.Time("reauthorize_at");
  grant.last_refresh_at = record.Time("last_refresh_at");
  grant.authorized_at = record.TimeOrEpoch("authorized_at");
  grant.created_at = record.TimeOrEpoch("created_at");
  grant.last_used_at = record.TimeOrEpoch("last_used_at");
  grant.last_error = std::string(record.Text("last_error"));
  grant.scopes = SplitScopes(record.Text("scopes"));
  grant.owner = std::string(record.Text("owner"));
  return grant;
}

absl::StatusOr<OpenedGrant> GrantSealer::Open(const GrantKey& key,
                                              const RecordFields& record) const {
  OpenedGrant opened;
  opened.grant = Plain(key, record);
  if (!record.Has("sealed")) return opened;  // A tombstone.
  const int64_t sealed_for = SealedFor(record);
  TB_ASSIGN_OR_RETURN(Secret sealed,
                      sealer_.Open(record.Text("sealed"), GrantAssociatedData(key, sealed_for)));
  TB_ASSIGN_OR_RETURN(const NewerFields newer, ParseSealedGrant(sealed.Expose(), &opened.grant));
  if (newer == NewerFields::kSome) opened.sealed = std::move(sealed);
  return opened;
}

absl::StatusOr<std::string> GrantSealer::SealBytes(const Secret& plain,
                                                   absl::string_view associated_data) const {
  TB_ASSIGN_OR_RETURN(SealedRecord sealed,
                      sealer_.Seal(plain.Expose(), associated_data, clock_.TimeNow()));
  return std::move(sealed.bytes);
}

absl::StatusOr<Secret> GrantSealer::OpenBytes(absl::string_view sealed,
                                              absl::string_view associated_data) const {
  return sealer_.Open(sealed, associated_data);
}

std::string GrantSealer::WriteKeyId() const {
  return keyring_.Current()->WriteKey(clock_.TimeNow()).id;
}

std::string GrantSealer::ReadableIds() const {
  return absl::StrCat(",", absl::StrJoin(keyring_.Current()->ReadableIds(), ","), ",");
}

}  // namespace tokenbroker
