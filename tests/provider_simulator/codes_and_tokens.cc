#include "tests/provider_simulator/codes_and_tokens.h"

#include <algorithm>
#include <utility>

#include "tests/provider_simulator/digest_and_base64.h"

namespace provider_simulator {
namespace {

OAuthError InvalidGrant(const std::string& description) { return {"invalid_grant", description}; }

bool Contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A verifier for a login without challenge is refused too: it is how a PKCE downgrade shows
// (RFC 9700 4.8.2).
bool VerifierMatches(const std::string& challenge, const std::string& verifier) {
  if (challenge.empty()) return verifier.empty();
  return !verifier.empty() && Base64UrlEncode(Sha256(verifier)) == challenge;
}

}  // namespace

std::string CodesAndTokens::IssueCode(Login login, absl::Time expires) {
  std::string code = RandomToken("code-");
  codes_[code] = Code{std::move(login), expires, absl::nullopt};
  return code;
}

TokenResult CodesAndTokens::RedeemCode(const std::string& code, const std::string& client_id,
                                       const std::string& redirect_uri,
                                       const std::string& code_verifier, const Settings& settings,
                                       absl::Time now) {
  const auto found = codes_.find(code);
  if (found == codes_.end()) return InvalidGrant("unknown code");
  Code& entry = found->second;
  if (entry.login.client_id != client_id) return InvalidGrant("code of another client");
  if (entry.family.has_value()) {
    ++codes_reused_;
    const std::uint64_t first = *entry.family;
    RevokeWhere([first](const Family& family) { return family.id == first; }, "code_reuse");
    return InvalidGrant("code was used before");
  }
  if (now >= entry.expires) return InvalidGrant("code has expired");
  if (entry.login.redirect_uri != redirect_uri) return InvalidGrant("redirect_uri differs");
  if (!VerifierMatches(entry.login.code_challenge, code_verifier)) {
    return InvalidGrant("code_verifier does not match");
  }

  const std::uint64_t id = next_family_++;
  entry.family = id;
  Family& family = families_[id];
  family.id = id;
  family.login = entry.login;
  IssuedTokens issued = Issue(family, family.login.scopes, settings, now);
  if (settings.refresh_token_at_login == RefreshTokenField::kPresent) {
    issued.refresh_token = AddRefreshToken(family, settings, now);
  }
  return issued;
}

TokenResult CodesAndTokens::Refresh(const std::string& token, const std::string& client_id,
                                    const std::vector<std::string>& scopes,
                                    const Settings& settings, absl::Time now) {
  const auto found = refresh_tokens_.find(token);
  if (found == refresh_tokens_.end()) return InvalidGrant("unknown refresh token");
  RefreshToken& entry = found->second;
  Family& family = families_[entry.family];
  if (family.login.client_id != client_id) return InvalidGrant("refresh token of another client");
  if (!family.revoked_because.empty()) return InvalidGrant("the grant was revoked");
  if (now >= entry.expires) return InvalidGrant("refresh token has expired");

  const absl::Duration grace =
      settings.rotation == Rotation::kGrace ? settings.rotation_grace : absl::ZeroDuration();
  if (entry.retired != absl::InfiniteFuture() && now >= entry.retired + grace) {
    family.revoked_because = "reuse";
    ++families_revoked_by_reuse_;
    return InvalidGrant("refresh token was used before; its family is revoked");
  }
  for (const std::string& scope : scopes) {
    if (!Contains(family.login.scopes, scope)) return OAuthError{"invalid_scope", "not granted"};
  }

  IssuedTokens issued = Issue(family, scopes.empty() ? family.login.scopes : scopes, settings, now);
  issued.refresh_token = token;
  if (settings.rotation != Rotation::kNone &&
      settings.refresh_token_at_refresh == RefreshTokenField::kPresent) {
    entry.retired = std::min(entry.retired, now);
    issued.refresh_token = AddRefreshToken(family, settings, now);
  }
  return issued;
}

IssuedTokens CodesAndTokens::Issue(Family& family, std::vector<std::string> scopes,
                                   const Settings& settings, absl::Time now) {
  IssuedTokens issued;
  issued.family = family.id;
  issued.login = family.login;
  issued.access_token = RandomToken("at-");
  issued.scopes = std::move(scopes);
  access_tokens_[issued.access_token] =
      AccessToken{family.id, now + settings.access_token_lifetime};
  return issued;
}

std::string CodesAndTokens::AddRefreshToken(Family& family, const Settings& settings,
                                            absl::Time now) {
  std::string token = RandomToken("rt-");
  refresh_tokens_[token] = RefreshToken{family.id, now + settings.refresh_token_lifetime};
  family.refresh_tokens.push_back(token);
  return token;
}

const Family* CodesAndTokens::FindByAccessToken(const std::string& token, absl::Time now) const {
  const auto found = access_tokens_.find(token);
  if (found == access_tokens_.end() || now >= found->second.expires) return nullptr;
  const Family& family = families_.at(found->second.family);
  return family.revoked_because.empty() ? &family : nullptr;
}

void CodesAndTokens::RevokeToken(const std::string& token, const std::string& client_id) {
  const auto refresh = refresh_tokens_.find(token);
  if (refresh != refresh_tokens_.end()) {
    const std::uint64_t id = refresh->second.family;
    RevokeWhere([&](const Family& f) { return f.id == id && f.login.client_id == client_id; },
                "revocation_endpoint");
  }
  const auto access = access_tokens_.find(token);
  if (access != access_tokens_.end() &&
      families_.at(access->second.family).login.client_id == client_id) {
    access_tokens_.erase(access);
  }
}

std::size_t CodesAndTokens::RevokeWhere(const std::function<bool(const Family&)>& matches,
                                        const std::string& because) {
  std::size_t revoked = 0;
  for (auto& [id, family] : families_) {
    if (!family.revoked_because.empty() || !matches(family)) continue;
    family.revoked_because = because;
    ++revoked;
  }
  return revoked;
}

void CodesAndTokens::ResetCounters() {
  families_revoked_by_reuse_ = 0;
  codes_reused_ = 0;
}

}  // namespace provider_simulator
