# The dashboards are those that deploy/grafana/dashboards.py writes, Grafana can lay them out, and each panel
# asks for series that exist and says what a bad value means. Needs promtool and python3-yaml.

import copy
import re
import unittest

import alert_checks
import dashboard_checks as checks


class Dashboards(unittest.TestCase):
    def test_are_what_the_generator_writes(self):
        self.assertEqual([], checks.stale())

    def test_fit_the_grid_explain_themselves_and_ask_for_documented_metrics(self):
        found = checks.wrong(checks.read(), alert_checks.read_rules(), alert_checks.documented_metrics())
        self.assertEqual([], found, "\n".join(found))

    def test_leave_no_documented_metric_unseen(self):
        asked = list(checks.expressions(checks.read()).values())
        asked += [rule["expr"] for group in alert_checks.read_rules()["groups"] for rule in group["rules"]]
        seen = set().union(*(alert_checks.metrics_in(text) for text in asked))
        seen = {re.sub("_(bucket|count)$", "", name) for name in seen}
        # How often a file was read is no news; whether it was taken is.
        unseen = {name for name in alert_checks.documented_metrics() - seen if "_reloads_total" not in name}
        self.assertEqual(set(), unseen)


class ChecksOfDashboards(unittest.TestCase):
    """Each check finds what it is for: planted faults."""

    def setUp(self):
        self.dashboards = copy.deepcopy(checks.read())
        self.fleet = self.dashboards["fleet.json"]
        self.panel = self.fleet["panels"][3]

    def assert_found(self, text):
        found = checks.wrong(self.dashboards, alert_checks.read_rules(), alert_checks.documented_metrics())
        self.assertTrue(any(text in finding for finding in found), f"'{text}' not in {found}")

    def test_two_panels_of_one_id(self):
        self.panel["id"] = 1
        self.assert_found("two panels have one id")

    def test_a_panel_over_another(self):
        self.panel["gridPos"]["x"] -= 1
        self.assert_found("lies over")

    def test_a_panel_beyond_the_edge(self):
        self.panel["gridPos"]["w"] = 24
        self.assert_found("does not fit")

    def test_a_metric_that_nobody_documented(self):
        self.panel["targets"][0]["expr"] = "sum(tokenbroker_calls_total)"
        self.assert_found("tokenbroker_calls_total is not in docs/metrics.md")

    def test_an_expression_that_does_not_parse(self):
        self.panel["targets"][0]["expr"] = "sum(tokenbroker_ready"
        self.assert_found("parse error")

    def test_a_variable_that_is_not_there(self):
        self.panel["targets"][0]["expr"] = 'tokenbroker_ready{cluster="$cluster"}'
        self.assert_found("no variable cluster")

    def test_a_panel_without_words(self):
        self.panel["description"] = ""
        self.assert_found("does not say what a bad value means")

    def test_an_unknown_unit(self):
        self.panel["fieldConfig"]["defaults"]["unit"] = "seconds"
        self.assert_found("unit that Grafana does not know")

    def test_a_data_source_of_somebodys_own(self):
        self.panel["datasource"]["uid"] = "P1809F7CD0C75ACF3"
        self.assert_found("data source of somebody's own")

    def test_a_link_to_no_alert(self):
        self.panel["links"] = [{"title": "TokenBrokerGone", "url": "${runbook}#tokenbrokergone"}]
        self.assert_found("TokenBrokerGone is no alert's section")

    def test_an_old_schema(self):
        self.fleet["schemaVersion"] = 16
        self.assert_found("schemaVersion is below 39")


if __name__ == "__main__":
    unittest.main(verbosity=2)
