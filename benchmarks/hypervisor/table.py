# SPDX-License-Identifier: GPL-2.0-or-later
"""The rows of the table, printed one by one as they are measured."""

SAMSUNG = "Samsung Xen on ARM (A9, paravirtual)"
XEN = "Xen 4.17 (A15, virtualization extensions)"
WIDTH = 84


def figure(what, value, unit, target, peers, note=None):
    """One figure; `peers` are (name, value or None, measured)."""
    known = [{"name": name, "value": peer, "how": "measured" if measured else "published"}
             for name, peer, measured in peers if peer is not None]
    entry = {"name": what, "value": value, "unit": unit, "better": "lower", "peers": known}
    if target is not None:
        entry["target"] = target
    if note:
        entry["note"] = note
    entry["met"] = (target is None or value <= target) and all(value < peer["value"] for peer in known)
    return entry


def peers_of(entry, star):
    """{peer: its figure}, with a star where it is a published one."""
    return {peer["name"].removesuffix(", FLASK"): f"{peer['value']:,}{'' if peer['how'] == 'measured' else star}"
            for peer in entry["peers"]}


class Table:
    """Takes figures; prints them unless they are for a program."""
    def __init__(self, quiet):
        self.figures = []
        self.quiet = quiet
        if not quiet:
            print(f"{'':{WIDTH}}{'ours':>10}{'target':>9}{'Samsung':>9}{'Xen 4.17':>10}", flush=True)

    def add(self, *figures):
        for entry in figures:
            self.figures.append(entry)
            if not self.quiet:
                self.print_row(entry)

    @staticmethod
    def print_row(entry):
        peers = peers_of(entry, "*")
        target = f"{entry['target']:,}" if "target" in entry else "–"
        print(f"{entry['name']:{WIDTH}}{entry['value']:>10,}{target:>9}{peers.get(SAMSUNG, '–'):>9}"
              f"{peers.get(XEN, '–'):>10}  {'' if entry['met'] else 'MISSED'}".rstrip())
        if "note" in entry:
            print(f"    {entry['note']}")
        print(end="", flush=True)

    def markdown(self, reasons):
        """The rows for a page, and why what is missed is missed."""
        lines = ["| what | ours | target | Samsung Xen on ARM (A9) | Xen 4.17 (A15) |\n", "|---|---|---|---|---|\n"]
        for entry in self.figures:
            peers = peers_of(entry, "\\*")
            cells = [entry["name"].strip() + (f" ({entry['note']})" if "note" in entry else ""),
                     f"{entry['value']:,}" + ("" if entry["met"] else " (missed)"),
                     f"{entry['target']:,}" if "target" in entry else "–", peers.get(SAMSUNG, "–"), peers.get(XEN, "–")]
            lines.append("| " + " | ".join(cells) + " |\n")
        lines += [f"\n**Missed: {entry['name']}.** {reasons.get(entry['name'], '')}".rstrip() + "\n"
                  for entry in self.figures if not entry["met"]]
        return "".join(lines)

    def print_end(self, reasons):
        """What is missed and why: `reasons` by the name of a figure."""
        if self.quiet:
            return
        print("Instructions where nothing else is said. * published, counted the same way; without it counted in this run.")
        for entry in self.figures:
            if not entry["met"]:
                print(f"Missed: {entry['name']}. {reasons.get(entry['name'], '')}".rstrip())

    def met(self):
        return all(entry["met"] for entry in self.figures)
