// Lets a simulated provider answer every token request with the same new tokens, whatever refresh
// token comes: grants that it never gave out can be refreshed there. Any thread.
#pragma once

#include <string>

#include "tests/provider_simulator/simulated_provider.h"

namespace tokenbroker {

// What comes with every answer.
inline std::string CannedRefreshToken() { return "rt-" + std::string(128, 'n'); }

inline void AnswerEverything(provider_simulator::SimulatedProvider& provider,
                             const std::string& access_token) {
  provider_simulator::Fault answer;
  answer.headers = {{"Content-Type", "application/json"}};
  answer.body =
      "{\"access_token\":\"" + access_token +
      "\",\"token_type\":\"Bearer\",\"expires_in\":3600,\"scope\":\"playlist-read-private "
      "user-read-email\",\"refresh_token\":\"" +
      CannedRefreshToken() + "\"}";
  provider.AddFault(provider_simulator::Endpoint::kToken, answer.Forever());
}

}  // namespace tokenbroker
