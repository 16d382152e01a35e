#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the manual page of a program from what the program and its commands say with --help, so that there is no second text."""

import argparse
import collections
import os
import re
import subprocess

INDENT = "  "
Entry = collections.namedtuple("Entry", "term text")
Help = collections.namedtuple("Help", "usage paragraphs sections")  # sections: title → entries


def ask(program, *words):
    """What it says, in English and whatever a sanitizer thinks of its end."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "C", "ASAN_OPTIONS": "detect_leaks=0"}
    return subprocess.run([program, *words], check=True, stdout=subprocess.PIPE, env=environment, text=True, encoding="utf-8").stdout


def to_entries(lines):
    """Lines of "  TERM    what it is", whose second column starts where most have it; a term as wide as that has one space after it."""
    starts = collections.Counter(match.end() for line in lines if (match := re.match(r" +\S.*?  +(?=\S)", line)))
    column = starts.most_common(1)[0][0] if starts else 0
    entries = []
    for line in lines:
        term, text = line[:column].strip(), line[column:].strip()
        if line[column - 1:column] not in (" ", ""):
            term, text = (re.split(r"  +", line.strip(), maxsplit=1) + [""])[:2]
        if term:
            entries.append(Entry(term, text))
        elif entries:
            entries[-1] = Entry(entries[-1].term, f"{entries[-1].text} {text}")
    return entries


def parse(text):
    """Blocks have empty lines between them; a block of lines that are indented may have its title before it."""
    usage, paragraphs, sections = [], [], {}
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        lines = block.split("\n")
        title = lines.pop(0)[:-1] if lines[0].endswith(":") and len(lines) > 1 else ""
        if title == "Usage" or lines[0].startswith("Usage:"):
            usage.append(lines.pop(0).removeprefix("Usage:").strip())
        text = [lines.pop(0) for line in list(lines) if lines and not lines[0].startswith(INDENT)]
        if text:
            paragraphs.append("\n".join(text))
        if lines:
            sections.setdefault(title, []).extend(to_entries(lines))
    if " - " in usage[0]:  # as GLib has it
        usage[0], _, summary = usage[0].partition(" - ")
        paragraphs.insert(0, summary[0].upper() + summary[1:] + ".")
    return Help(usage, paragraphs, sections)


def roff(text):
    """Text that means nothing to the formatter."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga").replace("^", "\\(ha").replace("~", "\\(ti")
    return "\\&" + text if text[:1] in (".", "'") else text


def write_entries(entries):
    for entry in entries:
        yield f".TP\n\\fB{roff(entry.term)}\\fR\n{roff(entry.text)}"


def options_of(help_text):
    """All but what every program has."""
    return [entry for title, entries in help_text.sections.items() if title != "Commands"
            for entry in entries if entry.term.startswith("-")]


def write_commands(program, help_text):
    yield ".SH COMMANDS"
    common = {entry.term for entry in options_of(help_text)}
    for command in help_text.sections["Commands"]:
        words = re.match(r"[a-z]+( [a-z]+)*", command.term).group()
        own = parse(ask(program, *words.split(), "--help"))
        yield f".SS {roff(command.term)}\n{roff(command.text)}."
        yield from (roff(line) for line in own.paragraphs if line.rstrip(".") != command.text)
        yield from write_entries(entry for entry in options_of(own) if entry.term not in common)


def write_examples(book):
    """Those of the book: lines that are indented by four, below its heading."""
    with open(book, encoding="utf-8") as file:
        part = file.read().partition("\n## Examples\n")[2]
    yield ".SH EXAMPLES\n.EX"
    yield from (roff(line[4:]) for line in part.split("\n## ")[0].split("\n") if line.startswith("    "))
    yield ".EE"


def write(arguments):
    name = os.path.basename(arguments.program)
    help_text = parse(ask(arguments.program, "--help"))
    summary = re.split(r"[.:](?:\s|$)", help_text.paragraphs[0])[0]
    version = ask(arguments.program, "--version").split()[-1]
    yield f'.TH {name.upper()} {arguments.section} "" "Domicile {version}" "Domicile"'
    yield f".SH NAME\n{name} \\- {roff(summary[0].lower() + summary[1:])}"
    yield ".SH SYNOPSIS"
    yield from (f".B {roff(line)}" for line in help_text.usage)
    yield ".SH DESCRIPTION"
    yield "\n.PP\n".join(roff(paragraph) for paragraph in help_text.paragraphs)
    yield ".SH OPTIONS"
    yield from write_entries(options_of(help_text))
    if "Commands" in help_text.sections:
        yield from write_commands(arguments.program, help_text)
    if arguments.book:
        yield from write_examples(arguments.book)
    others = [other for other in arguments.see if not other.startswith(name + "(")]
    yield ".SH SEE ALSO\n" + ", ".join(f"\\fB{roff(other.split('(')[0])}\\fR({other.split('(')[1]}" for other in others)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("output")
    parser.add_argument("--section", default="1")
    parser.add_argument("--book", help="where it has examples")
    parser.add_argument("--see", nargs="*", default=[], metavar="NAME(SECTION)", help="other pages")
    arguments = parser.parse_args()
    with open(arguments.output, "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in write(arguments))


if __name__ == "__main__":
    main()
