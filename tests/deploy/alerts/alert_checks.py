# What must be true of alerts, their tests, their documentation and the dashboards. Each check gives the
# list of what is wrong, empty when all is well, so that the tests can also show that it finds faults.

import copy
import re
import subprocess
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]
RULES = ROOT / "deploy/kubernetes/monitoring/prometheus-rule.yaml"
RUNBOOK = "docs/alerts.md"
SEVERITIES = {"page", "ticket", "info"}
# What Prometheus itself makes.
BUILT_IN = {"up", "ALERTS"}
WORDS = {"and", "or", "unless", "by", "without", "on", "ignoring", "group_left", "group_right", "offset",
         "bool", "inf", "nan"}


def read_rules():
    return yaml.safe_load(RULES.read_text())["spec"]


def read_cases():
    return [case for file in sorted(Path(__file__).parent.glob("*.yaml"))
            for case in yaml.safe_load(file.read_text())]


def documented_metrics():
    """The names in the first column of docs/metrics.md's tables."""
    text = (ROOT / "docs/metrics.md").read_text()
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
    names = set(re.findall(r"(?:tokenbroker|process)_\w+", " ".join(cells)))
    # Names with WHAT in them, and the sentence that says what it stands for.
    sentence = re.search(r"^`WHAT` is (.*?)\n\n", text, re.M | re.S)
    words = re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", sentence.group(1))) if sentence else []
    return {name.replace("WHAT", word) for name in names for word in (words or [""])}


def anchors():
    """The anchors of the runbook's sections, as the repository's pages make them."""
    text = (ROOT / RUNBOOK).read_text()
    return {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
            for title in re.findall(r"^#+ (.*)$", text, re.M)}


def alerts_of(rules):
    return [rule for group in rules["groups"] for rule in group["rules"] if "alert" in rule]


def recorded_names(rules):
    return {rule["record"] for group in rules["groups"] for rule in group["rules"] if "record" in rule}


def metrics_in(expression):
    """The names of the series that a PromQL expression selects."""
    text = re.sub(r'"[^"]*"', '""', expression)
    text = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", text)
    text = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", text)
    text = re.sub(r"\boffset\s+\w+", " ", text)
    names = re.findall(r"(?<![\w:.])([a-zA-Z_:][\w:]*)(?!\s*\(|[\w:])", text)
    return {name for name in names if name not in WORDS}


def wrong_metrics(place, expression, known):
    return [f"{place}: {name} is not in docs/metrics.md" for name in sorted(metrics_in(expression))
            if name not in known and re.sub(r"_(bucket|sum|count)$", "", name) not in known]


def wrong_rules(rules, documented, sections):
    found = []
    known = documented | recorded_names(rules) | BUILT_IN
    names = [rule["alert"] for rule in alerts_of(rules)]
    found += [f"{name} is there twice" for name in sorted(set(names)) if names.count(name) > 1]
    for group in rules["groups"]:
        for rule in group["rules"]:
            found += wrong_metrics(rule.get("alert") or rule.get("record"), rule["expr"], known)
    for rule in alerts_of(rules):
        name, notes = rule["alert"], rule.get("annotations", {})
        if rule.get("labels", {}).get("severity") not in SEVERITIES:
            found.append(f"{name}: its severity is none of {sorted(SEVERITIES)}")
        for word in ("summary", "description"):
            if not notes.get(word):
                found.append(f"{name} has no {word}")
        if "{{" in notes.get("summary", ""):
            found.append(f"{name}: a summary says the same for all; values belong into the description")
        if notes.get("runbook_url") != f"{RUNBOOK}#{name.lower()}":
            found.append(f"{name}: runbook_url is not {RUNBOOK}#{name.lower()}")
        if name.lower() not in sections:
            found.append(f"{name} has no section in {RUNBOOK}")
    known_sections = {name.lower() for name in names}
    found += [f"{RUNBOOK} has a section {section} of no alert" for section in sorted(sections)
              if section.startswith("tokenbroker") and section not in known_sections]
    return found


def wrong_coverage(rules, cases):
    fires, rests = set(), set()
    for case in cases:
        for test in case.get("alert_rule_test", []):
            (fires if test.get("exp_alerts") else rests).add(test["alertname"])
    names = {rule["alert"] for rule in alerts_of(rules)}
    return ([f"no test lets {name} fire" for name in sorted(names - fires)] +
            [f"no test where {name} does not fire" for name in sorted(names - rests)] +
            [f"a test of {name}, which is no alert" for name in sorted((fires | rests) - names)])


def wrong_behaviour(rules, cases):
    """What `promtool check rules` and `promtool test rules` say."""
    by_name = {rule["alert"]: rule for rule in alerts_of(rules)}
    cases = copy.deepcopy(cases)
    for case in cases:
        for test in case.get("alert_rule_test", []):
            rule = by_name.get(test["alertname"], {})
            for alert in test.get("exp_alerts", []):
                alert["exp_labels"].update(rule.get("labels", {}))
                for word in ("summary", "runbook_url"):
                    alert["exp_annotations"][word] = rule.get("annotations", {}).get(word, "")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "rules.yaml").write_text(yaml.safe_dump({"groups": rules["groups"]}))
        found = promtool(folder, "check", "rules", "rules.yaml")
        # Rules are evaluated as often as a case has values: by the minute a month takes an hour.
        for interval in sorted({case["interval"] for case in cases}):
            tests = {"rule_files": ["rules.yaml"], "evaluation_interval": interval,
                     # Else it takes any, and alerts see what was recorded sooner or later.
                     "group_eval_order": [group["name"] for group in rules["groups"]],
                     "tests": [case for case in cases if case["interval"] == interval]}
            (Path(folder) / "tests.yaml").write_text(yaml.safe_dump(tests))
            found += promtool(folder, "test", "rules", "tests.yaml") if not found else []
        return found


def wrong_expressions(expressions):
    """What is wrong with PromQL by itself; `expressions` by place."""
    rules = [{"record": "an:expression", "labels": {"place": place}, "expr": expression}
             for place, expression in sorted(expressions.items())]
    with tempfile.TemporaryDirectory() as folder:
        document = {"groups": [{"name": "expressions", "rules": rules}]}
        (Path(folder) / "rules.yaml").write_text(yaml.safe_dump(document))
        return promtool(folder, "check", "rules", "rules.yaml")


def promtool(folder, *arguments):
    done = subprocess.run(["promtool", *arguments], cwd=folder, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return [] if done.returncode == 0 else [done.stdout]
