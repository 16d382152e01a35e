# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads what the ROM and the hypervisor write on the display, letter by letter as the dot-matrix face has them."""
import os
import re

FACE = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../../hypervisor/guest/demo/font.c")
WIDTH, HEIGHT, MARGIN = 640, 480, 40
GROUND = (bytes((0x10, 0x14, 0x18)), bytes((0, 0, 0)))
COLUMNS, ROWS = 5, 7


def face():
    with open(FACE, encoding="utf-8") as source:
        rows = re.findall(r"\{ ((?:0x[0-9a-f]{2},? ?){7})\}", source.read())
    return {tuple(int(dots, 16) for dots in row.split(", ")): chr(ord(" ") + place) for place, row in enumerate(rows)}


class Screen:
    def __init__(self, pixels):
        self.pixels, self.face = pixels, face()

    def dot(self, x, y):
        at = (y * WIDTH + x) * 3
        return self.pixels[at:at + 3] not in GROUND

    def letter(self, x, y, scale):
        rows = tuple(sum(self.dot(x + column * scale, y + row * scale) << (COLUMNS - 1 - column) for column in range(COLUMNS))
                     for row in range(ROWS))
        return self.face.get(rows)

    def line(self, y, scale):
        """The text whose upper edge is there; None where there is none."""
        letters = []
        for x in range(MARGIN, WIDTH - COLUMNS * scale, (COLUMNS + 1) * scale):
            letters.append(self.letter(x, y, scale))
            if letters[-1] is None or letters[0] == " ":
                return None
        return "".join(letters).rstrip()

    def text(self, scale):
        """All lines of that size, put together as words."""
        found, y = [], 0
        while y < HEIGHT - ROWS * scale:
            line = self.line(y, scale)
            if line:
                found.append(line)
            y += ROWS * scale if line else 1
        return " ".join(found)


def read(qmp, folder):
    """What the display shows now: its large text and its small one."""
    path = os.path.join(folder, "screen.ppm")
    qmp.command("screendump", filename=path)
    with open(path, "rb") as stream:
        head = stream.readline(), stream.readline(), stream.readline()
        if head != (b"P6\n", b"640 480\n", b"255\n"):
            raise AssertionError(f"another mode: {head}")
        screen = Screen(stream.read())
    return screen.text(3), screen.text(2)
