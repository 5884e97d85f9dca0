#include "tests/provider_simulator/counters.h"

#include <algorithm>

namespace provider_simulator {
namespace {

std::uint64_t Largest(const Counters& counters, std::uint64_t RefreshTokenCounters::* field) {
  std::uint64_t largest = 0;
  for (const auto& [token, counts] : counters.refresh_tokens) {
    largest = std::max(largest, counts.*field);
  }
  return largest;
}

}  // namespace

std::uint64_t Counters::Requests(Endpoint endpoint) const {
  const auto found = requests.find(endpoint);
  return found == requests.end() ? 0 : found->second;
}

std::uint64_t Counters::GrantType(const std::string& grant_type) const {
  const auto found = grant_types.find(grant_type);
  return found == grant_types.end() ? 0 : found->second;
}

std::uint64_t Counters::MaxPresented() const {
  return Largest(*this, &RefreshTokenCounters::presented);
}
std::uint64_t Counters::MaxAccepted() const {
  return Largest(*this, &RefreshTokenCounters::accepted);
}
std::uint64_t Counters::MaxConcurrent() const {
  return Largest(*this, &RefreshTokenCounters::max_concurrent);
}

std::uint64_t Counters::Refreshes() const {
  std::uint64_t sum = 0;
  for (const auto& [family, count] : refreshes_by_family) sum += count;
  return sum;
}

}  // namespace provider_simulator
