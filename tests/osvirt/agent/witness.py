# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs in a workspace: a D-Bus service that counts, watches on four kinds of places, and a library in use."""

import ctypes
import os
import sys

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

INTERFACE = "<node><interface name='org.example.Count'><method name='Next'><arg type='i' direction='out'/></method></interface></node>"
PLACES = [os.path.expanduser("~/watched"), "/tmp/watched", "/etc", "/usr/share/doc/base-files"]
count = 0
log = os.path.expanduser("~/events")
library = ctypes.CDLL(sys.argv[1])
library.zlibVersion.restype = ctypes.c_char_p


def on_call(connection, sender, path, interface, method, parameters, invocation):
    global count
    count += len(library.zlibVersion()) > 0
    invocation.return_value(GLib.Variant("(i)", (count,)))


def on_changed(monitor, file, other, event):
    if event == Gio.FileMonitorEvent.CREATED:
        with open(log, "a", encoding="utf-8") as out:
            out.write(file.get_path() + "\n")


def on_bus(connection, name):
    connection.register_object("/count", Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0], on_call, None, None)


for place in PLACES:
    os.makedirs(place, exist_ok=True)
monitors = [Gio.File.new_for_path(place).monitor_directory(Gio.FileMonitorFlags.NONE, None) for place in PLACES]
for one in monitors:
    one.connect("changed", on_changed)
Gio.bus_own_name(Gio.BusType.SESSION, "org.example.Count", Gio.BusNameOwnerFlags.NONE, on_bus, None, None)
GLib.MainLoop().run()
