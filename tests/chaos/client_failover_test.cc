// A C++ service whose broker is several replicas behind one name, as a headless Service of
// Kubernetes is: one dies, one is added, and the service's own certificate is renewed meanwhile.
#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>

#include <atomic>
#include <iostream>
#include <thread>

#include "tests/chaos/named_fleet.h"
#include "tests/chaos/source_user.h"
#include "tests/integration/caller_credentials.h"
#include "tokenbroker/client/channel.h"
#include "tokenbroker/client/token_source.h"

namespace tokenbroker {
namespace {

constexpr int kGrants = 16;
// Where clients ask again who is behind the name.
constexpr absl::Duration kConnectionAge = absl::Seconds(10);

struct CallsSeen {
  std::atomic<int64_t> calls{0};
  std::atomic<int64_t> failed{0};
};

class ClientFailoverTest : public NamedFleetTest {
 protected:
  ClientFailoverTest() : NamedFleetTest(2) {
    SetTokenLifetime(absl::Seconds(4));
    SetMargin(absl::Seconds(2));
    AddServerYaml(absl::StrCat("  max_connection_age: ", absl::FormatDuration(kConnectionAge),
                               "\n  max_connection_age_grace: 2s\n"));
    StartReplicas(2);
    subjects_ = LogInMany(kGrants);
  }

  // The caller's certificate from now on.
  void UseCertificate(const TestAuthority::Files& files, const std::string& version) {
    tls_.Write(version + "/tls.crt", TestAuthority::Text(files.certificate));
    tls_.Write(version + "/tls.key", TestAuthority::Text(files.key));
    tls_.SwapLink("current", version);
  }

  void Connect() {
    client::ChannelOptions options;
    options.target = target();
    options.ca_file = authority().ca_file();
    options.certificate_file = tls_.Path("current/tls.crt");
    options.key_file = tls_.Path("current/tls.key");
    options.server_name = kName;
    channel_ = *client::CreateChannel(options);
    for (const std::string& subject : subjects_) {
      client::TokenSourceOptions grant;
      grant.provider = "sim";
      grant.subject = subject;
      sources_.push_back(std::make_unique<client::TokenSource>(channel_, grant));
      users_.emplace_back([this, source = sources_.back().get()] {
        UseSource(*source, absl::Milliseconds(5), stop_, use_);
      });
      users_.emplace_back([this, subject] { Ask(subject); });
    }
  }

  // A call before each use, without a source.
  void Ask(const std::string& subject) {
    const auto stub = v1::TokenBrokerService::NewStub(channel_);
    while (!stop_.StoppedWithin(absl::Milliseconds(20))) {
      grpc::ClientContext context;
      context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(10)));
      v1::GetFreshTokenResponse response;
      const grpc::Status status =
          stub->GetFreshToken(&context, BrokerClient::TokenRequest(subject), &response);
      ++calls_.calls;
      if (!status.ok() && ++calls_.failed <= 3) {
        std::cout << status.error_code() << ": " << status.error_message() << "\n";
      }
    }
  }

  // What a replica counts of those that use it.
  bool Serves(size_t i) {
    const std::string text = replica(i).AdminPage("/metrics");
    return text.find("\ntokenbroker_watches 0\n") == std::string::npos &&
           text.find("\ntokenbroker_tokens_served_total{source=\"cache\"} 0\n") ==
               std::string::npos;
  }

  void EndUse() {
    stop_.Stop();
    for (std::thread& user : users_) user.join();
    sources_.clear();
  }

  TempFolder tls_;
  std::vector<std::string> subjects_;
  std::shared_ptr<grpc::Channel> channel_;
  std::vector<std::unique_ptr<client::TokenSource>> sources_;
  StopEvent stop_;
  SourceUse use_;
  CallsSeen calls_;
  std::vector<std::thread> users_;
};

TEST_F(ClientFailoverTest, ReplicasComeAndGoAndCertificatesAreRenewedUnnoticed) {
  const std::string name = absl::StrCat("URI:", kPlayer);
  const absl::Time start = absl::Now();
  const absl::Duration first_certificate = 4 * kConnectionAge;
  UseCertificate(authority().Issue(name, first_certificate), "1");
  Connect();
  ASSERT_TRUE(Eventually([&] { return Serves(0) && Serves(1); }));

  UseCertificate(authority().Issue(name), "2");
  stop_.StoppedWithin(absl::Seconds(2));
  replica(1).Kill();
  stop_.StoppedWithin(absl::Seconds(4));
  EXPECT_EQ(use_.errors, 0) << "while one of two is dead";
  EXPECT_EQ(calls_.failed, 0) << "while one of two is dead";
  replica(1).Start();
  EXPECT_TRUE(Eventually([&] { return Serves(1); })) << "the one that came back gets nothing";

  AddReplica(redis_uri());
  const absl::Time added = absl::Now();
  Name(3);
  EXPECT_TRUE(Eventually([&] { return Serves(2); }, absl::Seconds(45)))
      << "the one that was added gets nothing";
  std::cout << "a replica that was added is used after " << absl::Now() - added << "\n";

  // No connection is left that was made with the certificate which has expired by then.
  stop_.StoppedWithin(start + first_certificate + absl::Seconds(3) - absl::Now());
  EndUse();
  std::cout << kGrants << " sources: " << use_ << "; " << calls_.calls << " calls, "
            << calls_.failed << " failed\n";
  EXPECT_GT(use_.tokens, 1000);
  EXPECT_GT(calls_.calls, 1000);
  EXPECT_EQ(use_.stale, 0);
  EXPECT_EQ(use_.older_than_before, 0);
  EXPECT_EQ(use_.errors, 0);
  EXPECT_EQ(calls_.failed, 0);
  EXPECT_EQ(counters().families_revoked_by_reuse, 0u);
}

}  // namespace
}  // namespace tokenbroker
