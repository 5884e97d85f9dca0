# The alerts that operators get: each fires when it should and not otherwise, leads to a section that
# exists, and asks for metrics that exist. Needs promtool (package prometheus) and python3-yaml.

import copy
import unittest

import alert_checks as checks


class Alerts(unittest.TestCase):
    maxDiff = 0

    @classmethod
    def setUpClass(cls):
        cls.rules = checks.read_rules()
        cls.cases = checks.read_cases()
        cls.documented = checks.documented_metrics()
        cls.sections = checks.anchors()

    def test_each_has_severity_words_and_a_section_and_asks_for_documented_metrics(self):
        self.assertEqual([], checks.wrong_rules(self.rules, self.documented, self.sections))

    def test_each_has_a_test_that_fires_and_one_that_does_not(self):
        self.assertEqual([], checks.wrong_coverage(self.rules, self.cases))

    def test_promtool_sees_each_fire_and_rest_as_its_tests_say(self):
        found = checks.wrong_behaviour(self.rules, self.cases)
        self.assertEqual([], found, "\n".join(found))


class ChecksOfAlerts(unittest.TestCase):
    """Each check finds what it is for: planted faults."""

    def setUp(self):
        self.rules = copy.deepcopy(checks.read_rules())
        self.cases = copy.deepcopy(checks.read_cases())
        self.documented = checks.documented_metrics()
        self.sections = checks.anchors()

    def alert(self, name):
        return next(rule for rule in checks.alerts_of(self.rules) if rule["alert"] == name)

    def assert_found(self, found, text):
        self.assertTrue(any(text in finding for finding in found), f"'{text}' not in {found}")

    def wrong_behaviour(self, alert):
        cases = [case for case in self.cases
                 if any(test["alertname"] == alert for test in case.get("alert_rule_test", []))]
        return checks.wrong_behaviour(self.rules, cases)

    def wrong_rules(self):
        return checks.wrong_rules(self.rules, self.documented, self.sections)

    def test_a_metric_that_nobody_documented_is_found(self):
        self.alert("TokenBrokerClockSkew")["expr"] = "abs(tokenbroker_clock_skew) > 2"
        self.assert_found(self.wrong_rules(), "tokenbroker_clock_skew is not in docs/metrics.md")

    def test_a_misspelt_recording_is_found(self):
        self.alert("TokenBrokerProviderFrozen")["expr"] = "tokenbroker:provider_frozen:min == 1"
        self.assert_found(self.wrong_rules(), "tokenbroker:provider_frozen:min is not in")

    def test_an_alert_without_its_section_is_found(self):
        self.sections.discard("tokenbrokerclockskew")
        self.assert_found(self.wrong_rules(), "TokenBrokerClockSkew has no section")

    def test_a_section_of_no_alert_is_found(self):
        self.sections.add("tokenbrokergone")
        self.assert_found(self.wrong_rules(), "a section tokenbrokergone of no alert")

    def test_a_link_to_another_alerts_section_is_found(self):
        self.alert("TokenBrokerSlow")["annotations"]["runbook_url"] = "docs/alerts.md#tokenbrokerhangs"
        self.assert_found(self.wrong_rules(), "TokenBrokerSlow: runbook_url is not")

    def test_an_unknown_severity_is_found(self):
        self.alert("TokenBrokerSlow")["labels"]["severity"] = "critical"
        self.assert_found(self.wrong_rules(), "TokenBrokerSlow: its severity")

    def test_a_missing_description_is_found(self):
        del self.alert("TokenBrokerSlow")["annotations"]["description"]
        self.assert_found(self.wrong_rules(), "TokenBrokerSlow has no description")

    def test_an_alert_without_tests_is_found(self):
        self.alert("TokenBrokerSlow")["alert"] = "TokenBrokerNew"
        found = checks.wrong_coverage(self.rules, self.cases)
        self.assert_found(found, "no test lets TokenBrokerNew fire")
        self.assert_found(found, "no test where TokenBrokerNew does not fire")
        self.assert_found(found, "a test of TokenBrokerSlow, which is no alert")

    def test_an_alert_that_can_never_fire_is_found(self):
        self.alert("TokenBrokerPlaintextListener")["expr"] = "tokenbroker_plaintext_listener == 2"
        self.assert_found(self.wrong_behaviour("TokenBrokerPlaintextListener"), "TokenBrokerPlaintextListener")

    def test_an_alert_that_always_fires_is_found(self):
        self.alert("TokenBrokerPlaintextListener")["expr"] = "tokenbroker_plaintext_listener >= 0"
        self.assert_found(self.wrong_behaviour("TokenBrokerPlaintextListener"), "TokenBrokerPlaintextListener")

    def test_a_sum_over_what_each_replica_says_alike_is_found(self):
        for group in self.rules["groups"]:
            for rule in group["rules"]:
                if rule.get("record") == "tokenbroker:grants_by_reauthorization:max":
                    rule["expr"] = rule["expr"].replace("max by", "sum by")
        self.assert_found(self.wrong_behaviour("TokenBrokerReauthorizationCliff"), "TokenBrokerReauthorizationCliff")

    def test_a_value_that_a_description_loses_is_found(self):
        notes = self.alert("TokenBrokerClockSkew")["annotations"]
        notes["description"] = notes["description"].replace("{{ $value | humanize }}", "some")
        self.assert_found(self.wrong_behaviour("TokenBrokerClockSkew"), "TokenBrokerClockSkew")

    def test_an_expression_that_does_not_parse_is_found(self):
        self.alert("TokenBrokerSlow")["expr"] = "rate(tokenbroker_rpc_requests_total) > ("
        self.assert_found(self.wrong_behaviour("TokenBrokerSlow"), "could not parse expression")


if __name__ == "__main__":
    unittest.main(verbosity=2)
