// The authorization server's memory: codes, access tokens and families of refresh tokens, with the
// rules for using each. Pure: no sockets, no clock, no lock; its owner (SimulatedProvider) locks.
// Tokens are kept until Reset, so that counters and reuse detection never forget one.

#ifndef TESTS_PROVIDER_SIMULATOR_CODES_AND_TOKENS_H_
#define TESTS_PROVIDER_SIMULATOR_CODES_AND_TOKENS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "tests/provider_simulator/settings.h"

namespace provider_simulator {

// One login that a user approved: what a code stands for.
struct Login {
  std::string user;
  std::string account_id;
  std::string client_id;
  std::string redirect_uri;
  std::string code_challenge;  // S256; empty: none was sent
  std::string nonce;
  std::vector<std::string> scopes;
};

// A family: everything that descends from one login.
struct Family {
  std::uint64_t id = 0;
  Login login;
  std::vector<std::string> refresh_tokens;
  std::string revoked_because;  // empty while it stands
};

struct IssuedTokens {
  std::uint64_t family = 0;
  Login login;
  std::string access_token;
  std::string refresh_token;        // empty: none is in force
  std::vector<std::string> scopes;  // of the access token
};

struct OAuthError {
  std::string error;  // RFC 6749 5.2
  std::string description;
  int status = 400;
};

using TokenResult = std::variant<IssuedTokens, OAuthError>;

class CodesAndTokens {
 public:
  std::string IssueCode(Login login, absl::Time expires);

  // RFC 6749 4.1.3 and RFC 7636 4.6. A second use revokes what the first one got (4.1.2).
  TokenResult RedeemCode(const std::string& code, const std::string& client_id,
                         const std::string& redirect_uri, const std::string& code_verifier,
                         const Settings& settings, absl::Time now);

  // RFC 6749 6. `scopes` empty: as granted; a refresh cannot widen them.
  TokenResult Refresh(const std::string& token, const std::string& client_id,
                      const std::vector<std::string>& scopes, const Settings& settings,
                      absl::Time now);

  // The family of an access token that is good at `now`, or null.
  const Family* FindByAccessToken(const std::string& token, absl::Time now) const;

  // RFC 7009: a refresh token takes its family along, an access token goes alone. Another client's
  // token stays.
  void RevokeToken(const std::string& token, const std::string& client_id);

  // Returns how many standing families it revoked.
  std::size_t RevokeWhere(const std::function<bool(const Family&)>& matches,
                          const std::string& because);

  const std::map<std::uint64_t, Family>& families() const { return families_; }
  std::uint64_t families_revoked_by_reuse() const { return families_revoked_by_reuse_; }
  std::uint64_t codes_reused() const { return codes_reused_; }
  void ResetCounters();

 private:
  struct Code {
    Login login;
    absl::Time expires;
    absl::optional<std::uint64_t> family;  // set by its first use
  };
  struct RefreshToken {
    std::uint64_t family = 0;
    absl::Time expires;
    absl::Time retired = absl::InfiniteFuture();  // when its successor was issued
  };
  struct AccessToken {
    std::uint64_t family = 0;
    absl::Time expires;
  };

  IssuedTokens Issue(Family& family, std::vector<std::string> scopes, const Settings& settings,
                     absl::Time now);
  std::string AddRefreshToken(Family& family, const Settings& settings, absl::Time now);

  std::uint64_t next_family_ = 1;
  std::map<std::string, Code> codes_;
  std::map<std::uint64_t, Family> families_;
  std::map<std::string, RefreshToken> refresh_tokens_;
  std::map<std::string, AccessToken> access_tokens_;
  std::uint64_t families_revoked_by_reuse_ = 0;
  std::uint64_t codes_reused_ = 0;
};

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_CODES_AND_TOKENS_H_
