#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the reference of the protocol from the OpenRPC documents.

Usage: protocol-reference.py [--check]     (--check: only say whether docs/protocol.md is up to date)
"""

import json
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = os.path.join(ROOT, "docs", "protocol.md")
DOCUMENTS = (("common", "Both endpoints"), ("control", "Control endpoint"), ("agent", "Agent endpoint"))

HEAD = """\
# The protocol

<!-- Written by tools/protocol-reference.py from data/openrpc; edit those documents. -->

JSON-RPC 2.0, UTF-8, one message a line, on two unix sockets: `control.sock` for the hypervisor's domains and
`agent.sock` for workspaces, apps and storage. This page is made from the documents that the endpoints serve as
`rpc.discover` and check every call against.

    printf '{"jsonrpc":"2.0","id":1,"method":"server.info"}\\n' | nc -N -U SOCKET

- Parameters are given by name. What does not fit its schema is refused with -32602 and the member's name.
- Answers of one connection may come in another order than the requests. A request without `id` gets no answer.
- A message may take 1 MiB and nest 64 levels; what is longer, deeper, not UTF-8 or not JSON gets -32700.
- A client that lets more than 8 MiB wait for it is dropped.
- Long work answers at once with a `job`; topic `job` and `job.get` tell how it goes.

## Errors

An error is `{"code", "message", "data": {"kind", "hint"?, …}}`: the message is a sentence for a person, `kind` a stable
word for programs.

| code | kind | when |
|---|---|---|
| -32700 | `parse` | the message is not JSON within the limits |
| -32600 | `request` | it is JSON, but no request |
| -32601 | `method` | there is no such method |
| -32602 | `params` | a parameter does not fit; the message names it |
| -32603 | `internal` | a fault of the endpoint |
| 1 | `not-found` | there is no such domain, workspace, app, volume or job |
| 2 | `exists` | the name is taken |
| 3 | `state` | not possible in this state; `state` says which |
| 4 | `denied` | policy or role forbids it; `models` says which and why |
| 5 | `auth` | wrong user, passphrase or token, without saying which |
| 6 | `resource` | memory, disk, quota or handles are used up; `resource`, `limit` |
| 7 | `integrity` | a signature, checksum or format is wrong; nothing was loaded |
| 8 | `unsupported` | this host or build cannot; `needs` |
| 9 | `io` | a device or the network failed |
| 10 | `cancelled` | by `job.cancel`, or because the client left |
"""


def type_of(schema):
    """A schema in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in schema:
        return " \\| ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return "list of " + type_of(schema.get("items", {}))
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return " or ".join(type_of(each) for each in schema[word])
    name = schema.get("type", "any")
    name = " or ".join(name) if isinstance(name, list) else name
    limits = [text for key, text in (("minimum", "≥ {}"), ("maximum", "≤ {}")) if key in schema
              for text in [text.format(schema[key])]]
    return " ".join([name, *limits])


def sentence(text):
    """A table cell: one line, without the column's separator."""
    return " ".join(str(text).split()).replace("|", "\\|")


def members(schema):
    """The rows of an object's table."""
    required = schema.get("required", [])
    for name, member in schema.get("properties", {}).items():
        mark = "" if name in required else "?"
        yield f"| `{name}`{mark} | {type_of(member)} | {sentence(member.get('description', ''))} |"


def method_lines(method):
    """One method."""
    yield f"\n### {method['name']}\n"
    text = " ".join(part.strip().rstrip(".") + "." for part in (method.get("summary"), method.get("description")) if part)
    yield text
    if method.get("params"):
        yield "\n| parameter | type | |\n|---|---|---|"
        for parameter in method["params"]:
            mark = "" if parameter.get("required") else "?"
            text = parameter.get("summary") or parameter.get("description") or parameter["schema"].get("description", "")
            yield f"| `{parameter['name']}`{mark} | {type_of(parameter['schema'])} | {sentence(text)} |"
    result = method["result"]["schema"]
    if result.get("properties"):
        yield "\n| result | type | |\n|---|---|---|"
        yield from members(result)
    else:
        yield f"\nResult: {type_of(result)}"


def document_lines(title, document):
    """One OpenRPC document."""
    yield f"\n## {title}"
    for method in document["methods"]:
        yield from method_lines(method)
    topics = document.get("x-topics", {})
    if topics:
        yield "\n### Topics\n\n| topic | data | |\n|---|---|---|"
        for name, topic in topics.items():
            yield f"| `{name}` | {type_of(topic.get('schema', {}))} | {sentence(topic.get('summary', ''))} |"
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        yield f"\n### {name}\n"
        description = sentence(schema.get("description", ""))
        if schema.get("properties"):
            yield (description + "\n\n" if description else "") + "| member | type | |\n|---|---|---|"
            yield from members(schema)
        else:
            yield f"{type_of(schema)}. {description}".rstrip()


def page():
    """The whole page."""
    lines = [HEAD.rstrip()]
    for name, title in DOCUMENTS:
        with open(os.path.join(ROOT, "data", "openrpc", name + ".json"), encoding="utf-8") as file:
            lines.extend(document_lines(title, json.load(file)))
    return "\n".join(lines) + "\n"


def main():
    text = page()
    if sys.argv[1:] == ["--check"]:
        with open(PAGE, encoding="utf-8") as file:
            if file.read() != text:
                print("docs/protocol.md is out of date: run tools/protocol-reference.py", file=sys.stderr)
                return 1
        return 0
    if sys.argv[1:]:
        print(__doc__, file=sys.stderr)
        return 2
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
