#include "store/redis_providers.h"

#include <utility>
#include <vector>

#include "io/await_all.h"
#include "store/answer_words.h"

namespace tokenbroker {
namespace {

using Outcome = ProviderStateAnswer::Outcome;

constexpr AnswerWord<Outcome> kWords[] = {{"OK", Outcome::kOk}};

std::string TextOf(absl::Time t) {
  return t == absl::InfinitePast() ? std::string() : MillisText(t);
}

FieldChanges FieldsOf(const ProviderState& state) {
  const bool backoff = state.backoff_class != ErrorClass::kNone;
  return {"not_before",
          TextOf(state.not_before),
          "backoff_class",
          backoff ? std::string(ErrorClassName(state.backoff_class)) : std::string(),
          "frozen_fingerprint",
          state.frozen_fingerprint,
          "frozen_at",
          TextOf(state.frozen_at),
          "frozen_error",
          state.frozen_error};
}

ProviderState StateOf(const RecordFields& fields) {
  ProviderState state;
  state.not_before = fields.Time("not_before").value_or(absl::InfinitePast());
  state.backoff_class = ErrorClassFromName(fields.Text("backoff_class"));
  state.frozen_fingerprint = std::string(fields.Text("frozen_fingerprint"));
  state.frozen_at = fields.Time("frozen_at").value_or(absl::InfinitePast());
  state.frozen_error = std::string(fields.Text("frozen_error"));
  return state;
}

}  // namespace

Task<ProviderStateAnswer> RedisProviders::Get(std::string provider) {
  const std::string missing = co_await parts_.link.Learn();
  if (!missing.empty()) co_return AnswerWithoutStore<ProviderStateAnswer>(missing);
  auto call = parts_.link.RunBare(&parts_.link.scripts().get_provider, {ProviderKey(provider)}, {});
  co_return co_await AskBoth(std::move(call));
}

Task<ProviderStateAnswer> RedisProviders::Set(std::string provider, ProviderChange change) {
  const std::string missing = co_await parts_.link.Learn();
  if (!missing.empty()) co_return AnswerWithoutStore<ProviderStateAnswer>(missing);
  const bool keeps_freeze = change.freeze == ProviderChange::Freeze::kKeep;
  const bool ends_pause = change.pause == ProviderChange::Pause::kEnded;
  std::vector<std::string> arguments = {EncodePart(provider), keeps_freeze ? "keep" : "set",
                                        ends_pause ? "ended" : "longer"};
  const FieldChanges fields = FieldsOf(change.state);
  arguments.insert(arguments.end(), fields.begin(), fields.end());
  auto call = parts_.link.RunBare(&parts_.link.scripts().set_provider, {ProviderKey(provider)},
                                  std::move(arguments));
  co_return co_await AskBoth(std::move(call));
}

Task<ProviderStateAnswer> RedisProviders::AskBoth(Task<ScriptAnswer> call) {
  std::vector<Task<ScriptAnswer>> both;
  both.push_back(parts_.link.Run({&parts_.link.scripts().read_time, 0, {}, {}}));
  both.push_back(std::move(call));
  const std::vector<ScriptAnswer> said = co_await AwaitAll(&parts_.link.loop(), std::move(both));
  ProviderStateAnswer answer = StartAnswer<ProviderStateAnswer>(said[0], kWords);
  if (answer.outcome != Outcome::kOk) co_return answer;
  answer = StartAnswer<ProviderStateAnswer>(said[1], kWords);
  if (answer.outcome == Outcome::kOk) answer.state = StateOf(said[1].records.front());
  co_return answer;
}

}  // namespace tokenbroker
