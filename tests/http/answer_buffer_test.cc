#include "http/answer_buffer.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(AnswerBufferTest, LowersNamesTrimsValuesAndKeepsTheOrder) {
  AnswerBuffer buffer(10);
  for (const char* line : {"HTTP/1.1 200 OK\r\n", "Content-Type: text/html; charset=UTF-8 \r\n",
                           "RETRY-AFTER:\t5\r\n", "Empty:\r\n", "\r\n"}) {
    EXPECT_TRUE(buffer.AddHeaderLine(line));
  }
  EXPECT_TRUE(buffer.AddBody("ab"));
  EXPECT_TRUE(buffer.AddBody("c"));
  const HttpResponse response = buffer.Take(200);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "abc");
  EXPECT_THAT(response.headers, ElementsAre(Pair("content-type", "text/html; charset=UTF-8"),
                                            Pair("retry-after", "5"), Pair("empty", "")));
}

TEST(AnswerBufferTest, ForgetsInterimAnswersAndIgnoresTrailers) {
  AnswerBuffer buffer(10);
  for (const char* line : {"HTTP/1.1 103 Early Hints\r\n", "Link: x\r\n", "\r\n", "HTTP/2 429\r\n",
                           "retry-after: 1\r\n", "\r\n", "trailer: x\r\n"}) {
    EXPECT_TRUE(buffer.AddHeaderLine(line));
  }
  EXPECT_THAT(buffer.Take(429).headers, ElementsAre(Pair("retry-after", "1")));
}

TEST(AnswerBufferTest, JoinsFoldedLinesAndSkipsNonsense) {
  AnswerBuffer buffer(10);
  for (const char* line : {"HTTP/1.1 200\r\n", " folded: nothing\r\n", "no colon\r\n", "A: b\r\n",
                           "\tc: d\r\n", "\r\n"}) {
    EXPECT_TRUE(buffer.AddHeaderLine(line));
  }
  EXPECT_THAT(buffer.Take(200).headers, ElementsAre(Pair("a", "b c: d")));
}

TEST(AnswerBufferTest, TakesABodyUpToItsLimitAndNotOneByteMore) {
  AnswerBuffer buffer(3);
  EXPECT_TRUE(buffer.AddBody("abc"));
  EXPECT_TRUE(buffer.AddBody(""));
  EXPECT_FALSE(buffer.too_large());
  EXPECT_FALSE(buffer.AddBody("d"));
  EXPECT_TRUE(buffer.too_large());
}

TEST(AnswerBufferTest, CountsHeadersOfAllAnswersTogether) {
  AnswerBuffer buffer(3);
  size_t bytes = 0;
  const std::string line = "HTTP/1.1 100 Continue\r\n";
  while (bytes + line.size() + 2 <= AnswerBuffer::kMaxHeaderBytes) {
    ASSERT_TRUE(buffer.AddHeaderLine(line));
    ASSERT_TRUE(buffer.AddHeaderLine("\r\n"));
    bytes += line.size() + 2;
  }
  EXPECT_FALSE(buffer.AddHeaderLine(line) && buffer.AddHeaderLine("\r\n"));
  EXPECT_TRUE(buffer.too_large());
}

TEST(AnswerBufferTest, AnAnswerWithoutAnythingIsEmpty) {
  AnswerBuffer buffer(0);
  EXPECT_TRUE(buffer.AddBody(""));
  EXPECT_THAT(buffer.Take(204).headers, IsEmpty());
}

}  // namespace
}  // namespace tokenbroker
