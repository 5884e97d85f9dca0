// Changes a protobuf message field by field, so that what libFuzzer tries stays a message.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <array>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

// libFuzzer's own: changes `size` bytes in place, to at most `max_size`; returns how many there
// are.
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace tokenbroker {

class MessageMutator {
 public:
  // `words`: texts that mean something to who reads the messages.
  MessageMutator(unsigned seed, std::vector<std::string> words)
      : random_(seed), words_(std::move(words)) {}

  // One of 0 to n - 1.
  int Any(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

  // Sets, clears or repeats one of its fields, or of the messages within.
  void Change(google::protobuf::Message* message) {
    const google::protobuf::Descriptor* const type = message->GetDescriptor();
    if (type->field_count() == 0) return;
    const Field* const field = type->field(Any(type->field_count()));
    const google::protobuf::Reflection* const reflection = message->GetReflection();
    if (Any(8) == 0) return reflection->ClearField(message, field);
    if (!field->is_repeated()) return Set(message, field);
    // Now and then more than any field may have.
    for (int n = Any(16) == 0 ? kMany : 1; n > 0; --n) Add(message, field);
  }

 private:
  using Field = google::protobuf::FieldDescriptor;

  static constexpr int kMany = 130;
  static constexpr size_t kLongTextBytes = 3000;

  std::string Text(std::string text) {
    switch (Any(8)) {
      case 0:
        return std::string(kLongTextBytes, 'x');
      case 1:
        return std::string();
      case 2:
      case 3: {
        const size_t size = text.size();
        text.resize(size + 32);
        text.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(text.data()), size, text.size()));
        return text;
      }
      default:
        return words_[static_cast<size_t>(Any(static_cast<int>(words_.size())))];
    }
  }

  int64_t Number() {
    constexpr std::array<int64_t, 9> kNumbers = {0,
                                                 1,
                                                 -1,
                                                 10,
                                                 60,
                                                 1'000'000'000,
                                                 1'800'000'000,
                                                 std::numeric_limits<int64_t>::max(),
                                                 std::numeric_limits<int64_t>::min()};
    return kNumbers[static_cast<size_t>(Any(kNumbers.size()))];
  }

  // One more than there are: a value of a newer version.
  int EnumValue(const Field* field) { return Any(field->enum_type()->value_count() + 1); }

  void Set(google::protobuf::Message* message, const Field* field) {
    const google::protobuf::Reflection& reflection = *message->GetReflection();
    switch (field->cpp_type()) {
      case Field::CPPTYPE_STRING:
        return reflection.SetString(message, field, Text(reflection.GetString(*message, field)));
      case Field::CPPTYPE_INT64:
        return reflection.SetInt64(message, field, Number());
      case Field::CPPTYPE_INT32:
        return reflection.SetInt32(message, field, static_cast<int32_t>(Number()));
      case Field::CPPTYPE_BOOL:
        return reflection.SetBool(message, field, !reflection.GetBool(*message, field));
      case Field::CPPTYPE_ENUM:
        return reflection.SetEnumValue(message, field, EnumValue(field));
      case Field::CPPTYPE_MESSAGE:
        return Change(reflection.MutableMessage(message, field));
      default:
        return;
    }
  }

  void Add(google::protobuf::Message* message, const Field* field) {
    const google::protobuf::Reflection& reflection = *message->GetReflection();
    switch (field->cpp_type()) {
      case Field::CPPTYPE_STRING:
        return reflection.AddString(message, field, Text(""));
      case Field::CPPTYPE_ENUM:
        return reflection.AddEnumValue(message, field, EnumValue(field));
      case Field::CPPTYPE_MESSAGE: {
        // A map's entry, too.
        google::protobuf::Message* const added = reflection.AddMessage(message, field);
        Change(added);
        return Change(added);
      }
      default:
        return;
    }
  }

  std::minstd_rand random_;
  const std::vector<std::string> words_;
};

}  // namespace tokenbroker
