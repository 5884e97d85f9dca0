#!/usr/bin/python3
"""Compares the layer table of ARCHITECTURE.md with the #include lines under service/.

Usage: layers.py [ROOT]   prints what breaks the table, one line each; exit code 1 if anything does.
"""

import pathlib
import re
import sys

ROW = re.compile(r"^\|\s*`(\w+)/`\s*\|[^|]*\|([^|]*)\|\s*$")
NAME = re.compile(r"`([^`]+)`")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
GRPC = re.compile(r"^(grpc|grpcpp|grpc\+\+)/|\.grpc\.pb\.h$")
EXPERIMENTAL = re.compile(r"\basio::experimental\b|^boost/asio/experimental/")
GRPC_FOLDERS = {"rpc", "main"}
EXPERIMENTAL_FOLDERS = {"io"}


def read_table(text):
    """{folder: names that its row allows}: `token` a folder, `store/grant_store.h` one header."""
    return {
        match[1]: set(NAME.findall(match[2])) if "all" not in match[2].split() else {"*"}
        for match in map(ROW.match, text.splitlines())
        if match
    }


def closure(table, folder):
    """What `folder` may use: its row's names, and all that the folders among them may use."""
    allowed, todo = set(), [folder]
    while todo:
        for name in table.get(todo.pop(), ()):
            if name not in allowed:
                allowed.add(name)
                todo.append(name)
    return allowed


def used(path):
    """The name that an include written from service/ stands for in the table."""
    return "proto" if path.endswith(".pb.h") else path.split("/")[0]


def check_file(name, folder, allowed, text):
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{name}:{number}"
        include = INCLUDE.match(line)
        path = include[2] if include else ""
        if GRPC.search(path) and folder not in GRPC_FOLDERS:
            yield f"{where}: {folder}/ includes the gRPC header {path}"
        if folder not in EXPERIMENTAL_FOLDERS and EXPERIMENTAL.search(path or line):
            yield f"{where}: asio::experimental is named outside io/"
        if not include or include[1] == "<" or "*" in allowed:
            continue
        if used(path) != folder and used(path) not in allowed and path not in allowed:
            yield f"{where}: {folder}/ may not use {path}"


def check(root):
    """The lines that break the table; empty when all is well."""
    root = pathlib.Path(root)
    table = read_table((root / "ARCHITECTURE.md").read_text())
    folders = {path.name for path in (root / "service").iterdir() if path.is_dir()}
    problems = [f"service/{name}/ has no row in ARCHITECTURE.md" for name in folders - set(table)]
    problems += [f"ARCHITECTURE.md has a row for {name}/, which is not there"
                 for name in set(table) - folders]
    problems += [f"ARCHITECTURE.md: {name}/ stands above itself"
                 for name in table if name in closure(table, name)]
    for path in sorted((root / "service").rglob("*")):
        if path.suffix in (".h", ".cc") and path.parent != root / "service":
            name = path.relative_to(root)
            folder = name.parts[1]
            problems += check_file(name, folder, closure(table, folder), path.read_text())
    return sorted(problems)


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    problems = check(root)
    print("\n".join(problems) or "layers: the includes agree with ARCHITECTURE.md")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
