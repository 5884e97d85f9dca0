#include "oauth/userinfo.h"

#include <absl/strings/str_cat.h>

#include "oauth/json.h"
#include "token/grant_key.h"

namespace tokenbroker {

absl::StatusOr<std::string> ParseAccountId(absl::string_view body, absl::string_view pointer) {
  absl::StatusOr<boost::json::object> object = ParseJsonObject(body);
  if (!object.ok()) {
    return absl::UnavailableError("the userinfo endpoint's answer is no JSON object");
  }
  const boost::json::value root(*std::move(object));
  boost::json::error_code error;
  const boost::json::value* found =
      root.find_pointer(boost::json::string_view(pointer.data(), pointer.size()), error);
  std::string id;
  if (found != nullptr && found->is_string()) {
    id = std::string(found->get_string().data(), found->get_string().size());
  } else if (found != nullptr && found->is_int64()) {
    id = absl::StrCat(found->get_int64());
  } else if (found != nullptr && found->is_uint64()) {
    id = absl::StrCat(found->get_uint64());
  }
  if (id.empty() || id.size() > kMaxAccountIdBytes || !IsPrintableUtf8(id)) {
    return absl::UnavailableError("the userinfo endpoint's answer holds no account id");
  }
  return id;
}

}  // namespace tokenbroker
