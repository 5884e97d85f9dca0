#include "config/caller.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <algorithm>

#include "base/status_macros.h"

namespace tokenbroker {
namespace {

constexpr size_t kMaxSpiffeBytes = 2048;
constexpr size_t kMaxTrustDomainBytes = 255;
constexpr size_t kMaxLabelBytes = 63;
constexpr size_t kMaxDnsBytes = 253;

bool IsLowerOrDigit(char c) {
  return absl::ascii_islower(static_cast<unsigned char>(c)) ||
         absl::ascii_isdigit(static_cast<unsigned char>(c));
}

bool IsTrustDomainCharacter(char c) {
  return IsLowerOrDigit(c) || c == '.' || c == '-' || c == '_';
}

bool IsPathCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_';
}

absl::Status CheckTrustDomain(absl::string_view domain) {
  if (domain.empty()) return absl::InvalidArgumentError("names no trust domain after spiffe://");
  if (domain.size() > kMaxTrustDomainBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("has a trust domain of more than ", kMaxTrustDomainBytes, " bytes"));
  }
  if (absl::StrContains(domain, '@') || absl::StrContains(domain, ':')) {
    return absl::InvalidArgumentError("has a user or a port; a SPIFFE ID has neither");
  }
  if (std::all_of(domain.begin(), domain.end(), IsTrustDomainCharacter)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "has a trust domain with other characters than a-z, 0-9, '.', '-' and '_'");
}

absl::Status CheckSegment(absl::string_view segment) {
  if (segment.empty()) {
    return absl::InvalidArgumentError(
        "has an empty path segment; write one slash between two, and none at the end");
  }
  if (segment == "." || segment == "..") {
    return absl::InvalidArgumentError("has the path segment . or ..; a SPIFFE ID has neither");
  }
  if (std::all_of(segment.begin(), segment.end(), IsPathCharacter)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "has a path with other characters than letters, digits, '.', '-', '_' and slashes");
}

// RFC 1123 2.1: letters, digits and inner hyphens.
bool IsLabel(absl::string_view label) {
  return !label.empty() && label.size() <= kMaxLabelBytes && label.front() != '-' &&
         label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
           return IsLowerOrDigit(c) || c == '-';
         });
}

bool IsSubdomain(absl::string_view name) {
  if (name.empty() || name.size() > kMaxDnsBytes) return false;
  const std::vector<absl::string_view> labels = absl::StrSplit(name, '.');
  return std::all_of(labels.begin(), labels.end(), IsLabel);
}

bool IsAllDigits(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); });
}

}  // namespace

absl::StatusOr<Caller> SpiffeCaller(absl::string_view uri) {
  absl::string_view rest = uri;
  if (!absl::ConsumePrefix(&rest, "spiffe://")) {
    return absl::InvalidArgumentError("is no SPIFFE ID; write spiffe://trust-domain/path");
  }
  if (uri.size() > kMaxSpiffeBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("is longer than ", kMaxSpiffeBytes, " bytes; a SPIFFE ID is not"));
  }
  if (rest.find_first_of("?#") != absl::string_view::npos) {
    return absl::InvalidArgumentError("has a query or a fragment; a SPIFFE ID has neither");
  }
  const size_t slash = rest.find('/');
  TB_RETURN_IF_ERROR(CheckTrustDomain(rest.substr(0, slash)));
  if (slash == absl::string_view::npos) {
    return absl::InvalidArgumentError(
        "is a trust domain and no caller; add the path of a workload");
  }
  for (const absl::string_view segment : absl::StrSplit(rest.substr(slash + 1), '/')) {
    TB_RETURN_IF_ERROR(CheckSegment(segment));
  }
  return Caller{CallerKind::kSpiffe, std::string(uri.data(), uri.size())};
}

absl::StatusOr<Caller> DnsCaller(absl::string_view name) {
  const std::string lower = absl::AsciiStrToLower(name);
  if (absl::StrContains(lower, '*')) {
    return absl::InvalidArgumentError("has a wildcard; a DNS name is taken exactly");
  }
  if (!IsSubdomain(lower)) {
    return absl::InvalidArgumentError(
        "is no DNS name; write at most 253 bytes of labels of a-z, 0-9 and inner '-', with single "
        "dots between them");
  }
  // RFC 1123 2.1: what ends in a number is an address.
  if (IsAllDigits(absl::string_view(lower).substr(lower.rfind('.') + 1))) {
    return absl::InvalidArgumentError("is an address; write a DNS name");
  }
  return Caller{CallerKind::kDns, absl::StrCat("dns:", lower)};
}

absl::StatusOr<Caller> ServiceAccountCaller(absl::string_view service_namespace,
                                            absl::string_view name) {
  if (!IsLabel(service_namespace)) {
    return absl::InvalidArgumentError(
        "has no Kubernetes namespace; write 1 to 63 of a-z, 0-9 and inner '-'");
  }
  if (!IsSubdomain(name)) {
    return absl::InvalidArgumentError(
        "has no service account's name; write at most 253 bytes of a-z, 0-9, '-' and '.', each "
        "part between dots beginning and ending with a letter or digit");
  }
  return Caller{CallerKind::kServiceAccount,
                absl::StrCat("serviceaccount:", service_namespace, "/", name)};
}

absl::StatusOr<Caller> ParseCaller(absl::string_view text) {
  if (text == "anonymous") return Caller{};
  if (absl::StartsWith(text, "spiffe:")) return SpiffeCaller(text);
  if (absl::ConsumePrefix(&text, "dns:")) return DnsCaller(text);
  if (absl::ConsumePrefix(&text, "serviceaccount:")) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(text, absl::MaxSplits('/', 1));
    return ServiceAccountCaller(parts.first, parts.second);
  }
  return absl::InvalidArgumentError(
      "is no caller; write anonymous, spiffe://trust-domain/path, dns:name or "
      "serviceaccount:namespace/name");
}

}  // namespace tokenbroker
