#!/usr/bin/env python3
"""The lines of a benchmark's run, one JSON object each, as one table and as one JSON file.

  scripts/bench_table.py LINES.jsonl OUT.json
"""

import json
import os
import pathlib
import sys


def machine():
    cpu = [line.split(":", 1)[1].strip()
           for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
           if line.startswith("model name")]
    return {"processor": cpu[0] if cpu else "", "processors": os.cpu_count(),
            "load": os.getloadavg()}


def row(line):
    details = " ".join(f"{name}={value:.4g}" for name, value in line["details"].items())
    return (line["name"], "ratio", f"{line['ratio']:.3f}", "target", line["target"],
            line["verdict"], details)


def main(lines_file, out_file):
    lines = [json.loads(text) for text in pathlib.Path(lines_file).read_text().splitlines()]
    pathlib.Path(out_file).write_text(
        json.dumps({"machine": machine(), "lines": lines}, indent=1) + "\n")
    rows = [row(line) for line in lines]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for cells in rows:
        print(" ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip())
    short = [line["name"] for line in lines if line["verdict"] == "short"]
    print(f"{len(lines)} lines, {len(short)} short of their target; {out_file}")


if __name__ == "__main__":
    main(*sys.argv[1:])
