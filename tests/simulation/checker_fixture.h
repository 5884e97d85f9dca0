// A history for tests of the checker, in which violations are planted.
#pragma once

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/simulation/checker.h"

namespace tokenbroker::simulation {

using Heard = Presentation::Heard;

inline constexpr Process kA{0, 0};
inline constexpr Process kB{1, 0};

// A history in which one grant is logged in at 0 s with token 0, whose access token lives a minute.
class CheckerTest : public ::testing::Test {
 protected:
  CheckerTest() {
    h_.grants = 1;
    h_.families.push_back({});
    AddToken(-1);
    Store(Write::Kind::kLogin, 0, 100, 0);
    h_.endings.push_back({Ending::State::kActive, 0});
    h_.end = At(300);
  }

  static SteadyTime At(double seconds) { return SteadyTime::FromOrigin(absl::Seconds(seconds)); }

  int AddToken(int parent) {
    RefreshToken token;
    token.parent = parent;
    token.access_expires = At(60);
    h_.tokens.push_back(token);
    return static_cast<int>(h_.tokens.size()) - 1;
  }
  Write& Store(Write::Kind kind, int token, int64_t generation, double at, Process by = kA) {
    Write write;
    write.kind = kind;
    write.token = token;
    write.generation = generation;
    write.at = At(at);
    write.by = by;
    write.attempt = absl::StrCat("attempt-", h_.writes.size());
    h_.writes.push_back(write);
    h_.endings.assign(1, {Ending::State::kActive, token});
    return h_.writes.back();
  }
  Presentation& Present(int token, Process by, double sent) {
    Presentation p;
    p.token = token;
    p.by = by;
    p.sent = At(sent);
    h_.presentations.push_back(p);
    return h_.presentations.back();
  }
  void Hear(Heard heard, double at, int successor = -1) {
    Presentation& p = h_.presentations.back();
    p.heard = heard;
    p.heard_at = p.acted = At(at);
    p.successor = successor;
  }
  Answer& Tell(Process by, double at, int64_t generation) {
    Answer answer;
    answer.by = by;
    answer.asked = answer.answered = At(at);
    answer.token_grant = 0;
    answer.generation = generation;
    h_.answers.push_back(answer);
    return h_.answers.back();
  }
  Answer& Refuse(Process by, double at, Reason reason) {
    Answer& answer = Tell(by, at, 0);
    answer.token_grant.reset();
    answer.refusal = reason;
    return answer;
  }
  void Suffer(Trouble::Kind kind, int replica, double from, double to) {
    h_.troubles.push_back({kind, replica, At(from), At(to)});
  }

  std::vector<Invariant> Broken() const {
    std::vector<Invariant> broken;
    for (const Violation& v : Check(h_)) broken.push_back(v.invariant);
    return broken;
  }

  History h_;
};

}  // namespace tokenbroker::simulation
