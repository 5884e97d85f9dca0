#include "broker/watch_progress.h"

namespace tokenbroker {

WatchProgress::Message WatchProgress::Next(const WatchView& view) const {
  if (view.token != nullptr && view.generation != token_generation_) return Message::kToken;
  const bool is_news = view.state != state_ || view.reason != reason_;
  const bool is_only_answer = is_first_ && view.token == nullptr;
  return is_news || is_only_answer ? Message::kStatus : Message::kNone;
}

WatchProgress::Message WatchProgress::Advance(const WatchView& view) {
  const Message next = Next(view);
  is_first_ = false;
  if (next == Message::kToken) {
    token_generation_ = view.generation;
    state_ = WatchedState::kActive;
    reason_ = StateReason::kNone;
  } else if (next == Message::kStatus) {
    state_ = view.state;
    reason_ = view.reason;
  }
  return next;
}

}  // namespace tokenbroker
