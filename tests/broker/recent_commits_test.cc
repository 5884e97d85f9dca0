#include "broker/recent_commits.h"

#include <gtest/gtest.h>

namespace tokenbroker {
namespace {

const SteadyTime kStart = SteadyTime::FromOrigin(absl::Hours(1));

Grant GrantOf(std::string subject, int64_t generation) {
  Grant grant;
  grant.key = {"t", "p", std::move(subject)};
  grant.generation = generation;
  return grant;
}

int64_t Above(RecentCommits& commits, std::string subject, int64_t generation, SteadyTime now) {
  const absl::optional<RecentCommit> found =
      commits.Above({"t", "p", std::move(subject)}, generation, now);
  return found ? found->grant->generation : 0;
}

TEST(RecentCommitsTest, KeepsTheLastCommitOfEachGrant) {
  RecentCommits commits;
  commits.Add(GrantOf("a", 5), "attempt", kStart);
  commits.Add(GrantOf("b", 6), "attempt", kStart);
  commits.Add(GrantOf("a", 7), "attempt", kStart);
  EXPECT_EQ(Above(commits, "a", 4, kStart), 7);
  EXPECT_EQ(Above(commits, "b", 4, kStart), 6);
  EXPECT_EQ(Above(commits, "c", 4, kStart), 0);
}

TEST(RecentCommitsTest, WhatTheStoreHasNeedsNotBePutBack) {
  RecentCommits commits;
  commits.Add(GrantOf("a", 5), "attempt", kStart);
  EXPECT_EQ(Above(commits, "a", 5, kStart), 0);
}

TEST(RecentCommitsTest, AnOlderCommitThatComesLateReplacesNothing) {
  RecentCommits commits;
  commits.Add(GrantOf("a", 7), "attempt", kStart);
  commits.Add(GrantOf("a", 5), "attempt", kStart);
  EXPECT_EQ(Above(commits, "a", 4, kStart), 7);
}

TEST(RecentCommitsTest, WhatAnotherReplicaOvertookIsForgotten) {
  RecentCommits commits;
  commits.Add(GrantOf("a", 7), "attempt", kStart);
  commits.Overtaken({"t", "p", "a"}, 7);
  EXPECT_EQ(Above(commits, "a", 4, kStart), 7);
  commits.Overtaken({"t", "p", "a"}, 8);
  EXPECT_EQ(Above(commits, "a", 4, kStart), 0);
  EXPECT_TRUE(commits.All(kStart).empty());
}

TEST(RecentCommitsTest, ForgetsAfterAMinuteAndNothingYounger) {
  RecentCommits commits;
  commits.Add(GrantOf("a", 5), "attempt", kStart);
  commits.Add(GrantOf("b", 6), "attempt", kStart);
  commits.Add(GrantOf("a", 7), "attempt", kStart + absl::Seconds(30));
  EXPECT_EQ(Above(commits, "b", 0, kStart + absl::Seconds(59)), 6);
  EXPECT_EQ(Above(commits, "b", 0, kStart + absl::Seconds(60)), 0);
  EXPECT_EQ(Above(commits, "a", 0, kStart + absl::Seconds(89)), 7);
  EXPECT_EQ(Above(commits, "a", 0, kStart + absl::Seconds(90)), 0);
}

}  // namespace
}  // namespace tokenbroker
