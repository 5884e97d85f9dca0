#include "token/refresh_outcome.h"

namespace tokenbroker {

absl::string_view ErrorClassName(ErrorClass error_class) {
  switch (error_class) {
    case ErrorClass::kNone:
      return "none";
    case ErrorClass::kGrantDead:
      return "grant_dead";
    case ErrorClass::kOurConfiguration:
      return "our_configuration";
    case ErrorClass::kProviderTrouble:
      return "provider_trouble";
    case ErrorClass::kQuota:
      return "quota";
    case ErrorClass::kRotationUnknown:
      return "rotation_unknown";
    case ErrorClass::kCodeRefused:
      return "code_refused";
    case ErrorClass::kCallerMistake:
      return "caller_mistake";
  }
  return "";
}

}  // namespace tokenbroker
