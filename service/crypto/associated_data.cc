#include "crypto/associated_data.h"

#include <cstddef>

namespace tokenbroker {
namespace {

void AppendNumber(std::string* out, uint64_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>(number >> shift & 0xFF));
  }
}

void AppendText(std::string* out, absl::string_view text) {
  AppendNumber(out, text.size(), 4);
  out->append(text.data(), text.size());
}

}  // namespace

std::string AssociatedData(const RecordIdentity& identity) {
  std::string out;
  AppendText(&out, identity.schema);
  AppendText(&out, identity.tenant);
  AppendText(&out, identity.provider);
  AppendText(&out, identity.subject);
  AppendNumber(&out, static_cast<uint64_t>(identity.generation), 8);
  return out;
}

}  // namespace tokenbroker
