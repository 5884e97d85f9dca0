#include "redis/stream.h"

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <tuple>

#include "tests/redis/redis_test.h"

namespace tokenbroker {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// A listener whose queue is full: it swallows attempts to connect without an answer.
class BlackHole {
 public:
  explicit BlackHole(asio::io_context& context) : acceptor_(context) {
    acceptor_.open(tcp::v4());
    acceptor_.bind({asio::ip::address_v4::loopback(), 0});
    acceptor_.listen(0);
    for (int i = 0; i < 4; ++i) {
      fillers_.emplace_back(context);
      fillers_.back().open(tcp::v4());
      fillers_.back().non_blocking(true);
      const auto full = acceptor_.local_endpoint();
      // Some of them never get through.
      std::ignore = connect(fillers_.back().native_handle(), full.data(),
                            static_cast<socklen_t>(full.size()));
    }
  }
  StreamAddress address() const { return acceptor_.local_endpoint(); }

 private:
  tcp::acceptor acceptor_;
  std::vector<tcp::socket> fillers_;
};

class StreamTest : public RedisTest {
 protected:
  StreamTest() {
    acceptor_.open(tcp::v4());
    acceptor_.bind({asio::ip::address_v4::loopback(), 0});
    acceptor_.listen();
  }
  Future<absl::Status> Connect(std::vector<StreamAddress> addresses) {
    return Start(RedisStream::ConnectToAny(stream_, std::move(addresses), In(absl::Seconds(3))));
  }
  StreamAddress good() const { return acceptor_.local_endpoint(); }

  tcp::acceptor acceptor_{loop_.context()};
  std::shared_ptr<RedisStream> stream_ = std::make_shared<RedisStream>(loop_);
};

TEST_F(StreamTest, AnAddressThatSwallowsEverythingUsesUpItsShareOnly) {
  BlackHole hole(loop_.context());
  const auto connected = Connect({hole.address(), good()});
  Settle();
  Advance(absl::Milliseconds(1499));
  EXPECT_FALSE(connected->has_value());
  Advance(absl::Milliseconds(1));
  EXPECT_EQ(Await(connected), absl::OkStatus());
}

TEST_F(StreamTest, TheLastAddressHasAllTheTimeThatIsLeft) {
  BlackHole hole(loop_.context());
  const auto connected = Connect({hole.address()});
  Settle();
  Advance(absl::Milliseconds(2999));
  EXPECT_FALSE(connected->has_value());
  Advance(absl::Milliseconds(1));
  EXPECT_FALSE(Await(connected).ok());
}

TEST_F(StreamTest, WithoutAnAddressItSaysSo) {
  EXPECT_EQ(Await(Connect({})), absl::UnavailableError("the name has no address"));
}

}  // namespace
}  // namespace tokenbroker
