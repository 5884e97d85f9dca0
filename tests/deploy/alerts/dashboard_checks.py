# What must be true of the dashboards, as alert_checks.py has it for alerts: lists of what is wrong.

import json
import re
import sys

import alert_checks as checks

GENERATOR = checks.ROOT / "deploy/grafana"
# Those that Grafana knows by these names and that we use.
UNITS = {"short", "s", "bytes", "percentunit", "reqps", "ops"}


def read():
    return {file.name: json.loads(file.read_text()) for file in sorted(GENERATOR.glob("*.json"))}


def stale():
    """The files that the generator would write otherwise."""
    sys.path.insert(0, str(GENERATOR))
    import dashboards
    made = {name: dashboards.text_of(one) for name, one in dashboards.dashboards().items()}
    names = set(made) | {file.name for file in GENERATOR.glob("*.json")}
    return [name for name in sorted(names)
            if not (GENERATOR / name).exists() or made.get(name) != (GENERATOR / name).read_text()]


def overlap(a, b):
    return (a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"] and
            a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"])


def wrong_layout(name, dashboard):
    found = []
    panels = dashboard["panels"]
    numbers = [panel["id"] for panel in panels]
    if len(set(numbers)) != len(numbers):
        found.append(f"{name}: two panels have one id")
    for at, panel in enumerate(panels):
        place = panel["gridPos"]
        if place["x"] < 0 or place["x"] + place["w"] > 24:
            found.append(f"{name}: {panel['title']} does not fit the grid's 24 columns")
        found += [f"{name}: {panel['title']} lies over {other['title']}" for other in panels[:at]
                  if overlap(place, other["gridPos"])]
    return found


def wrong_panels(name, dashboard, alerts):
    found = []
    if dashboard["schemaVersion"] < 39:
        found.append(f"{name}: schemaVersion is below 39")
    variables = {one["name"] for one in dashboard["templating"]["list"]} | {"__rate_interval", "__all"}
    for word in set(re.findall(r"\$\{?(\w+)", json.dumps(dashboard))) - variables:
        found.append(f"{name}: there is no variable {word}")
    for panel in dashboard["panels"]:
        place = f"{name}: {panel['title']}"
        if len(panel.get("description", "")) < 20:
            found.append(f"{place} does not say what a bad value means")
        if panel["fieldConfig"]["defaults"]["unit"] not in UNITS:
            found.append(f"{place} has a unit that Grafana does not know")
        if {"type": "prometheus", "uid": "${datasource}"} != panel["datasource"]:
            found.append(f"{place} names a data source of somebody's own")
        letters = [target["refId"] for target in panel["targets"]]
        if not letters or len(set(letters)) != len(letters):
            found.append(f"{place} has no query, or two of one name")
        for link in panel["links"]:
            if link["url"] != f"${{runbook}}#{link['title'].lower()}" or link["title"] not in alerts:
                found.append(f"{place}: {link['title']} is no alert's section")
    return found


def expressions(dashboards):
    """PromQL by its place, with values for Grafana's variables."""
    found = {}
    for name, dashboard in dashboards.items():
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                text = target["expr"].replace("$__rate_interval", "5m")
                found[f"{name}: {panel['title']} {target['refId']}"] = re.sub(r"\$\w+", ".*", text)
        for one in dashboard["templating"]["list"]:
            if one["type"] == "query":
                asked = re.match(r"label_values\((.*), \w+\)$", one["query"]["query"]).group(1)
                found[f"{name}: variable {one['name']}"] = re.sub(r"\$\w+", ".*", asked)
    return found


def wrong(dashboards, rules, documented):
    alerts = {rule["alert"] for rule in checks.alerts_of(rules)}
    found = []
    for name, dashboard in dashboards.items():
        found += wrong_layout(name, dashboard) + wrong_panels(name, dashboard, alerts)
    asked = expressions(dashboards)
    known = documented | checks.recorded_names(rules) | checks.BUILT_IN
    for place, expression in asked.items():
        found += checks.wrong_metrics(place, expression, known)
    return found + checks.wrong_expressions(asked)
