#include "tests/store/rotation_model.h"

namespace tokenbroker {

std::string RotationModel::Mint(int family) {
  const std::string token = "rt-" + std::to_string(++minted_);
  tokens_[token] = Token{family, State::kValid};
  return token;
}

std::string RotationModel::Authorize() { return Mint(++families_); }

std::string RotationModel::Present(const std::string& token) {
  ++presentations_;
  Token& presented = tokens_.at(token);
  if (presented.state == State::kValid) {
    presented.state = State::kUsed;
    ++rotations_;
    return Mint(presented.family);
  }
  if (presented.state == State::kUsed && reuse_ == Reuse::kRevokesTheFamily) {
    for (auto& [name, other] : tokens_) {
      if (other.family == presented.family) other.state = State::kRevoked;
    }
  }
  return "";
}

void RotationModel::OnSend(const std::string& token, const std::string& attempt, Sent sent) {
  std::set<std::string>& others = outstanding_[token];
  if (!others.empty() && sent == Sent::kOrdinarily) {
    violations_.push_back(attempt + " presents " + token + " while the outcome of " +
                          *others.begin() + " is not known");
  }
  others.insert(attempt);
}

void RotationModel::OnOutcome(const std::string& token, const std::string& attempt) {
  outstanding_[token].erase(attempt);
}

std::string RotationModel::JudgeStored(const std::string& token) const {
  const auto stored = tokens_.find(token);
  if (stored == tokens_.end()) return token + " is stored and was never issued";
  if (stored->second.family != families_) return token + " is stored, not the last login's";
  for (const auto& [name, other] : tokens_) {
    const bool valid = other.family == families_ && other.state == State::kValid;
    if (valid && received_.count(name) > 0 && name != token) {
      return name + " was received and is still valid, but " + token + " is stored";
    }
  }
  return "";
}

}  // namespace tokenbroker
