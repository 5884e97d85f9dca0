#include "http/curl_transfer.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <openssl/x509_vfy.h>
#include <string.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/log.h"
#include "base/network_address.h"
#include "base/status_macros.h"

namespace tokenbroker {
namespace {

constexpr const char* kProxyVariables[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};

bool IsHeaderText(absl::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); });
}

// curl's own fixed words: they quote nothing of the request or the answer.
absl::Status ToStatus(CURLcode code) {
  const std::string message =
      absl::StrCat("http request failed: ", curl_easy_strerror(code), " (curl ", code, ")");
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return absl::DeadlineExceededError(message);
    case CURLE_FILESIZE_EXCEEDED:
      return absl::ResourceExhaustedError(message);
    default:
      return absl::UnavailableError(message);
  }
}

Obstacle ObstacleOfCertificate(long verify_result) {
  switch (verify_result) {
    // OpenSSL found nothing wrong: curl compares the name itself, and then leaves this behind.
    case X509_V_OK:
    case X509_V_ERR_UNSPECIFIED:
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return Obstacle::kCertificateName;
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return Obstacle::kCertificateExpired;
    default:
      return Obstacle::kCertificateUntrusted;
  }
}

Obstacle ObstacleOf(CURLcode code, CURL* easy) {
  long verify_result = X509_V_OK;
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return Obstacle::kHostUnknown;
    case CURLE_PEER_FAILED_VERIFICATION:
      curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verify_result);
      return ObstacleOfCertificate(verify_result);
    case CURLE_SSL_CACERT_BADFILE:
      return Obstacle::kCaFile;
    case CURLE_SSL_CONNECT_ERROR:
      return Obstacle::kTls;
    default:
      return Obstacle::kUnknown;
  }
}

// As curl finds it. Whether no_proxy makes an exception for the host does not matter here.
bool ProxyConfigured() {
  return std::any_of(std::begin(kProxyVariables), std::end(kProxyVariables), [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  });
}

}  // namespace

void CurlTransfer::HeaderCleanup::operator()(curl_slist* list) const {
  for (curl_slist* line = list; line != nullptr; line = line->next) {
    explicit_bzero(line->data, strlen(line->data));
  }
  curl_slist_free_all(list);
}

CurlTransfer::CurlTransfer(Loop& loop, HttpRequest request)
    : request_(std::move(request)), answer_(request_.max_body_bytes), done_(loop) {}

absl::Status CurlTransfer::Prepare(const RequestUrl& url, std::shared_ptr<CurlHandles> handles) {
  if (request_.timeout <= absl::ZeroDuration() ||
      request_.connect_timeout <= absl::ZeroDuration()) {
    return absl::DeadlineExceededError("no time is left for the http request");
  }
  reach_ = url.reach;
  peer_ =
      absl::StrCat(url.authority, request_.destinations == Destinations::kAny ? " anywhere" : "");
  TB_RETURN_IF_ERROR(MakeHeaders());
  handles_ = std::move(handles);
  handle_ = handles_->Take(HandleOptions(url, request_));
  const CURLcode begun = handle_->Begin(this, headers_.get(), request_.body.Expose().size());
  return begun == CURLE_OK ? absl::OkStatus() : ToStatus(begun);
}

absl::Status CurlTransfer::MakeHeaders() {
  bool taken = AddHeader("Expect", "");
  for (const auto& [name, value] : request_.headers) {
    const bool named = !name.empty() && name.find_first_of(":; ") == std::string::npos;
    if (!named || !IsHeaderText(name) || !IsHeaderText(value.Expose())) {
      return absl::InvalidArgumentError("a request header holds forbidden characters");
    }
    taken = taken && !value.empty() && AddHeader(name, value.Expose());
  }
  if (!taken) return absl::InvalidArgumentError("a request header is empty");
  return absl::OkStatus();
}

// An empty value tells curl not to send its own header of that name.
bool CurlTransfer::AddHeader(absl::string_view name, absl::string_view value) {
  const Secret line(value.empty() ? absl::StrCat(name, ":") : absl::StrCat(name, ": ", value));
  curl_slist* const shorter = headers_.release();
  curl_slist* const longer = curl_slist_append(shorter, line.Expose().data());
  headers_.reset(longer == nullptr ? shorter : longer);
  return longer != nullptr;
}

void CurlTransfer::Finish(CURLcode code) {
  if (answer_.too_large()) {
    Fail(absl::ResourceExhaustedError("http request failed: the answer is too large"));
    return;
  }
  if (code == CURLE_COULDNT_CONNECT && address_refused_) {
    Fail(absl::PermissionDeniedError(
        "http request failed: the host has an address that is not allowed"));
    return;
  }
  if (code != CURLE_OK) {
    result_.obstacle = ObstacleOf(code, easy());
    Fail(ToStatus(code));
    return;
  }
  long status = 0;
  curl_easy_getinfo(easy(), CURLINFO_RESPONSE_CODE, &status);
  handles_->GiveBack(std::move(handle_));
  result_.response = answer_.Take(static_cast<int>(status));
  done_.Notify();
}

void CurlTransfer::Fail(absl::Status error) {
  result_.error = std::move(error);
  done_.Notify();
}

size_t CurlTransfer::OnRead(char* buffer, size_t size) {
  const absl::string_view rest = request_.body.Expose().substr(body_offset_);
  const size_t n = std::min(rest.size(), size);
  std::copy_n(rest.data(), n, buffer);
  body_offset_ += n;
  if (n > 0) result_.sent = true;
  return n;
}

bool CurlTransfer::OnSeek(curl_off_t offset) {
  const auto size = static_cast<curl_off_t>(request_.body.Expose().size());
  if (offset < 0 || offset > size) return false;
  body_offset_ = static_cast<size_t>(offset);
  return true;
}

bool CurlTransfer::IsAllowed(const sockaddr& address) const {
  if (request_.destinations == Destinations::kAny) return true;
  const AddressKind kind = KindOf(address);
  if (kind != AddressKind::kLoopback) return kind == AddressKind::kOrdinary;
  return reach_ == Reach::kLoopback || ProxyConfigured();
}

bool CurlTransfer::MayConnectTo(const sockaddr& address) {
  if (IsAllowed(address)) return true;
  address_refused_ = true;
  Log(LogLevel::kWarning, "address_not_allowed",
      {{"host", peer_}, {"address", AddressText(address)}});
  return false;
}

bool CurlTransfer::OnAttempt() {
  // curl fails by itself (CURLE_SEND_FAIL_REWIND) when it wrote some of the body before, but not
  // when it only took it from us.
  if (request_.repetition == Repetition::kNever && result_.sent) return false;
  const bool has_body = request_.method == HttpMethod::kPost && !request_.body.empty();
  if (!has_body) result_.sent = true;
  return true;
}

}  // namespace tokenbroker
