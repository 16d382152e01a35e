# SPDX-License-Identifier: GPL-2.0-or-later
"""A battery that can be discharged: UPower's display device on a bus of its own. Prints the bus's address, then takes
lines "PERCENT STATE" (state 1 charging, 2 discharging) and answers each with "ok"."""

import subprocess
import sys

from gi.repository import Gio, GLib

NODE = Gio.DBusNodeInfo.new_for_xml("""<node><interface name="org.freedesktop.UPower.Device">
<property name="Percentage" type="d" access="read"/><property name="State" type="u" access="read"/>
<property name="IsPresent" type="b" access="read"/></interface></node>""")
PATH = "/org/freedesktop/UPower/devices/DisplayDevice"

daemon = subprocess.Popen(["dbus-daemon", "--session", "--print-address", "--nofork"], stdout=subprocess.PIPE, text=True)
address = daemon.stdout.readline().strip()
bus = Gio.DBusConnection.new_for_address_sync(
    address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
values = {"Percentage": GLib.Variant("d", 80.0), "State": GLib.Variant("u", 1), "IsPresent": GLib.Variant("b", True)}
bus.register_object(PATH, NODE.interfaces[0], None, lambda connection, sender, path, interface, name: values[name], None)
bus.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
              GLib.Variant("(su)", ("org.freedesktop.UPower", 4)), None, Gio.DBusCallFlags.NONE, -1, None)
loop = GLib.MainLoop()


def on_line(channel, condition):
    line = sys.stdin.readline()
    if not line:
        loop.quit()
        return False
    percent, state = line.split()
    values.update(Percentage=GLib.Variant("d", float(percent)), State=GLib.Variant("u", int(state)))
    bus.emit_signal(None, PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                    GLib.Variant("(sa{sv}as)", ("org.freedesktop.UPower.Device", values, [])))
    bus.flush_sync(None)
    print("ok", flush=True)
    return True


print(address, flush=True)
GLib.io_add_watch(sys.stdin.fileno(), GLib.IO_IN | GLib.IO_HUP, on_line)
try:
    loop.run()
finally:
    daemon.terminate()
    daemon.wait()
