# SPDX-License-Identifier: GPL-2.0-or-later
"""Display and input: one domain has them at a time. What is really shown, QEMU says."""
import base64
import os
import re
import struct
import unittest
import zlib

import harness

FLASH1 = os.path.join(harness.BUILD, "tests/hypervisor/display-flash1.img")
WIDTH, HEIGHT = 640, 480
BLACK = bytes(WIDTH * HEIGHT * 3)


def expected(image):
    """The picture that a test guest draws (guests/screen.c), as rows of red, green, blue."""
    seed = ord(image[-1])
    return b"".join(bytes(((x * seed + y * 7) % 256, (y * seed) % 256, seed))
                    for y in range(HEIGHT) for x in range(WIDTH))


def unfilter(raw, width, height):
    """The pixels of a PNG's decompressed data: 8 bits, red, green, blue."""
    stride, out, before = width * 3, [], bytes(width * 3)
    for y in range(height):
        kind, row = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            left, up = row[i - 3] if i >= 3 else 0, before[i]
            corner = before[i - 3] if i >= 3 else 0
            if kind == 4:
                guess = left + up - corner
                add = min((left, up, corner), key=lambda near: abs(guess - near))
            else:
                add = (0, left, up, (left + up) // 2)[kind]
            row[i] = (row[i] + add) & 255
        out.append(bytes(row))
        before = row
    return b"".join(out)


def png_pixels(data):
    assert data[:8] == b"\x89PNG\r\n\x1a\n", data[:16]
    at, packed, head = 8, b"", None
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8:at + 8 + length]
        at += 12 + length
        if kind == b"IHDR":
            head = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            packed += body
    assert head[:4] == (WIDTH, HEIGHT, 8, 2), head
    return unfilter(zlib.decompress(packed), WIDTH, HEIGHT)


class Display(unittest.TestCase):
    """One machine for all; each test begins by giving the focus to somebody."""
    @classmethod
    def setUpClass(cls):
        cls.machine = harness.Machine(FLASH1)
        cls.addClassCleanup(cls.machine.close)
        cls.machine.wait_until_answering()
        cls.qmp = cls.machine.qmp()
        cls.addClassCleanup(cls.qmp.close)
        cls.pictures = {image: expected(image) for image in ("screen-a", "screen-b")}

    def setUp(self):
        self.client = self.machine.client()
        self.addCleanup(self.client.close)
        self.ids = {d["name"]: d["id"] for d in self.client.call("domain.list")["domains"]}

    def screen(self):
        path = os.path.join(self.machine.path, "screen.ppm")
        self.qmp.command("screendump", filename=path)
        with open(path, "rb") as stream:
            head = stream.readline(), stream.readline(), stream.readline()
            self.assertEqual(head, (b"P6\n", b"640 480\n", b"255\n"))
            return stream.read()

    def text(self, name, since=0):
        return self.client.call("domain.console", id=self.ids[name], since=since)

    def wait_for_text(self, name, pattern, since=0):
        return harness.wait_for(lambda: re.search(pattern, self.text(name, since)["text"]), f"{pattern!r} of {name}")

    def focus(self, name):
        """Moves the focus and waits until who has it now has noticed and drawn, and who had it has tried to draw all the same:
        one that is late would try when it has the focus again."""
        holders = [d["name"] for d in self.client.call("domain.list")["domains"] if d["focus"] and d["name"] in self.ids and d["id"] != 0]
        since = {one: self.text(one)["next"] for one in (name, *holders)}
        domain = self.client.call("domain.focus", id=self.ids[name])
        self.assertTrue(domain["focus"])
        if name in holders:
            self.wait_for_text(name, "focus 1 drawn 1")
        else:
            for one in holders:
                self.wait_for_text(one, "focus 0", since[one])
            self.wait_for_text(name, "focus 1 drawn 1", since[name])
        holders = [d["name"] for d in self.client.call("domain.list")["domains"] if d["focus"]]
        self.assertEqual(holders, [name])

    def wait_for_screen(self, picture, what):
        harness.wait_for(lambda: self.screen() == picture, what)

    def test_pictures_come_back(self):
        for name in ("screen-a", "screen-b", "screen-a", "screen-b"):
            self.focus(name)
            self.wait_for_screen(self.pictures[name], f"picture of {name}")

    def test_screenshot_of_both(self):
        for name in ("screen-b", "screen-a"):
            self.focus(name)
        for name, picture in self.pictures.items():
            with self.subTest(name):
                shot = self.client.call("domain.screenshot", id=self.ids[name])
                self.assertEqual((shot["id"], shot["width"], shot["height"], shot["content_type"]),
                                 (self.ids[name], WIDTH, HEIGHT, "image/png"))
                self.assertEqual(png_pixels(base64.b64decode(shot["data"], validate=True)), picture)

    def test_without_the_focus_there_is_a_fault(self):
        self.focus("screen-a")
        since = self.text("screen-a")["next"]
        self.focus("screen-b")
        text = self.wait_for_text("screen-a", r"(?s)picture.*focus 0", since).group()
        # A translation fault (7) of a write, in the kernel's MMU domain, each at the address it went to.
        self.assertEqual(re.findall(r"(\w+): status (\w+) at (\w+)", text),
                         [("picture", "817", "ff000000"), ("keyboard", "817", "ff1fe000"), ("mouse", "817", "ff1ff000")])
        self.assertIn("driver: gone", text)
        # Its picture was not touched by the attempts.
        self.focus("screen-a")
        self.wait_for_screen(self.pictures["screen-a"], "picture as it was")

    def test_a_guest_gets_nothing_by_itself(self):
        for name in ("screen-a", "screen-b"):
            text = self.wait_for_text(name, r"before: status (\w+) at ff000000[\s\S]*attached: 0, again: (-?\d+), "
                                            r"focus: (-?\d+), foreign picture: (-?\d+)")
            self.assertEqual(text.groups(), ("817", "-17", "-1", "-1"))

    def type(self, *keys):
        for key in keys:
            self.qmp.command("send-key", keys=[{"type": "qcode", "data": part} for part in key.split("+")])

    def test_keys_reach_the_focus_alone(self):
        self.focus("screen-a")
        a, b = self.text("screen-a")["next"], self.text("screen-b")["next"]
        self.type("h", "shift+i", "1")
        self.wait_for_text("screen-a", r"(?s)key h.*key I.*key 1", a)
        self.assertNotIn("key", self.text("screen-b", b)["text"].replace("keyboard", ""))
        self.focus("screen-b")
        a = self.text("screen-a")["next"]
        self.type("x")
        self.wait_for_text("screen-b", "key x", b)
        self.assertNotIn("key x", self.text("screen-a", a)["text"])

    def test_pointer_reaches_the_focus_alone(self):
        self.focus("screen-a")
        self.focus("screen-b")
        a, b = self.text("screen-a")["next"], self.text("screen-b")["next"]
        move = [{"type": "rel", "data": {"axis": axis, "value": value}} for axis, value in (("x", 30), ("y", -20))]
        self.qmp.command("input-send-event", events=move)
        self.wait_for_text("screen-b", r"pointer 350 220 buttons 0", b)
        for down in (True, False):
            self.qmp.command("input-send-event",
                             events=[{"type": "btn", "data": {"button": "left", "down": down}}])
        self.wait_for_text("screen-b", r"(?s)pointer \d+ \d+ buttons 1.*pointer \d+ \d+ buttons 0", b)
        self.assertNotIn("pointer", self.text("screen-a", a)["text"])

    def test_focus_of_one_that_goes(self):
        number = self.client.call("domain.create", name="guest", image="screen-a", memory_kib=1024)["id"]
        self.ids["guest"] = number
        self.client.call("domain.resume", id=number)
        self.focus("guest")
        self.wait_for_screen(self.pictures["screen-a"], "picture of the new domain")
        self.client.call("domain.destroy", id=number)
        self.assertFalse(any(d["focus"] for d in self.client.call("domain.list")["domains"]))
        self.wait_for_screen(BLACK, "black display")
        self.type("z")
        self.focus("screen-b")
        self.assertNotIn("key z", self.text("screen-b")["text"], "what was typed for nobody")
        # The picture of one that has gone is not the next one's.
        self.client.call("domain.focus", id=0)
        self.wait_for_screen(BLACK, "black display of the control domain")

    def test_pictures_are_six(self):
        """The seventh domain that asks gets none; a picture that was given back is black for the next."""
        made = []
        self.addCleanup(lambda: [self.client.call("domain.destroy", id=number) for number in made])
        for i in range(5):
            made.append(self.client.call("domain.create", name=f"more-{i}", image="screen-a", memory_kib=1024)["id"])
            self.ids[f"more-{i}"] = made[-1]
            self.client.call("domain.resume", id=made[-1])
            self.wait_for_text(f"more-{i}", f"attached: {0 if i < 4 else -28}")
        self.assertEqual([self.client.call("domain.get", id=number)["display"] for number in made], [True] * 4 + [False])
        self.focus("more-0")
        self.client.call("domain.destroy", id=made.pop(0))
        # The one without a display has the focus, and nothing to show; it drew nothing and gets no fault.
        self.client.call("domain.focus", id=made[-1])
        self.wait_for_screen(BLACK, "black display")

    def test_refusals(self):
        for method in ("domain.focus", "domain.screenshot"):
            with self.assertRaises(harness.RpcError) as caught:
                self.client.call(method, id=4711)
            self.assertEqual(caught.exception.kind, "not-found")
        with self.assertRaises(harness.RpcError) as caught:
            self.client.call("domain.screenshot", id=0)
        self.assertEqual((caught.exception.kind, caught.exception.data["state"][0:2]), ("state", "ru"))
        self.assertIn("has not asked for a display", caught.exception.message)


class Processors(unittest.TestCase):
    """Two processors, each with a guest that never stops drawing: one loses the display while it runs."""
    def test_no_stale_translation(self):
        machine = harness.Machine(FLASH1, "--cpus", "2")
        self.addCleanup(machine.close)
        machine.wait_until_answering()
        client = machine.client()
        self.addCleanup(client.close)
        numbers = []
        for name in ("one", "two"):
            numbers.append(client.call("domain.create", name=name, image="scribble", memory_kib=1024)["id"])
            client.call("domain.resume", id=numbers[-1])
            harness.wait_for(lambda: client.call("domain.get", id=numbers[-1])["display"], f"picture of {name}")

        def picture(number):
            return client.call("domain.screenshot", id=number)["data"]
        for turn in range(4):
            having, losing = numbers[turn % 2], numbers[1 - turn % 2]
            client.call("domain.focus", id=having)
            kept = picture(losing)
            first = picture(having)
            harness.wait_for(lambda: picture(having) != first, "drawing with the focus")
            self.assertEqual(picture(losing), kept, f"drew without the focus in turn {turn}")
        for number in numbers:
            self.assertIn(client.call("domain.get", id=number)["state"], ("running", "blocked"))
            self.assertIn("missed the display", client.call("domain.console", id=number)["text"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
