#include "tests/simulation/provider.h"

#include <utility>

#include "tests/simulation/names.h"

namespace tokenbroker::simulation {

Provider::Provider(Scheduler& scheduler, History& history, const Plan& plan)
    : scheduler_(scheduler), history_(history), plan_(plan), dice_(plan.seed, "provider") {}

int Provider::Mint(int grant, int family, int parent, SteadyTime sent) {
  RefreshToken token;
  token.grant = grant;
  token.family = family;
  token.parent = parent;
  token.access_expires = sent + plan_.token_life;
  history_.tokens.push_back(token);
  return static_cast<int>(history_.tokens.size()) - 1;
}

int Provider::Authorize(int grant, SteadyTime sent) {
  Family family;
  family.grant = grant;
  history_.families.push_back(family);
  return Mint(grant, static_cast<int>(history_.families.size()) - 1, -1, sent);
}

std::string Provider::MakeCode(int grant, Gives gives) {
  codes_.push_back({grant, gives});
  history_.codes.emplace_back();
  return absl::StrCat("code-", codes_.size() - 1);
}

Provider::Fate Provider::FateOfRequest() {
  const bool slow = dice_.Chance(0.1);
  Fate fate;
  fate.there = dice_.Between(absl::Milliseconds(5), absl::Milliseconds(slow ? 2000 : 100));
  fate.back = dice_.Between(absl::Milliseconds(5), absl::Milliseconds(slow ? 2000 : 100));
  if (down_ > scheduler_.Now()) {
    const uint64_t how = dice_.Below(3);
    if (how == 0) fate.kind = Fate::Kind::kNotSent;
    if (how == 1) fate.kind = Fate::Kind::kLostThere;
    if (how == 2) fate.instead = Reply::Kind::kUnavailable;
    return fate;
  }
  if (flaky_ <= scheduler_.Now()) return fate;
  switch (dice_.Below(10)) {
    case 0:
      fate.kind = Fate::Kind::kNotSent;
      break;
    case 1:
      fate.kind = Fate::Kind::kLostThere;
      break;
    case 2:
    case 3:
      fate.kind = Fate::Kind::kLostBack;
      break;
    case 4:
      fate.instead = Reply::Kind::kUnavailable;
      break;
    case 5:
      fate.instead = Reply::Kind::kGatewayError;
      break;
    case 6:
      fate.instead = Reply::Kind::kThrottled;
      break;
    case 7:
      // Beyond the time-out, sometimes.
      fate.there = dice_.Between(absl::Seconds(1), absl::Seconds(12));
      break;
    case 8:
      fate.back = dice_.Between(absl::Seconds(1), absl::Seconds(12));
      break;
    default:
      break;
  }
  return fate;
}

bool Provider::AcceptsAgain(int token) const {
  if (plan_.rotation == Rotation::kNone) return true;
  if (plan_.last_successor_only && history_.IsSuperseded(token)) return false;
  const auto used = used_.find(token);
  if (used == used_.end()) return true;
  return plan_.rotation == Rotation::kGrace && scheduler_.Now() < used->second + plan_.grace;
}

Provider::Reply Provider::Refresh(size_t index, Renewal renewal) {
  Presentation& p = history_.presentations[index];
  p.acted = scheduler_.Now();
  const RefreshToken token = history_.Token(p.token);
  Reply reply;
  reply.grant = token.grant;
  if (history_.FamilyOf(p.token).end != Family::End::kAlive) {
    reply.kind = Reply::Kind::kInvalidGrant;
  } else if (!AcceptsAgain(p.token)) {
    reply.kind = Reply::Kind::kInvalidGrant;
    if (plan_.reuse_ends_family) End(token.family, Family::End::kReuse);
  } else if (plan_.rotation != Rotation::kNone && renewal == Renewal::kAnotherToken) {
    used_.emplace(p.token, scheduler_.Now());
    reply.refresh_token = p.successor = Mint(token.grant, token.family, p.token, p.sent);
  } else if (plan_.rotation == Rotation::kNone) {
    history_.Token(p.token).access_expires = p.sent + plan_.token_life;
  }
  return reply;
}

Provider::Reply Provider::ExchangeCode(const std::string& code) {
  const int number = NumberIn(code);
  Code& known = codes_[static_cast<size_t>(number)];
  Reply reply;
  if (std::exchange(known.used, true)) {
    reply.kind = Reply::Kind::kInvalidGrant;
    return reply;
  }
  reply.grant = known.grant;
  if (known.gives == Gives::kRefreshToken) {
    reply.refresh_token = Authorize(reply.grant, scheduler_.Now());
  } else if (plan_.login_renews) {
    Renew(reply.grant);
  }
  return reply;
}

void Provider::End(int family, Family::End end) {
  Family& ends = history_.families[static_cast<size_t>(family)];
  if (ends.end != Family::End::kAlive) return;
  ends.end = end;
  ends.ended = scheduler_.Now();
}

void Provider::Renew(int grant) {
  for (Family& family : history_.families) {
    if (family.grant == grant && family.end == Family::End::kByUser)
      family.end = Family::End::kAlive;
  }
}

// A token that was replaced is none any more: nothing ends with it.
void Provider::Revoke(int token) {
  if (token < 0 || (plan_.rotation == Rotation::kSingleUse && used_.contains(token))) return;
  End(history_.Token(token).family, Family::End::kRevoked);
}

void Provider::EndByUser(int grant) {
  for (size_t f = 0; f < history_.families.size(); ++f) {
    if (history_.families[f].grant == grant) End(static_cast<int>(f), Family::End::kByUser);
  }
}

}  // namespace tokenbroker::simulation
