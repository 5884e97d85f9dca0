# deploy/local/up as somebody types it: all of it runs and is scraped, a token comes over mutual TLS from
# each broker, a second start changes nothing, and --stop leaves no process. BIN has the programs.

import json
import os
import re
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
UP = str(ROOT / "deploy/local/up")


def until(what, seconds=60):
    end = time.monotonic() + seconds
    while True:
        value = what()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.2)


def fetch(url, method="GET", data=None):
    request = urllib.request.Request(url, method=method, data=data.encode() if data else None)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode()


class Up(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.environment = {**os.environ, "FOLDER": self.folder}
        self.addCleanup(self.run_up, "--stop")
        self.up, self.text = self.start()

    def start(self):
        up = subprocess.Popen([UP], env=self.environment, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        self.addCleanup(up.stdout.close)
        self.addCleanup(up.wait)
        self.addCleanup(up.terminate)
        text = ""
        for line in up.stdout:
            text += line
            if "until Ctrl-C" in line:
                return up, text
        self.fail(text)

    def run_up(self, *arguments):
        return subprocess.run([UP, *arguments], env=self.environment, text=True, check=True, timeout=180,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout

    def addresses(self, what):
        return re.search(rf"^{what} +(.*)$", self.text, re.M).group(1).split()

    def settings(self, caller):
        tls = Path(self.folder) / "tls"
        return {**os.environ, "TBCTL_CA_FILE": str(tls / "ca.crt"),
                "TBCTL_CERTIFICATE_FILE": str(tls / f"{caller}.crt"),
                "TBCTL_KEY_FILE": str(tls / f"{caller}.key")}

    def tbctl(self, caller, broker, *arguments):
        program = str(Path(os.environ["BIN"]) / "tbctl")
        return subprocess.run([program, "--address", broker.replace("https://", ""), *arguments], text=True,
                              env=self.settings(caller), check=False, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def log_in(self, broker, subject):
        fetch(self.addresses("its control")[0], "PATCH", '{"auto_approve_user":"alice"}')
        program = str(Path(os.environ["BIN"]) / "tbctl")
        login = subprocess.Popen([program, "--address", broker.replace("https://", ""), "login", "local",
                                  "--subject", subject, "--no-browser"], env=self.settings("operator"),
                                 text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for line in login.stdout:
            if re.match(r" *http:", line):
                fetch(line.strip())
        login.stdout.close()
        self.assertEqual(0, login.wait())

    def processes(self):
        return sorted(int(file.read_text()) for file in (Path(self.folder) / "run").iterdir())

    def assert_ended(self, pids):
        # What has ended, and nobody has asked about yet, has no command line.
        def command(pid):
            file = Path(f"/proc/{pid}/cmdline")
            return file.read_bytes() if file.exists() else b""
        self.assertEqual([], [command(pid) for pid in pids if command(pid)])

    def test_starts_a_fleet_that_serves_and_is_watched_and_ends_it(self):
        brokers = self.addresses(r"brokers \(gRPC\)")
        self.assertEqual(3, len(brokers))
        self.log_in(brokers[0], "user-1")
        for broker in brokers:
            token = self.tbctl("player", broker, "token", "local", "--subject", "user-1")
            self.assertEqual(0, token.returncode, token.stdout)
        self.assertEqual(5, self.tbctl("player", brokers[0], "grants", "list").returncode)

        prometheus = self.addresses("Prometheus")[0].replace("/alerts", "")

        def healthy():
            targets = json.loads(fetch(f"{prometheus}/api/v1/targets"))["data"]["activeTargets"]
            return [target["health"] for target in targets] == ["up"] * 3
        self.assertTrue(until(healthy))

        def rules():
            groups = json.loads(fetch(f"{prometheus}/api/v1/rules"))["data"]["groups"]
            found = {rule["name"]: rule["health"] for group in groups for rule in group["rules"]}
            return found if "unknown" not in found.values() else None
        found = until(rules)
        self.assertIn("TokenBrokerRotationLost", found)
        self.assertEqual({"ok"}, set(found.values()))

        started = self.processes()
        self.assertIn("it runs already", self.run_up())
        self.assertEqual(started, self.processes())
        self.run_up("--stop")
        self.assertEqual(0, self.up.wait(timeout=10))
        self.assert_ended(started)

    def test_sweeps_up_after_one_that_was_killed_and_ends_at_ctrl_c(self):
        left = self.processes()
        self.up.kill()
        self.up.wait()
        again, _ = self.start()
        self.assert_ended(left)
        started = self.processes()
        again.send_signal(signal.SIGINT)
        self.assertEqual(0, again.wait(timeout=60))
        self.assert_ended(started)


if __name__ == "__main__":
    unittest.main(verbosity=2)
