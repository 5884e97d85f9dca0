"""The reference of the gRPC API in Markdown, from a set of descriptors with their comments.

    python3 scripts/api_reference.py DESCRIPTORS

DESCRIPTORS is what `buf build -o` writes. scripts/api_reference calls this.
"""

import sys

from google.protobuf import descriptor_pb2

# The order of the page; what is not named comes after, by name.
FILES = ["token_broker", "grant", "grant_admin", "provider", "operations", "error"]

# Numbers of the fields of FileDescriptorProto and its parts, of which comments' paths are made.
MESSAGE, ENUM, SERVICE = 4, 5, 6
FIELD, NESTED_MESSAGE, NESTED_ENUM, ONEOF = 2, 3, 4, 8
METHOD, VALUE = 2, 2

Field = descriptor_pb2.FieldDescriptorProto


class Page:
    """Writes one file's part of the page."""

    def __init__(self, file, lines):
        self.file = file
        self.lines = lines
        self.comments = {
            tuple(location.path): location.leading_comments or location.trailing_comments
            for location in file.source_code_info.location
        }

    def comment(self, path):
        """A comment as a paragraph: its lines were broken for the source's width."""
        return " ".join(self.comments.get(tuple(path), "").split())

    def write(self):
        for i, service in enumerate(self.file.service):
            self.service(service, [SERVICE, i])
        for i, message in enumerate(self.file.message_type):
            self.message(message, [MESSAGE, i], "")
        for i, enum in enumerate(self.file.enum_type):
            self.enum(enum, [ENUM, i], "")

    def heading(self, level, name, path):
        self.lines += ["", f"{'#' * level} {name}", ""]
        text = self.comment(path)
        if text:
            self.lines.append(text)

    def service(self, service, path):
        self.heading(2, service.name, path)
        for i, method in enumerate(service.method):
            self.heading(3, f"{service.name}.{method.name}", path + [METHOD, i])
            stream = "stream of " if method.server_streaming else ""
            self.lines += ["", f"{link(method.input_type)} → {stream}{link(method.output_type)}"]

    def message(self, message, path, scope):
        if message.options.map_entry:
            return
        name = scope + message.name
        self.heading(3, name, path)
        if message.field:
            self.lines += ["", "| field | type | meaning |", "|---|---|---|"]
        entries = {
            entry.name: entry for entry in message.nested_type if entry.options.map_entry
        }
        for i, field in enumerate(message.field):
            self.row(f"`{field.name}`", type_of(field, entries), self.field_text(field, i, message, path))
        for i, nested in enumerate(message.nested_type):
            self.message(nested, path + [NESTED_MESSAGE, i], name + ".")
        for i, nested in enumerate(message.enum_type):
            self.enum(nested, path + [NESTED_ENUM, i], name + ".")

    def field_text(self, field, index, message, path):
        text = self.comment(path + [FIELD, index])
        if not field.HasField("oneof_index") or field.proto3_optional:
            return text
        return f"{text} (`{message.oneof_decl[field.oneof_index].name}`: one of these)"

    def enum(self, enum, path, scope):
        self.heading(3, scope + enum.name, path)
        self.lines += ["", "| value | number | meaning |", "|---|---|---|"]
        for i, value in enumerate(enum.value):
            self.row(f"`{value.name}`", str(value.number), self.comment(path + [VALUE, i]))

    def row(self, *cells):
        self.lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")


def short(type_name):
    return type_name.removeprefix(".").removeprefix("tokenbroker.v1.")


def link(type_name):
    name = short(type_name)
    if name.startswith("google."):
        return f"`{name}`"
    anchor = name.lower().replace(".", "")
    return f"[`{name}`](#{anchor})"


def simple_type(field):
    if field.type_name:
        return link(field.type_name)
    return "`" + Field.Type.Name(field.type).removeprefix("TYPE_").lower() + "`"


def type_of(field, entries):
    entry = entries.get(field.type_name.rpartition(".")[2])
    if entry is not None:
        key, value = entry.field
        return f"map of {simple_type(key)} to {simple_type(value)}"
    if field.label == Field.LABEL_REPEATED:
        return f"repeated {simple_type(field)}"
    return ("optional " if field.proto3_optional else "") + simple_type(field)


def position(file):
    name = file.name.rpartition("/")[2].removesuffix(".proto")
    return (FILES.index(name) if name in FILES else len(FILES), name)


def main(path):
    descriptors = descriptor_pb2.FileDescriptorSet()
    with open(path, "rb") as file:
        descriptors.ParseFromString(file.read())
    lines = [
        "# The API `tokenbroker.v1`",
        "",
        "Made by `scripts/api_reference` from [the protos](../proto/tokenbroker/v1); change those.",
        "Every failed call carries `google.rpc.ErrorInfo` with one of the reasons of",
        "[`ErrorReason`](#errorreason).",
    ]
    files = [file for file in descriptors.file if file.package == "tokenbroker.v1"]
    for file in sorted(files, key=position):
        Page(file, lines).write()
    print("\n".join(lines))


if __name__ == "__main__":
    main(sys.argv[1])
