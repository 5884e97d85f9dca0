"""The reference of the C++ client library in Markdown, from its public headers.

    python3 scripts/client_reference.py HEADER...

Each header's banner is text, and what it declares is code with its comments; what is private is left
out. scripts/api_reference calls this.
"""

import re
import sys

INCLUDE = re.compile(r'#(pragma|include).*')
FORWARD = re.compile(r'(class|struct) \w+;')
# Of a class, up to the line that ends it.
PRIVATE = re.compile(r'^ private:\n.*?(?=^\};$)', re.MULTILINE | re.DOTALL)
NAMESPACE = re.compile(r'(namespace [\w:]+ \{|\}  // namespace .*)')


def banner_of(lines):
    """The comment at the top, code in it as Markdown wants code."""
    text = []
    for line in lines:
        if not line.startswith("//"):
            break
        line = line[2:].removeprefix(" ")
        text.append("  " + line if line.startswith("  ") else line)
    return "\n".join(text)


def declarations_of(text):
    text = PRIVATE.sub("", text)
    lines = text.split("\n")
    while lines and lines[0].startswith("//"):
        lines.pop(0)
    kept = [line for line in lines
            if not any(p.fullmatch(line) for p in (INCLUDE, FORWARD, NAMESPACE))]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def main(paths):
    print("# The C++ client library, header by header\n\n"
          "Made by `scripts/api_reference` from [the headers](../client/include/tokenbroker/client);\n"
          "change those. [client/README.md](../client/README.md) is where to begin.")
    for path in paths:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        name = path.partition("include/")[2]
        print(f"\n## `{name}`\n\n{banner_of(text.splitlines())}\n\n"
              f"```cpp\n{declarations_of(text)}\n```")


if __name__ == "__main__":
    main(sys.argv[1:])
