#include "client/library/service_account_token.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/string_view.h>

#include <algorithm>
#include <utility>

#include "client/library/small_file.h"
#include "client/library/wipe.h"

namespace tokenbroker::client {
namespace {

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  absl::StatusOr<std::string> text = ReadSmallFile(path);
  if (!text.ok()) return text;
  absl::StripAsciiWhitespace(&*text);
  const bool sendable = std::all_of(text->begin(), text->end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c));
  });
  if (text->empty() || !sendable) {
    return absl::InvalidArgumentError(
        absl::StrCat("the file '", absl::CEscape(path), "' holds no token"));
  }
  return text;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServiceAccountToken>> ServiceAccountToken::Open(std::string path) {
  absl::StatusOr<std::string> token = ReadToken(path);
  if (!token.ok()) return token.status();
  return std::unique_ptr<ServiceAccountToken>(
      new ServiceAccountToken(std::move(path), *std::move(token)));
}

ServiceAccountToken::ServiceAccountToken(std::string path, std::string token)
    : path_(std::move(path)), token_(std::move(token)) {}

ServiceAccountToken::~ServiceAccountToken() { Wipe(token_); }

grpc::Status ServiceAccountToken::GetMetadata(grpc::string_ref, grpc::string_ref,
                                              const grpc::AuthContext&,
                                              std::multimap<grpc::string, grpc::string>* metadata) {
  absl::StatusOr<std::string> read = ReadToken(path_);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (read.ok()) {
    token_.swap(*read);
    Wipe(*read);
  }
  metadata->emplace("authorization", absl::StrCat("Bearer ", token_));
  return grpc::Status::OK;
}

}  // namespace tokenbroker::client
