#!/usr/bin/python3 -B
# Writes the dashboards beside it: `deploy/grafana/dashboards.py` after a change here, never by hand.
# For Grafana 10 and later. Each panel says what a bad value means, and leads to the alert about it.

import json
from pathlib import Path

import panels_fleet
import panels_provider
import panels_redis
import panels_refresh

DATA_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
# Where docs/alerts.md can be read; whoever imports the dashboard changes it there.
RUNBOOK = "https://git.example.com/token-broker/blob/main/docs/alerts.md"


def link(title, url):
    return {"type": "link", "title": title, "url": url, "targetBlank": True, "asDropdown": False, "icon": "doc",
            "includeVars": False, "keepTime": False, "tags": [], "tooltip": ""}


def variable(name, label, expression):
    return {"name": name, "label": label, "type": "query", "datasource": DATA_SOURCE,
            "query": {"query": expression, "refId": name}, "refresh": 2, "sort": 1,
            "includeAll": True, "allValue": ".*", "multi": True,
            "current": {"selected": True, "text": ["All"], "value": ["$__all"]}}


def variables(names):
    known = {
        "namespace": variable("namespace", "Namespace", "label_values(tokenbroker_build_info, namespace)"),
        "job": variable("job", "Job", 'label_values(tokenbroker_build_info{namespace=~"$namespace"}, job)'),
        "provider": variable("provider", "Provider", "label_values(tokenbroker_provider_frozen, provider)"),
    }
    source = {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}
    runbook = {"name": "runbook", "label": "Runbook", "type": "textbox", "query": RUNBOOK,
               "current": {"text": RUNBOOK, "value": RUNBOOK}}
    return [source, *(known[name] for name in names), runbook]


def panel(number, place, made):
    steps = [{"color": "green", "value": None}]
    if made.bad is not None:
        steps.append({"color": "red", "value": made.bad})
    custom = {} if made.kind == "stat" else {"fillOpacity": 10, "showPoints": "never",
                                            "stacking": {"mode": "normal" if made.stack else "none"}}
    options = {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value"} if made.kind == "stat" \
        else {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
              "tooltip": {"mode": "multi", "sort": "desc"}}
    return {
        "id": number, "type": made.kind, "title": made.title, "description": made.description,
        "datasource": DATA_SOURCE, "gridPos": place,
        "fieldConfig": {"defaults": {"unit": made.unit, "custom": custom,
                                     **({} if made.low is None else {"min": made.low}),
                                     "thresholds": {"mode": "absolute", "steps": steps}},
                        "overrides": []},
        "options": options,
        "links": [link(alert, f"${{runbook}}#{alert.lower()}") for alert in made.alerts],
        "targets": [{"refId": chr(ord("A") + i), "datasource": DATA_SOURCE, "expr": expression,
                     "legendFormat": legend, "range": True}
                    for i, (legend, expression) in enumerate(made.queries)],
    }


def layout(made):
    """Stats stand six in a row, graphs two; in the order that they are given in."""
    x = y = height = 0
    for number, one in enumerate(made, 1):
        width, tall = (4, 4) if one.kind == "stat" else (12, 8)
        if x + width > 24 or (x > 0 and tall != height):
            x, y = 0, y + height
        height = tall
        yield panel(number, {"x": x, "y": y, "w": width, "h": tall}, one)
        x += width


def dashboard(name, title, names, made):
    return {
        "uid": f"token-broker-{name}", "title": f"Token Broker / {title}", "tags": ["token-broker"],
        "schemaVersion": 39, "version": 1, "editable": True, "timezone": "browser", "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"}, "templating": {"list": variables(names)},
        "annotations": {"list": [
            {"name": "Alerts", "datasource": DATA_SOURCE, "enable": True, "iconColor": "red",
             "expr": 'ALERTS{alertname=~"TokenBroker.*", alertstate="firing"}',
             "titleFormat": "{{alertname}}", "step": "60s"}]},
        "links": [{**link("Token Broker", ""), "type": "dashboards", "tags": ["token-broker"],
                   "asDropdown": True, "includeVars": True, "keepTime": True},
                  link("Alerts", "${runbook}")],
        "panels": list(layout(made)),
    }


def dashboards():
    fleet = ["namespace", "job"]
    return {
        "fleet.json": dashboard("fleet", "Fleet", fleet, panels_fleet.PANELS),
        "provider.json": dashboard("provider", "Provider", [*fleet, "provider"], panels_provider.PANELS),
        "refresh.json": dashboard("refresh", "Refresh", [*fleet, "provider"], panels_refresh.PANELS),
        "redis.json": dashboard("redis", "Redis", fleet, panels_redis.PANELS),
    }


def text_of(made):
    return json.dumps(made, indent=1) + "\n"


if __name__ == "__main__":
    for file, made in dashboards().items():
        (Path(__file__).parent / file).write_text(text_of(made))
