// From the words that scripts answer with to the outcomes of the ports. Any thread.
#pragma once

#include <absl/strings/string_view.h>

#include "store/script_answer.h"
#include "store/store_link.h"

namespace tokenbroker {

template <typename Outcome>
struct AnswerWord {
  absl::string_view word;
  Outcome outcome;
};

// An answer of the port with the outcome and the time of what a script said. NO_STORE is kNoStore;
// what is not among `words` is kUnavailable.
template <typename Answer, typename Outcome, size_t n>
Answer StartAnswer(const ScriptAnswer& said, const AnswerWord<Outcome> (&words)[n]) {
  Answer answer;
  if (said.outcome == kUnavailableOutcome) return answer;
  answer.time = said.time;
  if (said.outcome == kNoStoreOutcome) answer.outcome = Outcome::kNoStore;
  for (const AnswerWord<Outcome>& word : words) {
    if (said.outcome == word.word) answer.outcome = word.outcome;
  }
  return answer;
}

// The answer when StoreLink::Learn() ended with `why`.
template <typename Answer>
Answer AnswerWithoutStore(absl::string_view why) {
  Answer answer;
  if (why == kNoStoreOutcome) answer.outcome = Answer::Outcome::kNoStore;
  return answer;
}

}  // namespace tokenbroker
