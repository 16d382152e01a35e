# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of figures: a section a row, which is replaced when the row is measured."""

import os

from .common import ROOT

PAGE = ROOT / "docs/workspace-figures.md"


def machine():
    """What they were measured on."""
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = int(file.readline().split()[1]) / (1 << 20)
    system = os.uname()
    return f"{system.sysname} {system.release}, {system.machine}, {os.cpu_count()} processors, {memory:.0f} GiB"


def in_row(figure):
    peers = "; ".join(f"{peer['name']}: {peer['value']:g} {peer.get('unit', figure['unit'])}" for peer in figure["peers"])
    target = f"{figure['target']:g}" if "target" in figure else "–"
    return f"| {figure['name']} | {figure['value']:g} {figure['unit']}{'' if figure['met'] else ' (missed)'} | {target} | {peers or '–'} |\n"


def section(text, figures):
    """What stands between a row's marks."""
    lines = [f"## {text[0].upper()}{text[1:]}\n\n", "| what | ours | at most | beside it |\n", "|---|---|---|---|\n", *map(in_row, figures)]
    lines += [f"\n**Missed: {figure['name']}.** {figure['missed'][0].upper()}{figure['missed'][1:]}.\n" for figure in figures if "missed" in figure]
    return "".join([*lines, f"\nMeasured on {machine()}.\n"])


def update(row, text, figures):
    """Puts the figures of @row, which is about @text, between its marks on the page; without marks they come last."""
    opening, closing = f"<!-- {row}: ./bench workspace {row} --update-docs -->\n", f"<!-- end of {row} -->\n"
    whole = PAGE.read_text(encoding="utf-8")
    before, mark, rest = whole.partition(opening)
    _, _, after = rest.partition(closing) if mark else ("", "", "")
    head = before if mark else before.rstrip("\n") + "\n\n"
    PAGE.write_text(f"{head}{opening}{section(text, figures)}{closing}{after}", encoding="utf-8")
