#include "config/provider_rules.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/string_view.h>

#include <utility>

#include "config/client_rules.h"
#include "config/config_path.h"
#include "config/duration_field.h"
#include "config/network_rules.h"
#include "config/oauth_rules.h"
#include "config/refresh_rules.h"

namespace tokenbroker {
namespace {

namespace pb = config::v1;

constexpr size_t kMaxCaFileBytes = 4 * 1024 * 1024;

// One pass over one section; each method reads some of its keys.
class ProviderBuilder {
 public:
  ProviderBuilder(const ProviderSection& section, FileRecord& files, ConfigErrors& errors)
      : section_(section),
        in_(section.provider),
        path_(absl::StrCat("providers.", Printable(section.name))),
        files_(files),
        errors_(errors) {}

  std::shared_ptr<const ProviderConfig> Build() {
    out_.name = section_.name;
    if (!IsProviderName(section_.name)) {
      errors_.Add(path_,
                  "is not a provider's name; use at most 63 of a-z, 0-9, _ and -, beginning with a "
                  "letter or digit");
    }
    // Without its preset every other complaint would mislead.
    if (!FindPreset()) return nullptr;
    BuildClient({in_, path_, section_.folder}, files_, errors_, &out_);
    ReadEndpoints();
    ReadLogin();
    ReadAnswers();
    ReadTransport();
    out_.refresh = BuildRefresh(in_.refresh(), out_.request_timeout, At("refresh"), errors_);
    return std::make_shared<const ProviderConfig>(std::move(out_));
  }

 private:
  std::string At(absl::string_view key) const { return absl::StrCat(path_, ".", key); }
  void Refuse(absl::string_view key, absl::string_view text) { errors_.Add(At(key), text); }
  void Check(absl::string_view key, const absl::Status& status) {
    if (!status.ok()) Refuse(key, status.message());
  }
  std::string FilePath(const std::string& path) const { return ResolvePath(section_.folder, path); }

  bool FindPreset() {
    if (!in_.has_preset()) return true;
    const auto it = section_.presets.find(in_.preset());
    if (it != section_.presets.end()) {
      redirect_refusal_ = it->second.redirect_refusal;
      return true;
    }
    std::vector<std::string> known;
    for (const auto& [name, preset] : section_.presets) known.push_back(name);
    Refuse("preset", absl::StrCat("is not a preset of this build; known: ",
                                  known.empty() ? "none" : absl::StrJoin(known, ", ")));
    return false;
  }

  void ReadEndpoints() {
    out_.issuer = in_.issuer();
    out_.authorization_endpoint = in_.authorization_endpoint();
    out_.token_endpoint = in_.token_endpoint();
    out_.revocation_endpoint = in_.revocation_endpoint();
    if (in_.has_issuer()) CheckCalled("issuer", in_.issuer(), CheckIssuerUrl(in_.issuer()));
    if (in_.has_authorization_endpoint()) {
      Check("authorization_endpoint", CheckEndpointUrl(in_.authorization_endpoint()));
    }
    if (in_.has_token_endpoint()) {
      CheckCalled("token_endpoint", in_.token_endpoint(), CheckEndpointUrl(in_.token_endpoint()));
    }
    if (in_.has_revocation_endpoint()) {
      CheckCalled("revocation_endpoint", in_.revocation_endpoint(),
                  CheckEndpointUrl(in_.revocation_endpoint()));
    }
    if (in_.has_issuer() || (in_.has_authorization_endpoint() && in_.has_token_endpoint())) return;
    if (!in_.has_authorization_endpoint() && !in_.has_token_endpoint()) {
      return Refuse("issuer",
                    "is missing; write issuer, or authorization_endpoint and token_endpoint");
    }
    Refuse(in_.has_token_endpoint() ? "authorization_endpoint" : "token_endpoint",
           "is missing; write both endpoints, or an issuer to discover them from");
  }

  // A URL that the broker itself calls: where it may be counts, too.
  void CheckCalled(absl::string_view key, const std::string& url, const absl::Status& form) {
    if (!form.ok()) return Refuse(key, form.message());
    if (!in_.allow_link_local()) Check(key, CheckProviderAddress(url));
  }

  void ReadLogin() {
    for (int i = 0; i < in_.redirect_uris_size(); ++i) {
      Check(absl::StrCat("redirect_uris[", i, "]"),
            CheckRedirectUri(in_.redirect_uris(i), redirect_refusal_));
      out_.redirect_uris.push_back(in_.redirect_uris(i));
    }
    ReadScopes();
    for (const auto& [name, value] : in_.authorization_params()) {
      CheckParam(absl::StrCat("authorization_params.", Printable(name)), name);
      out_.authorization_params[name] = value;
    }
    for (int i = 0; i < in_.allowed_authorization_params_size(); ++i) {
      CheckParam(absl::StrCat("allowed_authorization_params[", i, "]"),
                 in_.allowed_authorization_params(i));
      out_.allowed_authorization_params.push_back(in_.allowed_authorization_params(i));
    }
    out_.pkce = in_.pkce() == pb::PKCE_DISABLED ? Pkce::kDisabled : Pkce::kS256;
  }

  void ReadScopes() {
    const bool comma = in_.scope_separator() == pb::SCOPE_SEPARATOR_COMMA;
    out_.scope_separator = comma ? ScopeSeparator::kComma : ScopeSeparator::kSpace;
    for (int i = 0; i < in_.scopes_size(); ++i) {
      const std::string& scope = in_.scopes(i);
      const std::string key = absl::StrCat("scopes[", i, "]");
      if (!IsScope(scope)) {
        Refuse(key,
               "is not one scope; write one per list item, without spaces, quotes and backslashes");
      } else if (comma && absl::StrContains(scope, ',')) {
        Refuse(key, "holds the scope_separator, a comma; write one scope per list item");
      }
      out_.scopes.push_back(scope);
    }
  }

  void CheckParam(absl::string_view key, const std::string& name) {
    if (name.empty()) return Refuse(key, "is empty; name a parameter or remove it");
    if (!IsReservedAuthorizationParam(name)) return;
    Refuse(key, "is a parameter that the broker sets itself; remove it");
  }

  void ReadAnswers() {
    out_.token_type = in_.token_type() == pb::TOKEN_TYPE_RULE_ANY        ? TokenTypeRule::kAny
                      : in_.token_type() == pb::TOKEN_TYPE_RULE_OPTIONAL ? TokenTypeRule::kOptional
                                                                         : TokenTypeRule::kBearer;
    out_.token_pointer = in_.token_pointer();
    if (!out_.token_pointer.empty() && !IsJsonPointer(out_.token_pointer)) {
      Refuse("token_pointer",
             "is not a JSON pointer (RFC 6901); write one such as /authed_user, or remove it");
    }
    out_.default_token_lifetime =
        OptionalDuration(in_.has_default_token_lifetime(), in_.default_token_lifetime(),
                         At("default_token_lifetime"), errors_);
    if (in_.has_account()) ReadAccount(in_.account());
    for (int i = 0; i < in_.attributes_size(); ++i) {
      const std::string key = absl::StrCat("attributes[", i, "]");
      if (in_.attributes(i).empty()) Refuse(key, "is empty; name a value or remove it");
      if (IsSecretAttribute(in_.attributes(i))) {
        Refuse(key, "is a secret, and attributes are shown to callers; remove it");
      }
      out_.attributes.push_back(in_.attributes(i));
    }
  }

  void ReadAccount(const pb::Account& account) {
    out_.userinfo_endpoint = account.userinfo_endpoint();
    if (account.has_id_pointer()) out_.account_id_pointer = account.id_pointer();
    if (account.has_userinfo_endpoint()) {
      CheckCalled("account.userinfo_endpoint", account.userinfo_endpoint(),
                  CheckEndpointUrl(account.userinfo_endpoint()));
    } else {
      Refuse("account.userinfo_endpoint",
             "is missing; write the URL that tells the account, or remove account");
    }
    if (!IsJsonPointer(out_.account_id_pointer)) {
      Refuse("account.id_pointer", "is not a JSON pointer (RFC 6901); write one such as /user/id");
    }
  }

  void ReadTransport() {
    out_.request_timeout = Positive(in_.has_request_timeout(), in_.request_timeout(),
                                    out_.request_timeout, "request_timeout");
    out_.connect_timeout =
        Positive(in_.has_connect_timeout(), in_.connect_timeout(),
                 std::min(out_.connect_timeout, out_.request_timeout), "connect_timeout");
    if (out_.connect_timeout > out_.request_timeout) {
      Refuse("connect_timeout", "is longer than request_timeout; make it the smaller of the two");
    }
    if (in_.has_ca_file()) ReadCaFile();
    out_.allow_link_local = in_.allow_link_local();
    if (in_.limits().has_max_in_flight()) out_.max_in_flight = in_.limits().max_in_flight();
    if (out_.max_in_flight < 1) Refuse("limits.max_in_flight", "is below 1; write at least 1");
    out_.requests_per_second = in_.limits().requests_per_second();
    if (out_.requests_per_second < 0) {
      Refuse("limits.requests_per_second", "is negative; write 0 for no limit");
    }
  }

  void ReadCaFile() {
    if (in_.ca_file().empty()) return Refuse("ca_file", "is empty; name a PEM file or remove it");
    out_.ca_file = FilePath(in_.ca_file());
    const absl::StatusOr<Secret> content = files_.Read(out_.ca_file, kMaxCaFileBytes);
    if (content.ok() && !content->empty()) return;
    Refuse("ca_file", absl::StrCat("the file '", Printable(out_.ca_file), "' ",
                                   content.ok() ? "is empty" : content.status().message(),
                                   "; name a readable PEM file"));
  }

  absl::Duration Positive(bool given, const google::protobuf::Duration& value,
                          absl::Duration fallback, absl::string_view key) {
    return PositiveDuration(given, value, fallback, At(key), errors_);
  }
  const ProviderSection& section_;
  const pb::Provider& in_;
  const std::string path_;
  FileRecord& files_;
  ConfigErrors& errors_;
  std::string redirect_refusal_;
  ProviderConfig out_;
};

}  // namespace

std::shared_ptr<const ProviderConfig> BuildProvider(const ProviderSection& section,
                                                    FileRecord& files, ConfigErrors& errors) {
  return ProviderBuilder(section, files, errors).Build();
}

}  // namespace tokenbroker
