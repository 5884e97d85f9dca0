// A provider with single-use refresh tokens, and the book of what was sent to it, for simulations:
// says when a rule of the refresh protocol was broken. One thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace tokenbroker {

class RotationModel {
 public:
  // What the broker knew when it sent a token.
  enum class Sent { kOrdinarily, kAfterPatience };
  enum class Reuse { kRefused, kRevokesTheFamily };

  explicit RotationModel(Reuse reuse) : reuse_(reuse) {}

  // A login: the first token of a new family.
  std::string Authorize();
  // The token is presented: its successor, or empty for invalid_grant.
  std::string Present(const std::string& token);

  // The broker sends `token` for `attempt`; and has its outcome. Without the latter the token was
  // sent with an outcome that nobody knows.
  void OnSend(const std::string& token, const std::string& attempt, Sent sent);
  void OnOutcome(const std::string& token, const std::string& attempt);
  // A replica holds the successor and means to store it.
  void OnReceived(const std::string& token) { received_.insert(token); }

  // The token is what the store holds in the end: empty when that is right, else what was lost.
  std::string JudgeStored(const std::string& token) const;

  int presentations() const { return presentations_; }
  int rotations() const { return rotations_; }
  const std::vector<std::string>& violations() const { return violations_; }

 private:
  enum class State { kValid, kUsed, kRevoked };
  struct Token {
    int family = 0;
    State state = State::kValid;
  };

  std::string Mint(int family);

  const Reuse reuse_;
  int families_ = 0;
  int minted_ = 0;
  int presentations_ = 0;
  int rotations_ = 0;
  std::map<std::string, Token> tokens_;
  // The attempts that were sent with each token and whose outcome is not known.
  std::map<std::string, std::set<std::string>> outstanding_;
  std::set<std::string> received_;
  std::vector<std::string> violations_;
};

}  // namespace tokenbroker
