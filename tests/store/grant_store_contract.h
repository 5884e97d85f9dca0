// The contract of GrantStore: one test for each sentence of the refresh protocol that concerns the
// port. Instantiate it with a StoreParam to run it against an implementation; the tests lie in the
// files *_contract.cc beside this one.
#pragma once

#include <string>
#include <vector>

#include "tests/store/contract_fixture.h"

namespace tokenbroker {

class GrantStoreContract : public StoreContract {
 protected:
  // A grant that is due after `due_in`.
  void ImportGrant(const GrantKey& key, absl::Duration due_in) {
    Grant grant = SampleGrant();
    grant.key = key;
    grant.refresh_at = Now() + due_in;
    EXPECT_EQ(PutOf(PutKind::kImport, "import", NowMs(), grant).outcome, Put::kStored);
  }

  // What a later login brings that the provider gives no refresh token.
  static Grant WithoutRefreshToken(Grant grant) {
    grant.refresh_token = Secret();
    grant.access_token = Secret("at-of-the-second-login");
    return grant;
  }

  // Stores a login without refresh token over `grant`, whose token it inherits.
  int64_t Inherit(const Grant& grant, int64_t generation) {
    Grant login = SampleGrant();
    login.refresh_token = Secret();
    const PutGrantAnswer put =
        PutOf(PutKind::kLogin, "inherits", generation, login, grant.refresh_token_generation);
    EXPECT_EQ(put.outcome, Put::kStored);
    return put.generation;
  }

  // The subjects of every page of what matches.
  std::vector<std::string> ListedSubjects(const GrantFilter& filter, int page_size) {
    std::vector<std::string> subjects;
    std::string page;
    do {
      const ListAnswer answer = Do(grants().List(filter, page_size, page));
      EXPECT_EQ(answer.outcome, ListAnswer::Outcome::kOk);
      EXPECT_LE(static_cast<int>(answer.grants.size()), page_size);
      for (const Grant& grant : answer.grants) subjects.push_back(grant.key.subject);
      page = answer.next_page;
    } while (!page.empty());
    return subjects;
  }
};

}  // namespace tokenbroker
