// A successful answer of the token endpoint (RFC 6749 5.1), shaped by the settings. Pure.

#ifndef TESTS_PROVIDER_SIMULATOR_TOKEN_ANSWER_H_
#define TESTS_PROVIDER_SIMULATOR_TOKEN_ANSWER_H_

#include <string>

#include "absl/time/time.h"
#include "tests/provider_simulator/codes_and_tokens.h"
#include "tests/provider_simulator/http_message.h"
#include "tests/provider_simulator/settings.h"

namespace provider_simulator {

enum class AnswerTo { kLogin, kRefresh };

HttpReply TokenAnswer(AnswerTo to, const IssuedTokens& issued, const std::string& issuer,
                      const std::string& client_secret, const Settings& settings, absl::Time now);

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_TOKEN_ANSWER_H_
