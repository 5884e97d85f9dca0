#include "store/sealed_login.h"

#include <tokenbroker/store/v1/record.pb.h>

#include "base/status_macros.h"
#include "crypto/associated_data.h"
#include "store/outcome_proto.h"
#include "store/record_proto.h"
#include "store/record_time.h"

namespace tokenbroker {
namespace {

namespace pb = store::v1;

constexpr absl::string_view kLoginSchema = "login/1";
constexpr absl::string_view kOutcomeSchema = "outcome/1";

}  // namespace

std::string LoginAssociatedData(absl::string_view state_hash) {
  return AssociatedData({kLoginSchema, "", "", state_hash, 0});
}

std::string OutcomeAssociatedData(absl::string_view state_hash) {
  return AssociatedData({kOutcomeSchema, "", "", state_hash, 0});
}

Secret SerializeLogin(const Login& login) {
  pb::SealedLogin message;
  Put(login.key, message.mutable_key());
  message.set_caller(login.caller);
  message.set_client_id(login.client_id);
  message.set_redirect_uri(login.redirect_uri);
  PutTexts(login.scopes, message.mutable_scopes());
  message.set_code_verifier(std::string(login.code_verifier.Expose()));
  message.set_nonce(std::string(login.nonce.Expose()));
  message.set_issuer(login.issuer);
  message.set_allow_account_change(login.allow_account_change);
  message.set_caller_context(login.caller_context);
  message.set_created_at(ToRecordTime(login.created_at));
  Secret bytes = Serialize(message);
  TakeSecret(message.mutable_code_verifier());
  TakeSecret(message.mutable_nonce());
  return bytes;
}

absl::StatusOr<Login> ParseLogin(absl::string_view bytes) {
  pb::SealedLogin message;
  TB_RETURN_IF_ERROR(Parse(bytes, &message));
  Login login;
  login.key = Take(message.key());
  login.caller = message.caller();
  login.client_id = message.client_id();
  login.redirect_uri = message.redirect_uri();
  login.scopes = TakeTexts(message.scopes());
  login.code_verifier = TakeSecret(message.mutable_code_verifier());
  login.nonce = TakeSecret(message.mutable_nonce());
  login.issuer = message.issuer();
  login.allow_account_change = message.allow_account_change();
  login.caller_context = message.caller_context();
  login.created_at = FromRecordTime(message.created_at());
  return login;
}

Secret SerializeOutcome(const LoginOutcome& outcome) {
  pb::SealedOutcome message;
  Put(outcome, &message);
  return Serialize(message);
}

absl::StatusOr<LoginOutcome> ParseOutcome(absl::string_view bytes) {
  pb::SealedOutcome message;
  TB_RETURN_IF_ERROR(Parse(bytes, &message));
  LoginOutcome outcome;
  TB_RETURN_IF_ERROR(Take(message, &outcome));
  return outcome;
}

}  // namespace tokenbroker
