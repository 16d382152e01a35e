#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Renders an SVG icon to a PNG file of one size: render.py IN.svg SIZE OUT.png

The console carries its icons as pixels in the sizes that it shows, as the desktop's own theme does: loading the SVG
library would take longer than building the window, and more memory than everything in it. A symbolic icon is black
where it takes the text's colour, which is also how GTK expects it in a file named NAME-symbolic.symbolic.png."""

import sys

import gi
gi.require_version("GdkPixbuf", "2.0")
from gi.repository import GdkPixbuf, GLib  # noqa: E402


def main():
    source, size, target = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    pixels = GdkPixbuf.Pixbuf.new_from_file_at_size(source, size, size)
    if target.endswith(".symbolic.png"):
        pixels = GdkPixbuf.Pixbuf.new_from_bytes(without_colour(pixels), GdkPixbuf.Colorspace.RGB, True, 8,
                                                 size, size, size * 4)
    pixels.savev(target, "png", [], [])


def without_colour(pixels):
    """The same opacity everywhere, and no colour."""
    stride, width, height = pixels.get_rowstride(), pixels.get_width(), pixels.get_height()
    data = pixels.get_pixels()
    out = bytearray()
    for row in range(height):
        for column in range(width):
            out += bytes((0, 0, 0, data[row * stride + column * 4 + 3]))
    return GLib.Bytes.new(bytes(out))


if __name__ == "__main__":
    main()
