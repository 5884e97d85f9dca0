#include "config/yaml_document.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <utility>

namespace tokenbroker {
namespace {

Position ToPosition(const YAML::Mark& mark) {
  if (mark.is_null()) return Position{};
  return Position{mark.line + 1, mark.column + 1};
}

// A comment put behind the text. yaml-cpp takes a quote that is open at the end for closed; then
// the comment is found within the last value.
constexpr char kEndMark[] = "\n# end of the configuration 7c41\n";

// What we refuse, as opposed to what yaml-cpp cannot read.
class Refusal : public YAML::ParserException {
 public:
  using YAML::ParserException::ParserException;
};

// Builds the tree from yaml-cpp's events. Throws, as yaml-cpp's parser does, so that
// there is one way out.
class TreeBuilder : public YAML::EventHandler {
 public:
  bool complete() const { return documents_ == 1; }
  YamlNode TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      throw Refusal(mark, "a second document starts here; keep one per file");
    }
  }
  void OnDocumentEnd() override {}

  void OnAnchor(const YAML::Mark& mark, const std::string&) override { RefuseAnchor(mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { RefuseAnchor(mark); }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    AddLeaf(mark, YamlNode::Kind::kNull, "");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    RefuseTag(mark, tag);
    // A quoted value has its line breaks folded.
    if (absl::StrContains(value, absl::StripAsciiWhitespace(kEndMark))) {
      throw Refusal(mark, "a quote opens here and is never closed; close it");
    }
    AddLeaf(mark, tag == "!" ? YamlNode::Kind::kQuoted : YamlNode::Kind::kPlain, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    RefuseTag(mark, tag);
    Open(mark, YamlNode::Kind::kSequence);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    RefuseTag(mark, tag);
    Open(mark, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { Close(); }

 private:
  // A container that is not closed yet; `key` waits for its value.
  struct Frame {
    YamlNode node;
    bool has_key = false;
    std::string key;
    Position key_position;
  };

  static void RefuseAnchor(const YAML::Mark& mark) {
    throw Refusal(mark, "anchors and aliases are not taken; write the value out");
  }
  static void RefuseTag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    throw Refusal(mark, "tags (!name) are not taken; leave the tag out");
  }

  bool ExpectsKey() const {
    return !open_.empty() && open_.back().node.kind == YamlNode::Kind::kMap &&
           !open_.back().has_key;
  }

  void AddLeaf(const YAML::Mark& mark, YamlNode::Kind kind, const std::string& text) {
    if (!ExpectsKey()) {
      YamlNode node;
      node.kind = kind;
      node.position = ToPosition(mark);
      node.text = text;
      return Attach(std::move(node));
    }
    if (kind == YamlNode::Kind::kNull) {
      throw Refusal(mark, "a key is empty; give it a name");
    }
    Frame& map = open_.back();
    map.has_key = true;
    map.key = text;
    map.key_position = ToPosition(mark);
  }

  void Open(const YAML::Mark& mark, YamlNode::Kind kind) {
    if (ExpectsKey()) {
      throw Refusal(mark, "a key may not be a list or a map; quote text with { or [ in it");
    }
    if (open_.size() >= kMaxYamlDepth) {
      throw Refusal(mark,
                    absl::StrCat("nested deeper than ", kMaxYamlDepth, " levels; flatten it"));
    }
    open_.emplace_back();
    open_.back().node.kind = kind;
    open_.back().node.position = ToPosition(mark);
  }

  void Close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    Attach(std::move(node));
  }

  void Attach(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& parent = open_.back();
    if (parent.has_key) {
      node.key = std::move(parent.key);
      node.key_position = parent.key_position;
      parent.has_key = false;
    }
    parent.node.children.push_back(std::move(node));
  }

  int documents_ = 0;
  YamlNode root_;
  std::vector<Frame> open_;
};

}  // namespace

absl::StatusOr<YamlNode> ParseYaml(absl::string_view text, Position* position) {
  try {
    std::istringstream in(absl::StrCat(text, kEndMark));
    YAML::Parser parser(in);
    TreeBuilder builder;
    while (parser.HandleNextDocument(builder)) {
    }
    if (builder.complete()) return builder.TakeRoot();
    *position = Position{1, 1};
    return absl::InvalidArgumentError("the file is empty; write its keys into it");
  } catch (const Refusal& e) {
    *position = ToPosition(e.mark);
    return absl::InvalidArgumentError(e.msg);
  } catch (const YAML::Exception& e) {
    *position = ToPosition(e.mark);
    return absl::InvalidArgumentError(
        absl::StrCat(Printable(e.msg), "; quote text that has any of {}[],:#*& in it"));
  } catch (const std::exception&) {
    *position = Position{1, 1};
    return absl::InvalidArgumentError("is not readable YAML; check its quotes and brackets");
  }
}

}  // namespace tokenbroker
