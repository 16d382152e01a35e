#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/hypercalls.md has what the hypervisor accepts and no more, and every hypercall that reaches beyond the caller's
own virtual processor asks for permission."""
import glob
import os
import re
import subprocess
import unittest

ROOT = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../..")
XEN = "/usr/include/xen"
BOOK = "docs/hypercalls.md"
# The commands of a hypercall: the prefix of their names, and the header that has more of them than are accepted.
COMMANDS = {
    "memory_op": ("XENMEM_", f"{XEN}/memory.h"),
    "console_io": ("CONSOLEIO_", f"{XEN}/xen.h"),
    "grant_table_op": ("GNTTABOP_", f"{XEN}/grant_table.h"),
    "vcpu_op": ("VCPUOP_", f"{XEN}/vcpu.h"),
    "mmuext_op": ("MMUEXT_", f"{XEN}/xen.h"),
    "sched_op": ("SCHEDOP_", f"{XEN}/sched.h"),
    "event_channel_op": ("EVTCHNOP_", f"{XEN}/event_channel.h"),
    "xen_version": ("XENVER_", f"{XEN}/version.h"),
    "xsm_op": ("PV_POLICY_", "hypervisor/include/pv/policy.h"),
    "sysctl": ("PV_SYSCTL_", "hypervisor/include/pv/*.h"),
    "domctl": ("PV_DOMCTL_", "hypervisor/include/pv/*.h"),
    "channel_op": ("PV_CHANNEL_", "hypervisor/include/pv/channel.h"),
    "io_op": ("PV_IO_", "hypervisor/include/pv/io.h"),
    "hid_op": ("PV_HID_", "hypervisor/include/pv/hid.h"),
}
PV_MMUEXT = "hypervisor/include/pv/arch.h"
# Constants with such a prefix that are no commands.
OTHERS = {"xsm_op": {"MAX", "PART", "MODELS"}, "channel_op": {"STATE", "CONNECTED", "MAX"}, "hid_op": {"WINDOW", "ATTACHED", "FOCUSED", "READ_MAX"}}


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def sources(*folders):
    return "\n".join(read(path) for folder in folders
                     for path in glob.glob(os.path.join(ROOT, "hypervisor", folder, "**/*.c"), recursive=True))


def privileged():
    return sources("core", "arch", "security")


def table():
    """{name of a hypercall: (number, the C function that serves it)}"""
    numbers = dict(re.findall(r"#define __HYPERVISOR_(\w+)\s+(\d+)", read(f"{XEN}/xen.h")))
    ours = dict(re.findall(r"#define PV_HYPERVISOR_(\w+)\s+(\d+)", read("hypervisor/include/pv/arch.h")))
    return {name: (int((numbers if prefix == "__" else ours)[name]), function) for prefix, name, function in
            re.findall(r"\[(__|PV_)HYPERVISOR_(\w+)\] = (\w+)", read("hypervisor/core/hypercall.c"))}


def rows():
    """{name: (number, permission, cost)} of the book's table."""
    return {cells[1]: (int(cells[0]), cells[3].strip(), cells[4].strip()) for cells in
            re.findall(r"^\| (\d+) \| \[(\w+)\]\(#\w+\) \|([^|]*)\|([^|]*)\|([^|]*)\|$", read(BOOK), re.M)}


def sections():
    parts = re.split(r"^## (\w+)$", read(BOOK), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def declared(prefix, header):
    """Names of commands that a header declares, without the prefix."""
    paths = [header] if header.startswith("/") else glob.glob(os.path.join(ROOT, header))
    if prefix == "MMUEXT_":
        paths.append(os.path.join(ROOT, PV_MMUEXT))
    found = set()
    for path in paths:
        found |= set(re.findall(rf"^ *#\s*define\s+(?:PV_)?{prefix.removeprefix('PV_')}(\w+)\s+\(?\d", read(path), re.M)
                     if prefix == "MMUEXT_" else re.findall(rf"^ *#\s*define\s+{prefix}(\w+)\s+\(?\d", read(path), re.M))
    return found


def hooks():
    """{HV_HOOK: (class, permission)}, in the policy's words."""
    classes = read("core/policy/classes.h")
    permission = {(cls, name): word for cls, name, word in re.findall(r'P \((\w+), (\w+), "(\w+)"', classes)}
    word = dict(re.findall(r'C \((\w+), "(\w+)"', classes))
    return {f"HV_{hook}": (word[cls], permission[cls, name]) for hook, cls, name in
            re.findall(r"^ +H \((\w+), (\w+), (\w+), \w+\)", read("hypervisor/security/hook-table.h"), re.M)}


def call_graph(elf):
    """{function: functions that it calls or goes on in} of the linked hypervisor."""
    text = subprocess.run(["arm-linux-gnueabihf-objdump", "-d", "--no-show-raw-insn", elf], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    graph, current = {}, None
    for line in text.splitlines():
        start = re.match(r"[0-9a-f]+ <([\w.]+)>:$", line)
        if start:
            current = graph.setdefault(start.group(1).split(".")[0], set())
            continue
        target = re.search(r"\tb\w*\t[0-9a-f]+ <([\w.]+)(?:\+0x[0-9a-f]+)?>", line)
        if current is not None and target:
            current.add(target.group(1).split(".")[0])
    return graph


def reaches(graph, start, goals):
    seen, todo = set(), [start]
    while todo:
        function = todo.pop()
        if function in goals:
            return True
        if function not in seen:
            seen.add(function)
            todo += graph.get(function, ())
    return False


class Documented(unittest.TestCase):
    def test_one_header_has_all_of_ours(self):
        folder = "hypervisor/include/pv"
        headers = {name for name in os.listdir(os.path.join(ROOT, folder)) if name.endswith(".h")} - {"hypervisor.h"}
        self.assertEqual(set(re.findall(r"#include <pv/(.+)>", read(f"{folder}/hypervisor.h"))), headers)

    def test_table_and_book_agree(self):
        numbers = {name: number for name, (number, _) in table().items()}
        self.assertEqual({name: row[0] for name, row in rows().items()}, numbers)
        self.assertEqual(set(sections()) & set(numbers), set(numbers))

    def test_every_cost_is_there(self):
        for name, (_, _, cost) in rows().items():
            with self.subTest(hypercall=name):
                self.assertRegex(cost, r"^(\d+\b.*|–)$" if name == "debug_op" else r"^\d+\b")

    def test_commands_and_book_agree(self):
        """What the source compares with is what the section names, by its whole name or without the prefix."""
        code = privileged()
        for name, (prefix, header) in COMMANDS.items():
            accepted = set(re.findall(rf"(?:case|[=!]=) (?:PV_)?{prefix}(\w+)" if prefix == "MMUEXT_" else
                                      rf"(?:(?:case|[=!]=|{{) |\[(?=\w+\] =)){prefix}(\w+)", code)) & declared(prefix, header)
            words = {word for text in re.findall(r"`([^`]*)`", sections()[name]) for word in re.findall(r"\w+", text)}
            named = {re.sub(f"^(PV_)?{prefix.removeprefix('PV_')}", "", word) for word in words}
            with self.subTest(hypercall=name):
                named -= OTHERS.get(name, set())
                self.assertEqual(accepted - named, set(), "accepted, and not in the book")
                self.assertEqual((named & declared(prefix, header)) - accepted, set(), "in the book, and not accepted")


class Mediated(unittest.TestCase):
    def test_every_hook_is_asked(self):
        code = privileged()
        self.assertEqual({hook for hook in hooks() if not re.search(rf"\b{hook}\b", code)}, set())

    def test_book_names_every_permission(self):
        said = set()
        for _, permission, _ in rows().values():
            for part in permission.split(";"):
                cls, _, names = part.strip().partition(" ")
                said |= {(cls, name.strip()) for name in names.split(",")} if not part.strip().startswith("–") else set()
        self.assertEqual(said, set(hooks().values()))

    def test_no_hypercall_without_a_hook(self):
        graph = call_graph(os.environ["HYPERVISOR_ELF"])
        goals = {"hv_decide", "hv_decide_keep", "hv_may_create"}
        self.assertLessEqual(goals, set(graph))
        for name, (_, function) in table().items():
            with self.subTest(hypercall=name):
                self.assertIn(function, graph)
                if not rows()[name][1].startswith("–"):
                    self.assertTrue(reaches(graph, function, goals), "no hook is asked")


if __name__ == "__main__":
    unittest.main(verbosity=2)
