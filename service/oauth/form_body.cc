#include "oauth/form_body.h"

#include "oauth/percent_encoding.h"

namespace tokenbroker {

FormBody& FormBody::Add(std::string name, Secret value) {
  fields_.emplace_back(std::move(name), std::move(value));
  return *this;
}

FormBody& FormBody::Add(std::string name, absl::string_view value) {
  return Add(std::move(name), Secret(std::string(value)));
}

Secret FormBody::Build() const {
  size_t size = 0;
  for (const auto& [name, value] : fields_) {
    size += name.size() + 2 + PercentEncodedSize(value.Expose(), SpaceAs::kPlus);
  }
  std::string body;
  body.reserve(size);
  for (const auto& [name, value] : fields_) {
    if (!body.empty()) body.push_back('&');
    body.append(name);
    body.push_back('=');
    AppendPercentEncoded(value.Expose(), SpaceAs::kPlus, &body);
  }
  return Secret(std::move(body));
}

}  // namespace tokenbroker
