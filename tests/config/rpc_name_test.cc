#include "config/rpc_name.h"

#include <gtest/gtest.h>
#include <tokenbroker/v1/grant_admin.pb.h>
#include <tokenbroker/v1/operations.pb.h>
#include <tokenbroker/v1/provider.pb.h>
#include <tokenbroker/v1/token_broker.pb.h>

#include <set>

namespace tokenbroker {
namespace {

constexpr int kRpcs = 16;

std::set<std::string> MethodsOf(const google::protobuf::FileDescriptor& file) {
  std::set<std::string> names;
  for (int i = 0; i < file.service(0)->method_count(); ++i) {
    names.insert(file.service(0)->method(i)->name());
  }
  return names;
}

std::set<std::string> AllMethods() {
  std::set<std::string> names;
  names.merge(MethodsOf(*v1::GetFreshTokenRequest::descriptor()->file()));
  names.merge(MethodsOf(*v1::GetGrantRequest::descriptor()->file()));
  names.merge(MethodsOf(*v1::ListProvidersRequest::descriptor()->file()));
  names.merge(MethodsOf(*v1::GetStatusRequest::descriptor()->file()));
  return names;
}

TEST(RpcNameTest, KnowsEveryRpcOfTheApiAndNoOther) {
  std::set<std::string> names;
  for (int i = 0; i < kRpcs; ++i) {
    const auto rpc = static_cast<Rpc>(i);
    const absl::string_view name = RpcName(rpc);
    EXPECT_EQ(ParseRpc(name), rpc) << name;
    names.emplace(name.data(), name.size());
  }
  EXPECT_EQ(names, AllMethods());
}

TEST(RpcNameTest, ParsesExactly) {
  EXPECT_EQ(ParseRpc("getfreshtoken"), absl::nullopt);
  EXPECT_EQ(ParseRpc("*"), absl::nullopt);
  EXPECT_EQ(ParseRpc(""), absl::nullopt);
}

TEST(RpcNameTest, GuessesWhatWasMeant) {
  EXPECT_EQ(NearestRpcName("get_fresh_token"), "GetFreshToken");
  EXPECT_EQ(NearestRpcName("RevokeGrnt"), "RevokeGrant");
  EXPECT_EQ(NearestRpcName("everything"), "");
}

// An RPC that is about a grant asks for one, or gives some back.
TEST(RpcNameTest, KnowsWhatAnRpcIsAbout) {
  EXPECT_EQ(TargetOf(Rpc::kGetFreshToken), RpcTarget::kGrant);
  EXPECT_EQ(TargetOf(Rpc::kRevokeGrants), RpcTarget::kGrant);
  EXPECT_EQ(TargetOf(Rpc::kCheckProvider), RpcTarget::kProvider);
  EXPECT_EQ(TargetOf(Rpc::kListProviders), RpcTarget::kProvider);
  EXPECT_EQ(TargetOf(Rpc::kGetKeyUsage), RpcTarget::kBroker);
  EXPECT_EQ(TargetOf(Rpc::kGetStatus), RpcTarget::kBroker);
}

TEST(RpcSetTest, HasWhatWasAdded) {
  RpcSet set;
  EXPECT_TRUE(set.empty());
  set.Add(Rpc::kCheckProvider);
  EXPECT_TRUE(set.Has(Rpc::kCheckProvider));
  EXPECT_FALSE(set.Has(Rpc::kListProviders));
  EXPECT_TRUE(set.HasTarget(RpcTarget::kProvider));
  EXPECT_FALSE(set.HasTarget(RpcTarget::kGrant));
}

TEST(RpcSetTest, TheWildcardIsTokenBrokerServiceAlone) {
  const std::set<std::string> methods = MethodsOf(*v1::GetFreshTokenRequest::descriptor()->file());
  for (int i = 0; i < kRpcs; ++i) {
    const auto rpc = static_cast<Rpc>(i);
    EXPECT_EQ(RpcSet::TokenBroker().Has(rpc), methods.count(std::string(RpcName(rpc))) > 0);
    EXPECT_TRUE(RpcSet::All().Has(rpc));
  }
}

}  // namespace
}  // namespace tokenbroker
