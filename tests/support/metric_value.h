// One number out of the metrics' text.
#pragma once

#include <string>

#include "base/metrics.h"

namespace tokenbroker {

// Of the line that begins with `name`, labels included; "absent" when there is none.
inline std::string MetricValue(const Metrics& metrics, const std::string& name) {
  const std::string text = "\n" + metrics.Text();
  const size_t at = text.find("\n" + name + " ");
  if (at == std::string::npos) return "absent";
  const size_t value = at + name.size() + 2;
  return text.substr(value, text.find('\n', value) - value);
}

}  // namespace tokenbroker
