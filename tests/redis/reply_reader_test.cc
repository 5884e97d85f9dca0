#include "redis/reply_reader.h"

#include "tests/redis/redis_test.h"

namespace tokenbroker {
namespace {

using namespace std::string_literals;
using Type = RedisReply::Type;

std::vector<RedisReply> ReadAll(ReplyReader& reader) {
  std::vector<RedisReply> replies;
  for (;;) {
    auto reply = reader.Next();
    EXPECT_TRUE(reply.ok());
    if (!reply.ok() || !*reply) return replies;
    replies.push_back(**std::move(reply));
  }
}

TEST(ReplyReaderTest, ReadsEveryType) {
  ReplyReader reader{ReplyReader::Limits()};
  reader.Feed("+OK\r\n-ERR no\r\n:-7\r\n$3\r\n\0\r\n\r\n$-1\r\n*-1\r\n*0\r\n"s);
  EXPECT_THAT(ReadAll(reader),
              testing::ElementsAre(StatusReply("OK"), RedisReply{Type::kError, 0, "ERR no", {}},
                                   IntegerReply(-7), StringReply("\0\r\n"s), RedisReply(),
                                   RedisReply(), RedisReply{Type::kArray, 0, "", {}}));
}

TEST(ReplyReaderTest, ReadsNestedArraysByteByByte) {
  ReplyReader reader{ReplyReader::Limits()};
  const std::string bytes = "*3\r\n*2\r\n:1\r\n*1\r\n$1\r\na\r\n$1\r\nb\r\n*1\r\n:2\r\n";
  for (const char& byte : bytes) {
    EXPECT_THAT(ReadAll(reader), testing::IsEmpty());
    reader.Feed(absl::string_view(&byte, 1));
  }
  const RedisReply inner{Type::kArray, 0, "", {StringReply("a")}};
  const RedisReply first{Type::kArray, 0, "", {IntegerReply(1), inner}};
  const RedisReply last{Type::kArray, 0, "", {IntegerReply(2)}};
  EXPECT_THAT(ReadAll(reader), testing::ElementsAre(RedisReply{
                                   Type::kArray, 0, "", {first, StringReply("b"), last}}));
}

TEST(ReplyReaderTest, RefusesWhatIsNoReply) {
  for (const std::string bytes : {"HTTP/1.1 200 OK\r\n", "$x\r\n", "*-2\r\n", ":1x\r\n", "\r\n"}) {
    ReplyReader reader{ReplyReader::Limits()};
    reader.Feed(bytes);
    EXPECT_EQ(reader.Next().status().code(), absl::StatusCode::kUnavailable) << bytes;
    EXPECT_FALSE(reader.Next().ok()) << bytes;
  }
}

TEST(ReplyReaderTest, RefusesArraysThatAreTooDeep) {
  ReplyReader reader{ReplyReader::Limits()};
  for (int i = 0; i < 20; ++i) reader.Feed("*1\r\n");
  EXPECT_FALSE(reader.Next().ok());
}

TEST(ReplyReaderTest, BoundsTheBytesOfOneReply) {
  ReplyReader reader({100, 1000});
  const std::string text(80, 'x');
  for (int i = 0; i < 10; ++i) {
    reader.Feed("$80\r\n" + text + "\r\n");
    EXPECT_THAT(ReadAll(reader), testing::ElementsAre(StringReply(text)));
  }
  reader.Feed("$1000\r\n" + text + text);
  EXPECT_FALSE(reader.Next().ok());
}

TEST(ReplyReaderTest, BoundsTheItemsOfOneReply) {
  ReplyReader reader({1000, 4});
  reader.Feed("*3\r\n:1\r\n:2\r\n:3\r\n*3\r\n:1\r\n:2\r\n:3\r\n");
  EXPECT_EQ(ReadAll(reader).size(), 2u);
  reader.Feed("*2\r\n*2\r\n:1\r\n:2\r\n:3\r\n");
  EXPECT_FALSE(reader.Next().ok());
}

TEST(ReplyReaderTest, AnAnnouncedSizeReservesNothing) {
  ReplyReader reader{ReplyReader::Limits()};
  reader.Feed("*2000000000\r\n$2000000000\r\n");
  EXPECT_THAT(ReadAll(reader), testing::IsEmpty());
}

}  // namespace
}  // namespace tokenbroker
