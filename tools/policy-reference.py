#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the reference of object classes and permissions from the engine's own table.

Usage: policy-reference.py [--check] [--from POLICY_ORACLE]

The table is core/policy/classes.h. `x-classes` of data/schemas/policy.schema.json is its published form, which a test
compares; --from takes it anew from build/tests/unit/policy/policy-oracle. --check: only say whether the page is up to
date."""

import argparse
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = os.path.join(ROOT, "docs", "policy-classes.md")
SCHEMA = os.path.join(ROOT, "data", "schemas", "policy.schema.json")
HEAD = """\
# Object classes and permissions

<!-- Written by tools/policy-reference.py from the table in core/policy/classes.h. -->

Everything that the hypervisor and the agent mediate. A rule of [Type Enforcement](policy.md) names the permission; the
other models look at its *flow*: whether information goes from the object to the subject (read), from the subject to the
object (write), both ways, tells the object to act (invoke), or does not flow (neither). What is *metered* takes from the
budget of the resource guard.
"""


def published():
    with open(SCHEMA, encoding="utf-8") as file:
        return json.load(file)["x-classes"]


def page(classes):
    lines = [HEAD]
    for cls in classes:
        lines += [f"## {cls['name']}", "", cls["summary"][0].upper() + cls["summary"][1:] + ".", "",
                  "| permission | flow | metered | lets a subject |", "|---|---|---|---|"]
        lines += [f"| `{p['name']}` | {p['flow']} | {p.get('metered', '')} | {p['summary']} |" for p in cls["permissions"]]
        lines.append("")
    return "\n".join(lines)


def table_text(classes):
    """The member of the schema as it is laid out there: a line a permission."""
    parts = []
    for cls in classes:
        rows = ",\n".join("        " + json.dumps(p, ensure_ascii=False) for p in cls["permissions"])
        parts.append(f'    {{\n      "name": {json.dumps(cls["name"])},\n      "summary": {json.dumps(cls["summary"])},\n'
                     f'      "permissions": [\n{rows}\n      ]\n    }}')
    return '  "x-classes": [\n' + ",\n".join(parts) + "\n  ]\n"


def publish(oracle):
    """Writes the engine's table into the schema; what a rule may name, further up there, is checked by a test."""
    out = subprocess.run([oracle, "--classes"], check=True, stdout=subprocess.PIPE, text=True)
    with open(SCHEMA, encoding="utf-8") as file:
        text = re.sub(r'^  "x-classes": \[\n.*?^  \]\n', lambda _: table_text(json.loads(out.stdout)), file.read(),
                      flags=re.S | re.M)
    with open(SCHEMA, "w", encoding="utf-8") as file:
        file.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say whether the page is up to date")
    parser.add_argument("--from", dest="oracle", metavar="POLICY_ORACLE", help="take the table anew from this program")
    arguments = parser.parse_args()
    if arguments.oracle:
        publish(arguments.oracle)
    text = page(published())
    if arguments.check:
        with open(PAGE, encoding="utf-8") as file:
            current = file.read() == text
        if not current:
            print("docs/policy-classes.md is not what tools/policy-reference.py writes: run it", file=sys.stderr)
        return 0 if current else 1
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
