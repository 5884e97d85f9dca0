// CurlTransfer over TLS.
#include <string>

#include "tests/http/http_fixture.h"
#include "tests/http/loopback_server.h"
#include "tests/http/test_certificate.h"

namespace tokenbroker {
namespace {

class CurlTlsTest : public HttpTest {
 protected:
  HttpResult PostTrusting(const LoopbackServer& server, const std::string& ca_file) {
    HttpRequest request = Post(server.Url(), "a=b");
    request.ca_file = ca_file;
    // Reading the system's authorities takes seconds on a busy machine.
    request.connect_timeout = request.timeout = absl::Minutes(1);
    return Send(std::move(request));
  }

  TestCertificate certificate_;
};

TEST_F(CurlTlsTest, AcceptsAServerThatTheCaFileVouchesFor) {
  LoopbackServer server([](const SeenRequest&) { return Ok(); }, certificate_.server());
  const HttpResult result = PostTrusting(server, certificate_.ca_file());
  ASSERT_TRUE(result.response) << result.error;
  EXPECT_EQ(server.seen().at(0).body, "a=b");
}

TEST_F(CurlTlsTest, RefusesASelfSignedServerAndSendsItNothing) {
  LoopbackServer server([](const SeenRequest&) { return Ok(); }, certificate_.server());
  const TestCertificate other;
  for (const std::string& ca_file : {std::string(), other.ca_file(), std::string("/nonexistent")}) {
    const HttpResult result = PostTrusting(server, ca_file);
    EXPECT_EQ(result.error.code(), absl::StatusCode::kUnavailable) << ca_file;
    EXPECT_FALSE(result.sent);
  }
  EXPECT_EQ(server.seen().size(), 0u);
}

TEST_F(CurlTlsTest, AConnectionThatACaFileVouchedForIsNotReusedWithoutIt) {
  LoopbackServer server([](const SeenRequest&) { return Ok(); }, certificate_.server());
  // Of a kind that may go over a connection however long that was idle: reading the system's
  // authorities takes time.
  const auto get_trusting = [&](const std::string& ca_file) {
    HttpRequest request = Get(server.Url());
    request.ca_file = ca_file;
    return Send(std::move(request)).response.has_value();
  };
  ASSERT_TRUE(get_trusting(certificate_.ca_file()));
  EXPECT_FALSE(get_trusting(""));
  ASSERT_TRUE(get_trusting(certificate_.ca_file()));
  EXPECT_EQ(server.seen().at(1).connection, 1);
}

// A session that is resumed is one whose certificate is not looked at.
TEST_F(CurlTlsTest, EachConnectionLooksAtTheServersCertificate) {
  LoopbackServer server(
      [](const SeenRequest&) {
        Reply reply = Ok();
        reply.then = Reply::Then::kClose;
        return reply;
      },
      certificate_.server());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(PostTrusting(server, certificate_.ca_file()).response);
  }
  EXPECT_EQ(server.seen().at(2).connection, 3);
  EXPECT_EQ(SSL_CTX_sess_hits(certificate_.server()), 0);
}

TEST_F(CurlTlsTest, RefusesACertificateForAnotherHost) {
  LoopbackServer server([](const SeenRequest&) { return Ok(); }, certificate_.server());
  HttpRequest request = Post("https://localhost:" + std::to_string(server.port()) + "/", "a=b");
  request.ca_file = certificate_.ca_file();
  const HttpResult result = Send(std::move(request));
  EXPECT_EQ(result.error.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(result.obstacle, Obstacle::kCertificateName);
  EXPECT_FALSE(result.sent);
}

TEST_F(CurlTlsTest, SaysWhatIsWrongWithTheCertificate) {
  LoopbackServer server([](const SeenRequest&) { return Ok(); }, certificate_.server());
  const TestCertificate other;
  EXPECT_EQ(PostTrusting(server, other.ca_file()).obstacle, Obstacle::kCertificateUntrusted);
  EXPECT_EQ(PostTrusting(server, "/nonexistent").obstacle, Obstacle::kCaFile);
}

TEST_F(CurlTlsTest, RefusesAServerThatSpeaksOnlyOldTls) {
  SSL_CTX_set_security_level(certificate_.server(), 0);
  SSL_CTX_set_min_proto_version(certificate_.server(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(certificate_.server(), TLS1_1_VERSION);
  LoopbackServer server([](const SeenRequest&) { return Ok(); }, certificate_.server());
  const HttpResult result = PostTrusting(server, certificate_.ca_file());
  EXPECT_FALSE(result.response);
  EXPECT_EQ(result.obstacle, Obstacle::kTls);
  EXPECT_EQ(server.seen().size(), 0u);
}

int RememberOffer(SSL*, const unsigned char**, unsigned char*, const unsigned char* in,
                  unsigned int size, void* offer) {
  static_cast<std::string*>(offer)->assign(reinterpret_cast<const char*>(in), size);
  return SSL_TLSEXT_ERR_NOACK;
}

TEST_F(CurlTlsTest, OffersHttp2AndTakesHttp1) {
  std::string offer;
  SSL_CTX_set_alpn_select_cb(certificate_.server(), &RememberOffer, &offer);
  {
    LoopbackServer server([](const SeenRequest&) { return Ok(); }, certificate_.server());
    EXPECT_TRUE(PostTrusting(server, certificate_.ca_file()).response);
    http_.reset();
  }
  EXPECT_EQ(offer, "\2h2\10http/1.1");
}

}  // namespace
}  // namespace tokenbroker
