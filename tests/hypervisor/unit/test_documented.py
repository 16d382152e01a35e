#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/hypercalls.md names exactly the hypercalls that the hypervisor's table has."""
import os
import re
import unittest

ROOT = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../..")
XEN_HEADER = "/usr/include/xen/xen.h"


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


class Documented(unittest.TestCase):
    def test_table_and_book_agree(self):
        numbers = dict(re.findall(r"#define __HYPERVISOR_(\w+)\s+(\d+)", read(XEN_HEADER)))
        ours = dict(re.findall(r"#define PV_HYPERVISOR_(\w+)\s+(\d+)", read("hypervisor/include/pv/arch.h")))
        table = {}
        for prefix, name in re.findall(r"\[(__|PV_)HYPERVISOR_(\w+)\] =", read("hypervisor/core/hypercall.c")):
            table[name] = int((numbers if prefix == "__" else ours)[name])
        book = {name: int(number) for number, name in
                re.findall(r"^\| (\d+) \| \[(\w+)\]\(#\w+\) \|", read("docs/hypercalls.md"), re.M)}
        self.assertEqual(book, table)
        sections = set(re.findall(r"^## (\w+)$", read("docs/hypercalls.md"), re.M))
        self.assertEqual(sections, set(table))


if __name__ == "__main__":
    unittest.main(verbosity=2)
