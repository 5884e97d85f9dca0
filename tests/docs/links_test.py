# Every link of the documentation leads somewhere: to a file of this tree, and to a heading where it names
# one. Links to other places are not followed.

import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def pages():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
                            cwd=ROOT, text=True, check=True, stdout=subprocess.PIPE).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()]


def prose(text):
    """Without code, which may look like a link or a heading; a link's text may run over two lines."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    return re.sub(r"^ {4,}.*$", lambda line: line.group() if "](" in line.group() else "", text, flags=re.M)


def anchors(text):
    found = set()
    for title in re.findall(r"^#+ +(.*?)\s*$", prose(text), re.M):
        title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title)
        name = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        number = 1
        while name in found:
            name = f"{name}-{number}"
            number += 1
        found.add(name)
    return found | set(re.findall(r'<a (?:id|name)="([^"]+)"', text))


def dead_links(page, text):
    dead = []
    for target in re.findall(r"\]\(([^()\s]+)\)", prose(text)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists():
            dead.append(f"{page.relative_to(ROOT)}: {target}: no such file")
        elif anchor and file.suffix == ".md":
            known = anchors(text if file == page else file.read_text())
            if anchor not in known:
                dead.append(f"{page.relative_to(ROOT)}: {target}: no such heading")
    return dead


class Links(unittest.TestCase):
    def test_lead_somewhere(self):
        dead = [link for page in pages() for link in dead_links(page, page.read_text())]
        self.assertEqual([], dead, "\n".join(dead))

    def test_that_lead_nowhere_are_found(self):
        page = ROOT / "docs/runbook.md"
        self.assertEqual(1, len(dead_links(page, "# A\nsee [b](nowhere.md)")))
        self.assertEqual(1, len(dead_links(page, "# A\nsee [b](#c)")))
        self.assertEqual(1, len(dead_links(page, "# A\nsee [b](policy.md#nowhere)")))
        self.assertEqual([], dead_links(page, "# A b!\n[c](#a-b), [d](policy.md), [e](https://f.example)"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
