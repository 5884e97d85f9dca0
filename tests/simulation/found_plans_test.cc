// Plans in which a rule was once missing, as they were shrunk, each with the seed that found it.
#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

#include "tests/simulation/world.h"

namespace tokenbroker::simulation {
namespace {

using Kind = Happening::Kind;

enum class Reuse { kIsRefused, kEndsTheFamily };

Happening At(double second, Kind kind, int replica, int grant, double seconds = 5) {
  Happening event;
  event.kind = kind;
  event.at = absl::Seconds(second);
  event.length = absl::Seconds(seconds);
  event.replica = replica;
  event.grant = grant;
  return event;
}

// With a single-use provider and a store that loses what it acknowledged.
Plan LossyPlan(uint64_t seed, Reuse reuse, double token_life) {
  Plan plan;
  plan.seed = seed;
  plan.reuse_ends_family = reuse == Reuse::kEndsTheFamily;
  plan.token_life = absl::Seconds(token_life);
  plan.durable = false;
  return plan;
}

std::string Violations(const Plan& plan) {
  std::string text;
  for (const Violation& v : Play(plan).violations) {
    absl::StrAppend(&text, InvariantName(v.invariant), ": ", v.what, "\n");
  }
  return text;
}

// ADR 23: a failover brings a spent token back, one replica presents it and stands still, another
// knows of the rollback.
TEST(FoundPlansTest, ARollbackIsNoExcuseForAnOrphanThatCameAfterIt) {
  Plan plan = LossyPlan(51772, Reuse::kEndsTheFamily, 34.240197);
  plan.events = {At(3.037898, Kind::kLogin, 1, 0, 8.390824),
                 At(8.952349, Kind::kLogin, 1, 0, 16.615229),
                 At(12.69424, Kind::kComplain, 2, 0, 7.199753),
                 At(28.115874, Kind::kAsk, 0, 1, 9.3185),
                 At(30.204972, Kind::kComplain, 2, 0, 18.266092),
                 At(30.28731, Kind::kFailover, 2, 0, 2.207468),
                 At(33.552522, Kind::kStoreAway, 2, 0, 22.463268),
                 At(44.966469, Kind::kFailover, 1, 0, 4.086741),
                 At(75.292493, Kind::kAsk, 2, 1, 13.047097),
                 At(81.059302, Kind::kComplain, 0, 0, 17.547276),
                 At(81.162279, Kind::kPause, 0, 0, 17.632881),
                 At(92.008374, Kind::kAsk, 1, 0, 10.679798)};
  EXPECT_EQ(Violations(plan), "");
}

// ADR 24: a failover un-does a rotation, and a login inherits the token before its successor has
// been put back.
TEST(FoundPlansTest, ALoginInheritsNoTokenWhoseSuccessorAFailoverLost) {
  Plan plan = LossyPlan(55013, Reuse::kIsRefused, 24.812352);
  plan.events = {At(5.513799, Kind::kComplain, 0, 0, 5.523885),
                 At(5.702937, Kind::kComplain, 1, 0, 5.523885),
                 At(37.057126, Kind::kAsk, 2, 0, 16.978758),
                 At(59.089901, Kind::kAsk, 2, 0, 8.238364),
                 At(63.108, Kind::kLoginInheriting, 0, 1, 9.988812),
                 At(63.747645, Kind::kComplain, 2, 1, 18.130002),
                 At(63.844851, Kind::kFailover, 2, 1, 0.974248)};
  EXPECT_EQ(Violations(plan), "");
}

TEST(FoundPlansTest, ALoginInheritsNoTokenWhoseSuccessorAnotherReplicaHas) {
  Plan plan = LossyPlan(55307, Reuse::kEndsTheFamily, 71.791171);
  plan.events = {At(49.557083, Kind::kAsk, 2, 0, 8.221601),
                 At(52.501584, Kind::kComplain, 1, 0, 8.140081),
                 At(57.140831, Kind::kComplain, 1, 0, 18.207507),
                 At(58.786999, Kind::kComplain, 1, 0, 7.759518),
                 At(59.085089, Kind::kFailover, 1, 0, 4.958305),
                 At(61.388454, Kind::kLoginInheriting, 2, 0, 10.499708),
                 At(61.906948, Kind::kComplain, 1, 0, 7.759518)};
  EXPECT_EQ(Violations(plan), "");
}

TEST(FoundPlansTest, ALoginThatEndsAfterAFailoverInheritsTheLastToken) {
  Plan plan = LossyPlan(59673, Reuse::kIsRefused, 84.387057);
  plan.events = {At(2.170472, Kind::kLogin, 0, 0, 2.755397),
                 At(5.359919, Kind::kComplain, 0, 0, 2.436018),
                 At(5.372568, Kind::kFailover, 0, 0, 0.749328),
                 At(6.910864, Kind::kComplain, 1, 0, 2.436018),
                 At(7.358357, Kind::kComplain, 2, 0, 16.111798),
                 At(10.157738, Kind::kComplain, 2, 0, 16.111798),
                 At(20.894582, Kind::kComplain, 0, 0, 16.012921),
                 At(57.878788, Kind::kLoginInheriting, 1, 0, 7.77042),
                 At(58.12245, Kind::kAsk, 1, 0, 11.193412),
                 At(58.230933, Kind::kComplain, 0, 0, 4.444473),
                 At(58.305338, Kind::kFailover, 0, 0, 4.299902),
                 At(59.1573, Kind::kComplain, 2, 0, 4.444473),
                 At(61.489527, Kind::kAsk, 2, 1, 10.666021),
                 At(61.883119, Kind::kComplain, 1, 0, 4.444473)};
  EXPECT_EQ(Violations(plan), "");
}

// ADR 26: the login is lost and put back after the refresh that was under way is stored.
TEST(FoundPlansTest, ARestoredLoginDoesNotBringBackATokenThatWasReplaced) {
  Plan plan = LossyPlan(8052, Reuse::kEndsTheFamily, 21.928807);
  plan.events = {At(26.23711, Kind::kComplain, 2, 1, 10),
                 At(26.278238, Kind::kPause, 2, 1, 4.356675),
                 At(26.308317, Kind::kFailover, 1, 1, 2.388291),
                 At(28.076871, Kind::kLoginInheriting, 1, 1, 0)};
  EXPECT_EQ(Violations(plan), "");
}

// ADR 27: a login inherits the token of a commit that no replica has, and both are lost.
TEST(FoundPlansTest, ACommitIsNotGivenUpBecauseALoginInheritedItsToken) {
  Plan plan = LossyPlan(11945, Reuse::kIsRefused, 79.552907);
  plan.durable = true;
  plan.events = {At(22.3095, Kind::kAsk, 2, 0, 7.119307),
                 At(23.466349, Kind::kAsk, 1, 0, 4.906281),
                 At(28.487984, Kind::kAsk, 1, 1, 16.677835),
                 At(31.815823, Kind::kLoginInheriting, 0, 0, 0),
                 At(32.477356, Kind::kComplain, 0, 0, 10),
                 At(32.60506, Kind::kProviderFlaky, 0, 0, 7.436906),
                 At(32.615476, Kind::kFailover, 0, 0, 3.610815)};
  EXPECT_EQ(Violations(plan), "");
}

// ADR 28: a failover forgets that a code was handed out.
TEST(FoundPlansTest, ACodeIsPresentedOnceThoughAFailoverForgetsIt) {
  Plan plan = LossyPlan(671, Reuse::kEndsTheFamily, 48.025751);
  plan.durable = true;
  plan.events = {
      At(75.068901, Kind::kAsk, 2, 0, 19.171609), At(79.518236, Kind::kAsk, 0, 1, 18.295149),
      At(92.09845, Kind::kLoginInheriting, 1, 0, 0), At(92.177272, Kind::kLoginInheriting, 1, 0, 0),
      At(93.356158, Kind::kFailover, 1, 0, 3.249633)};
  EXPECT_EQ(Violations(plan), "");
}

// ADR 29: a refresh that was given back unsent made the patience with an earlier one begin anew.
// ADR 30: and it was given back because another grant's refresh was the probe.
TEST(FoundPlansTest, AProviderThatIsWellAgainServesEverybodyAtOnce) {
  Plan plan = LossyPlan(33027826, Reuse::kIsRefused, 15.203881);
  plan.rotation = Rotation::kGrace;
  plan.events = {At(14.131273, Kind::kProviderFlaky, 2, 1, 7.59032),
                 At(15.974996, Kind::kAsk, 2, 0, 11.56092),
                 At(36.700444, Kind::kAsk, 2, 1, 3.476583),
                 At(46.959352, Kind::kComplain, 2, 0, 19.261002),
                 At(47.228237, Kind::kProviderFlaky, 2, 0, 27.259792),
                 At(47.571777, Kind::kComplain, 1, 0, 19.261002),
                 At(47.731536, Kind::kComplain, 1, 0, 19.261002),
                 At(49.946, Kind::kComplain, 2, 0, 19.261002),
                 At(51.650059, Kind::kAsk, 1, 0, 13.414305),
                 At(52.935443, Kind::kAsk, 1, 0, 15.759693),
                 At(60.484623, Kind::kAsk, 2, 0, 7.225888),
                 At(81.103879, Kind::kAsk, 0, 0, 7.610528),
                 At(92.578654, Kind::kAsk, 2, 0, 2.238511),
                 At(93.036405, Kind::kAsk, 1, 0, 18.295954),
                 At(95.943467, Kind::kAsk, 2, 0, 10.417202),
                 At(108.792634, Kind::kProviderFlaky, 0, 0, 23.69885),
                 At(109.117803, Kind::kAsk, 2, 0, 5.76318),
                 At(111.896575, Kind::kAsk, 2, 1, 13.396949),
                 At(124.887885, Kind::kAsk, 2, 1, 8.444451)};
  EXPECT_EQ(Violations(plan), "");
}

}  // namespace
}  // namespace tokenbroker::simulation
