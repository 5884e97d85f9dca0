#include "store/record_fields.h"

#include "tests/store/packed_fields.h"

namespace tokenbroker {
namespace {

// With a length of so many bytes.
std::string Packed(const std::string& text, int bytes) {
  std::string packed(1, static_cast<char>(bytes == 1 ? 0xD9 : bytes == 2 ? 0xDA : 0xDB));
  for (int i = bytes - 1; i >= 0; --i) packed.push_back(static_cast<char>(text.size() >> (8 * i)));
  return packed + text;
}

absl::optional<absl::Time> TimeOf(const std::string& text) {
  return RecordFields::Unpack(PackedFields({{"t", text}}))->Time("t");
}

TEST(RecordFieldsTest, FieldsAreFoundByName) {
  const auto fields = RecordFields::Unpack(PackedFields({{"gen", "5"}, {"state", "active"}}));
  ASSERT_TRUE(fields.has_value());
  EXPECT_FALSE(fields->empty());
  EXPECT_TRUE(fields->Has("gen"));
  EXPECT_EQ(fields->Number("gen"), 5);
  EXPECT_EQ(fields->Text("state"), "active");
}

TEST(RecordFieldsTest, EveryFormOfALengthIsRead) {
  for (const size_t size : {size_t{0}, size_t{31}}) {
    const std::string text(size, 'x');
    EXPECT_EQ(RecordFields::Unpack(PackedFields({{"a", text}}))->Text("a"), text);
  }
  for (const int bytes : {1, 2, 4}) {
    const std::string text(bytes == 1 ? 255 : bytes == 2 ? 65'535 : 70'000, 'x');
    EXPECT_EQ(RecordFields::Unpack("\x92" + PackedText("a") + Packed(text, bytes))->Text("a"),
              text);
  }
  const std::string many = std::string("\xDC\0\x02", 3) + PackedText("a") + PackedText("b");
  EXPECT_EQ(RecordFields::Unpack(many)->Text("a"), "b");
  const std::string more = std::string("\xDD\0\0\0\x02", 5) + PackedText("a") + PackedText("b");
  EXPECT_EQ(RecordFields::Unpack(more)->Text("a"), "b");
}

TEST(RecordFieldsTest, WhatIsMovedOrCopiedKeepsItsTexts) {
  RecordFields moved;
  RecordFields copied;
  {
    RecordFields fields = *RecordFields::Unpack(PackedFields({{"a", "b"}}));
    copied = fields;
    moved = std::move(fields);
  }
  EXPECT_EQ(moved.Text("a"), "b");
  EXPECT_EQ(copied.Text("a"), "b");
}

TEST(RecordFieldsTest, NothingButNamesAndValuesIsRead) {
  EXPECT_TRUE(RecordFields::Unpack("\x90")->empty());
  const std::string good = PackedFields({{"a", "b"}});
  for (size_t i = 0; i < good.size(); ++i) {
    EXPECT_FALSE(RecordFields::Unpack(good.substr(0, i)).has_value()) << i;
  }
  EXPECT_FALSE(RecordFields::Unpack(good + "x").has_value());
  // A name alone, a number, a map, and more elements than there can be.
  EXPECT_FALSE(RecordFields::Unpack("\x91" + PackedText("a")).has_value());
  EXPECT_FALSE(RecordFields::Unpack("\x92" + PackedText("a") + "\x07").has_value());
  EXPECT_FALSE(RecordFields::Unpack("\x81" + PackedText("a") + PackedText("b")).has_value());
  EXPECT_FALSE(RecordFields::Unpack("\xDD\xFF\xFF\xFF\xFE").has_value());
  EXPECT_FALSE(RecordFields::Unpack("\x92" + PackedText("a") + "\xDB\xFF\xFF\xFF\xFF").has_value());
}

TEST(RecordFieldsTest, AFieldThatIsNotThereIsNothing) {
  const RecordFields fields;
  EXPECT_TRUE(fields.empty());
  EXPECT_FALSE(fields.Has("x"));
  EXPECT_EQ(fields.Text("x"), "");
  EXPECT_EQ(fields.Number("x"), 0);
  EXPECT_FALSE(fields.Time("x").has_value());
  EXPECT_EQ(fields.TimeOrEpoch("x"), absl::Time());
}

TEST(RecordFieldsTest, TimesAreMillisecondsAndTheirEndsHaveNames) {
  for (const absl::Time t :
       {absl::FromUnixMillis(1'800'000'000'123), absl::InfiniteFuture(), absl::InfinitePast()}) {
    EXPECT_EQ(TimeOf(MillisText(t)), t);
  }
  EXPECT_FALSE(TimeOf("12x").has_value());
  EXPECT_EQ(MillisText(absl::FromUnixMicros(1'999)), "1");
  EXPECT_EQ(MillisText(absl::Time()), "");
  EXPECT_EQ(MillisText(absl::optional<absl::Time>()), "");
}

}  // namespace
}  // namespace tokenbroker
