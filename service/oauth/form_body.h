// The one builder of application/x-www-form-urlencoded request bodies (RFC 6749 appendix B). Not
// for several threads at once.
#pragma once

#include <absl/strings/string_view.h>

#include <string>
#include <utility>
#include <vector>

#include "base/secret.h"

namespace tokenbroker {

class FormBody {
 public:
  // `name` needs no encoding and must not be added twice.
  FormBody& Add(std::string name, Secret value);
  FormBody& Add(std::string name, absl::string_view value);

  // The body, built in one piece of memory, so that no copy of a secret is left behind unwiped.
  Secret Build() const;

 private:
  std::vector<std::pair<std::string, Secret>> fields_;
};

}  // namespace tokenbroker
