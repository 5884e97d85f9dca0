#include "admin/status_page.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>

#include <utility>
#include <vector>

namespace tokenbroker {
namespace {

constexpr absl::string_view kStyle = R"css(
:root { color-scheme: light dark; --ink: #1c2024; --dim: #60646c; --page: #fbfcfd; --card: #fff;
  --line: #e0e3e8; --good: #1a7f4b; --warn: #8a5a00; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --dim: #a0a5ad; --page: #111315;
  --card: #191c1f; --line: #2c3036; --good: #5bd08d; --warn: #f0b94a; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1.5rem 1rem 3rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 56rem; margin: 0 auto; }
h1 { margin: 0; font-size: 1.5rem; } h2 { margin: 2rem 0 .5rem; font-size: 1.05rem; }
.dim { color: var(--dim); margin: 0 0 1rem; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
ul { list-style: none; margin: 1rem 0 0; padding: 0; }
li { background: var(--card); border: 1px solid var(--line); border-left: .3rem solid currentColor;
  border-radius: .4rem; padding: .6rem .9rem; margin: .5rem 0; overflow-wrap: anywhere; }
li span { color: var(--ink); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .4rem;
  overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .45rem .9rem; vertical-align: top; }
td { overflow-wrap: anywhere; }
tr + tr > * { border-top: 1px solid var(--line); }
th { font-weight: 500; color: var(--dim); white-space: nowrap; }
tbody th { width: 14rem; }
.wide td { white-space: nowrap; }
@media (max-width: 30rem) { tbody th { white-space: normal; width: 42%; }
  th, td { padding: .45rem .6rem; } }
)css";
// SHA-256 of kStyle, in base64.
constexpr absl::string_view kStyleHash = "Anu2FwJjJKufL7ABQGwxki/XS0rFHTis+0hEPnTmFmM=";

enum class Tone { kPlain, kGood, kWarn, kBad };

struct Cell {
  std::string text;
  Tone tone = Tone::kPlain;
};

struct Row {
  std::string label;
  Cell value;
};

struct Section {
  std::string title;
  std::vector<Row> rows;
};

std::string TimeText(absl::Time t) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", t, absl::UTCTimeZone());
}

// The two largest units: what a person would say.
std::string LengthText(absl::Duration length) {
  const int64_t seconds = absl::ToInt64Seconds(length);
  if (seconds < 60) return absl::StrCat(seconds, " s");
  if (seconds < 3600) return absl::StrCat(seconds / 60, " min ", seconds % 60, " s");
  if (seconds < 86'400) return absl::StrCat(seconds / 3600, " h ", seconds % 3600 / 60, " min");
  return absl::StrCat(seconds / 86'400, " d ", seconds % 86'400 / 3600, " h");
}

std::string When(absl::Time t, absl::Time now) {
  return t <= now ? absl::StrCat(LengthText(now - t), " ago (", TimeText(t), ")")
                  : absl::StrCat("in ", LengthText(t - now), " (", TimeText(t), ")");
}

Section Replica(const ReplicaStatus& status, absl::Time now) {
  return {"This replica",
          {{"Name", {status.host}},
           {"Version", {status.version}},
           {"Takes calls", status.serving ? Cell{"yes", Tone::kGood} : Cell{"no", Tone::kWarn}},
           {"Started", {When(status.start_time, now)}},
           {"Configuration loaded", {When(status.config_load_time, now)}},
           {"Grants in its cache", {absl::StrCat(status.cached_grants)}},
           {"Log level", {std::string(LogLevelName(status.log_level))}}}};
}

Section Store(const ReplicaStatus& status) {
  const StoreStatus& store = status.store;
  Section section{"Store",
                  {{"Where", {store.location}},
                   {"Answers", status.store_reachable ? Cell{"yes", Tone::kGood}
                                                      : Cell{"no, not within 1 s", Tone::kBad}},
                   {"Writes that wait on this replica's disk",
                    {absl::StrCat(store.spilled_writes),
                     store.spilled_writes > 0 ? Tone::kWarn : Tone::kPlain}}}};
  if (!store.spill_writable) {
    section.rows.push_back({"Spill folder", {"cannot be written to", Tone::kBad}});
  }
  if (!store.write_key_id.empty()) {
    section.rows.push_back({"Key that seals", {store.write_key_id}});
    section.rows.push_back({"Keys that open", {absl::StrCat(store.keys)}});
  }
  return section;
}

Section Listener(const ReplicaStatus& status, absl::Time now) {
  if (!status.tls) return {"Listener", {{"TLS", {"none: plaintext"}}}};
  const TlsStatus& tls = *status.tls;
  Section section{"Listener",
                  {{"Certificate ends",
                    {When(tls.certificate_expiry, now),
                     tls.certificate_expiry <= now ? Tone::kBad : Tone::kPlain}}}};
  if (tls.revocation_list_expiry) {
    section.rows.push_back({"Revocation lists good until",
                            {When(*tls.revocation_list_expiry, now),
                             *tls.revocation_list_expiry <= now ? Tone::kWarn : Tone::kPlain}});
  }
  return section;
}

std::vector<std::string> ProviderColumns() {
  return {"Provider", "State", "Refreshing now", "Last refresh", "Due", "Asked again"};
}

std::vector<Cell> ProviderCells(const ProviderStatus& provider, absl::Time now) {
  return {
      {provider.provider},
      provider.frozen ? Cell{"frozen", Tone::kBad} : Cell{"active", Tone::kGood},
      {absl::StrCat(provider.in_flight)},
      {provider.last_success ? When(*provider.last_success, now) : "not since the start"},
      {provider.due == 0
           ? "none"
           : absl::StrCat(provider.due, ", the longest for ", LengthText(provider.due_lag))},
      provider.not_before ? Cell{When(*provider.not_before, now), Tone::kWarn} : Cell{"at once"}};
}

Cell Verdict(const ReplicaStatus& status) {
  if (status.findings.empty()) return {"All is well", Tone::kGood};
  const bool urgent = status.findings.front().severity == Finding::Severity::kError;
  const std::string n = absl::StrCat(status.findings.size());
  return {
      status.findings.size() == 1 ? "One thing to look at" : absl::StrCat(n, " things to look at"),
      urgent ? Tone::kBad : Tone::kWarn};
}

Tone ToneOf(const Finding& finding) {
  return finding.severity == Finding::Severity::kError ? Tone::kBad : Tone::kWarn;
}

std::string Escaped(absl::string_view text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

absl::string_view ClassOf(Tone tone) {
  switch (tone) {
    case Tone::kGood:
      return " class=\"good\"";
    case Tone::kWarn:
      return " class=\"warn\"";
    case Tone::kBad:
      return " class=\"bad\"";
    case Tone::kPlain:
      break;
  }
  return "";
}

std::string Td(const Cell& cell) {
  return absl::StrCat("<td", ClassOf(cell.tone), ">", Escaped(cell.text), "</td>");
}

std::string AsHtml(const Section& section) {
  std::string html =
      absl::StrCat("<h2>", section.title, "</h2>\n<div class=\"card\"><table><tbody>\n");
  for (const Row& row : section.rows) {
    absl::StrAppend(&html, "<tr><th scope=\"row\">", row.label, "</th>", Td(row.value), "</tr>\n");
  }
  return html + "</tbody></table></div>\n";
}

std::string ProvidersAsHtml(const ReplicaStatus& status, absl::Time now) {
  std::string html = "<h2>Providers</h2>\n<div class=\"card wide\"><table>\n<thead><tr>";
  for (const std::string& column : ProviderColumns()) {
    absl::StrAppend(&html, "<th scope=\"col\">", column, "</th>");
  }
  html += "</tr></thead>\n<tbody>\n";
  for (const ProviderStatus& provider : status.providers) {
    html += "<tr>";
    for (const Cell& cell : ProviderCells(provider, now)) html += Td(cell);
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string AsText(const Section& section) {
  std::string text = absl::StrCat("\n", section.title, "\n");
  for (const Row& row : section.rows) {
    absl::StrAppend(&text, "  ", row.label, ": ", row.value.text, "\n");
  }
  return text;
}

}  // namespace

absl::string_view StatusPageStyle() { return kStyle; }

std::string StatusPagePolicy() {
  return absl::StrCat("default-src 'none'; style-src 'sha256-", kStyleHash,
                      "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
}

std::string StatusAsHtml(const ReplicaStatus& status, absl::Time now) {
  const Cell verdict = Verdict(status);
  std::string html = absl::StrCat(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
      verdict.text, ": token-broker on ", Escaped(status.host), "</title>\n<style>", kStyle,
      "</style>\n</head>\n<body>\n<main>\n<h1", ClassOf(verdict.tone), ">", verdict.text,
      "</h1>\n<p class=\"dim\">token-broker on ", Escaped(status.host), ", as of ", TimeText(now),
      "</p>\n");
  if (!status.findings.empty()) {
    html += "<ul>\n";
    for (const Finding& finding : status.findings) {
      absl::StrAppend(&html, "<li", ClassOf(ToneOf(finding)), "><span>", Escaped(finding.message),
                      "</span></li>\n");
    }
    html += "</ul>\n";
  }
  return absl::StrCat(html, AsHtml(Replica(status, now)), ProvidersAsHtml(status, now),
                      AsHtml(Store(status)), AsHtml(Listener(status, now)),
                      "</main>\n</body>\n</html>\n");
}

std::string StatusAsText(const ReplicaStatus& status, absl::Time now) {
  std::string text = absl::StrCat(Verdict(status).text, "\ntoken-broker on ", status.host,
                                  ", as of ", TimeText(now), "\n");
  for (const Finding& finding : status.findings) {
    absl::StrAppend(&text, ToneOf(finding) == Tone::kBad ? "! " : "- ", finding.message, "\n");
  }
  text += AsText(Replica(status, now));
  text += "\nProviders\n";
  const std::vector<std::string> columns = ProviderColumns();
  for (const ProviderStatus& provider : status.providers) {
    const std::vector<Cell> cells = ProviderCells(provider, now);
    absl::StrAppend(&text, "  ", cells[0].text, ": ", cells[1].text);
    for (size_t i = 2; i < cells.size(); ++i) {
      absl::StrAppend(&text, "; ", columns[i], ": ", cells[i].text);
    }
    text += "\n";
  }
  return text + AsText(Store(status)) + AsText(Listener(status, now));
}

}  // namespace tokenbroker
