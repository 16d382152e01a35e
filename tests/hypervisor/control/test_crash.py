# SPDX-License-Identifier: GPL-2.0-or-later
"""What is kept of a domain that crashes: registers, calls by name, the last lines of its console."""
import os
import unittest

import harness

FLASH1 = os.path.join(harness.BUILD, "tests/hypervisor/fall-flash1.img")
USER_START = 0x00400000
TRAP = USER_START + 8    # the third instruction of the user code (guests/fall.c)


class Crash(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.machine = harness.Machine(FLASH1)
        cls.addClassCleanup(cls.machine.close)
        cls.machine.wait_until_answering()

    def setUp(self):
        self.client = self.machine.client()
        self.addCleanup(self.client.close)

    def fall(self, way):
        """A domain that ends in this way; its record."""
        number = self.client.call("domain.create", name=way, image=f"fall-{way}", memory_kib=1024)["id"]
        self.addCleanup(lambda: self.client.call("domain.destroy", id=number))
        self.client.call("domain.resume", id=number)
        harness.wait_for(lambda: self.client.call("domain.get", id=number)["state"] == "crashed", f"crash of {way}")
        self.number = number
        return self.client.call("domain.get", id=number)

    @staticmethod
    def words(registers, *names):
        return [int(registers[name], 16) for name in names]

    def test_functions_by_name(self):
        domain = self.fall("deep")
        crash = domain["crash"]
        names = [frame.get("symbol") for frame in crash["backtrace"]]
        self.assertEqual(names[-6:], ["innermost", "middle", "outermost", "pv_main", "pv_start_c", "pv_entry"], names)
        self.assertEqual(names[0], "pv_shutdown")
        self.assertIn("pv_data_upcall", names)
        self.assertEqual((crash["reason"], crash["mode"], crash["vcpu"]), ("The guest kernel gave up", "kernel", 0))
        for frame in crash["backtrace"]:
            self.assertEqual(int(frame["address"], 16) & ~0xffff, 0xc0000000)
            self.assertLess(frame["offset"], 4096)
        self.assertNotIn(None, names)
        self.assertIn(crash["reason"], domain["crash_reason"])

    def test_last_lines(self):
        console = self.fall("deep")["crash"]["console"]
        lines = console.splitlines()
        self.assertRegex(lines[-1], "^panic: data abort at c000[0-9a-f]{4}, address 10000004")
        self.assertEqual(lines[-2], "line 999 of what it had to say")
        self.assertRegex(lines[0], "^line 9[0-9]{2} of what it had to say$")
        everything = self.client.call("domain.console", id=self.number)
        self.assertTrue(everything["text"].replace("\r", "").endswith(console.replace("\r", "")))

    def test_console_after_wrap_and_crash(self):
        self.fall("deep")
        kept = self.client.call("domain.console", id=self.number)
        written = kept["next"]
        self.assertGreater(written, 30000)
        again = self.client.call("domain.console", id=self.number, since=written)
        self.assertEqual((again["text"], again["next"]), ("", written))
        tail = self.client.call("domain.console", id=self.number, since=written - 5)
        self.assertEqual(tail["text"], kept["text"][-5:])

    def test_a_long_chain_is_cut(self):
        names = [frame.get("symbol") for frame in self.fall("deeper")["crash"]["backtrace"]]
        self.assertEqual(len(names), 16)
        self.assertEqual(set(names[8:]), {"recurse"})

    def test_registers_of_a_process(self):
        for way, trap in (("syscall", TRAP + 4), ("abort", TRAP), ("undefined", TRAP), ("split", TRAP + 4)):
            with self.subTest(way):
                crash = self.fall(way)["crash"]
                registers = crash["registers"]
                self.assertEqual(self.words(registers, *(f"r{i}" for i in range(13)), "sp", "lr"),
                                 [0x100 + i for i in range(15)])
                self.assertEqual(self.words(registers, "pc"), [trap])
                self.assertEqual(self.words(registers, "cpsr")[0] & 0x1f, 0x10)
                self.assertEqual((crash["mode"], crash["reason"]),
                                 ("user", "The guest kernel's stack could not be written"))

    def test_registers_of_a_bad_return(self):
        crash = self.fall("iret")["crash"]
        self.assertEqual(self.words(crash["registers"], *(f"r{i}" for i in range(13)), "sp", "lr"),
                         [0x200 + i for i in range(12)] + [23, 0x10000000, 0x20e])
        self.assertEqual(crash["mode"], "kernel")
        self.assertEqual(crash["backtrace"][0]["symbol"], "iret_nowhere")

    def test_frame_pointers_that_lead_nowhere(self):
        for way in ("loop", "wild"):
            with self.subTest(way):
                crash = self.fall(way)["crash"]
                self.assertEqual(crash["backtrace"][0]["symbol"], "wild")
                self.assertLess(len(crash["backtrace"]), 4)


if __name__ == "__main__":
    unittest.main(verbosity=2)
