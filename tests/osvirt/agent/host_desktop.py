# SPDX-License-Identifier: GPL-2.0-or-later
"""The session bus of a host with a notification daemon, a portal and a service that is nobody else's business. Prints the bus's
address, then each call as a line of JSON: [interface, method, arguments]. Whatever has the summary "choose" has its action "yes"
chosen; links are opened at once. Ends with its standard input."""

import json
import os
import subprocess
import sys
import tempfile

from gi.repository import Gio, GLib

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:dir={}</listen><auth>ANONYMOUS</auth><allow_anonymous/>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/>
<allow own="*"/><allow user="*"/></policy></busconfig>"""
NODE = """<node>
<interface name="org.freedesktop.Notifications">
 <method name="Notify"><arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
  <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/>
  <arg type="i" direction="in"/><arg type="u" direction="out"/></method>
 <method name="CloseNotification"><arg type="u" direction="in"/></method>
 <method name="GetCapabilities"><arg type="as" direction="out"/></method>
 <method name="GetServerInformation"><arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/>
  <arg type="s" direction="out"/></method>
 <signal name="NotificationClosed"><arg type="u"/><arg type="u"/></signal>
 <signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
</interface>
<interface name="org.freedesktop.portal.Settings">
 <method name="Read"><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="v" direction="out"/></method>
 <method name="ReadAll"><arg type="as" direction="in"/><arg type="a{sa{sv}}" direction="out"/></method>
</interface>
<interface name="org.freedesktop.portal.OpenURI">
 <method name="OpenURI"><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="a{sv}" direction="in"/>
  <arg type="o" direction="out"/></method>
</interface>
<interface name="org.freedesktop.portal.Screenshot">
 <method name="Screenshot"><arg type="s" direction="in"/><arg type="a{sv}" direction="in"/><arg type="o" direction="out"/></method>
</interface>
<interface name="org.domicile.Private"><method name="Ask"/></interface>
</node>"""
NOTIFICATIONS, PORTAL = "/org/freedesktop/Notifications", "/org/freedesktop/portal/desktop"
OWN = 7  # a notification that is shown for the host's user


class Desktop:
    def __init__(self, bus):
        self.bus, self.last, self.shown = bus, OWN, {OWN}
        node = Gio.DBusNodeInfo.new_for_xml(NODE)
        for interface in node.interfaces:
            path = NOTIFICATIONS if interface.name.endswith("Notifications") else PORTAL if "portal" in interface.name else "/"
            bus.register_object(path, interface, self.on_call, None, None)
        for name in ("org.freedesktop.Notifications", "org.freedesktop.portal.Desktop", "org.domicile.Private"):
            bus.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
                          GLib.Variant("(su)", (name, 4)), None, Gio.DBusCallFlags.NONE, -1, None)

    def signal(self, client, path, interface, name, arguments):
        self.bus.emit_signal(client, path, interface, name, arguments)

    def on_call(self, _bus, client, _path, interface, method, arguments, invocation):
        values = arguments.unpack()
        print(json.dumps([interface, method, values], default=str), flush=True)
        answer = getattr(self, method)(client, *values)
        invocation.return_value(answer)
        if method == "Notify" and values[3] == "choose":
            self.signal(None, NOTIFICATIONS, interface, "ActionInvoked", GLib.Variant("(us)", (OWN, "not yours")))
            self.signal(None, NOTIFICATIONS, interface, "ActionInvoked", GLib.Variant("(us)", (self.last, "yes")))
        if method == "OpenURI":
            self.signal(client, answer.unpack()[0], "org.freedesktop.portal.Request", "Response", GLib.Variant("(ua{sv})", (0, {})))

    def Notify(self, _client, _app, replaces, *_rest):
        if not replaces:
            self.last += 1
        self.shown.add(self.last)
        return GLib.Variant("(u)", (replaces or self.last,))

    def CloseNotification(self, _client, number):
        self.shown.discard(number)
        self.signal(None, NOTIFICATIONS, "org.freedesktop.Notifications", "NotificationClosed", GLib.Variant("(uu)", (number, 3)))

    def GetCapabilities(self, _client):
        return GLib.Variant("(as)", (["body", "body-markup", "body-images", "actions"],))

    def GetServerInformation(self, _client):
        return GLib.Variant("(ssss)", ("stand-in", "Domicile", "1", "1.2"))

    def Read(self, _client, _namespace, _key):
        return GLib.Variant("(v)", (GLib.Variant("v", GLib.Variant("u", 1)),))

    def ReadAll(self, _client, _namespaces):
        return GLib.Variant("(a{sa{sv}})", ({"org.freedesktop.appearance": {"color-scheme": GLib.Variant("u", 1)},
                                             "org.example.private": {"key": GLib.Variant("s", "treasure")}},))

    def OpenURI(self, client, _parent, _uri, _options):
        return GLib.Variant("(o)", (f"{PORTAL}/request/{client[1:].replace('.', '_')}/t1",))

    def Screenshot(self, _client, _parent, _options):
        return GLib.Variant("(o)", (f"{PORTAL}/request/x/y",))

    def Ask(self, _client):
        return None


def main():
    with tempfile.TemporaryDirectory(prefix="host-desktop-") as folder:
        os.chmod(folder, 0o755)
        config = os.path.join(folder, "bus.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(folder))
        daemon = subprocess.Popen(["dbus-daemon", f"--config-file={config}", "--print-address", "--nofork"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        address = daemon.stdout.readline().strip()
        bus = Gio.DBusConnection.new_for_address_sync(
            address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        desktop = Desktop(bus)
        loop = GLib.MainLoop()
        GLib.io_add_watch(sys.stdin.fileno(), GLib.IO_IN | GLib.IO_HUP, lambda *_: loop.quit())
        print(address, flush=True)
        try:
            loop.run()
        finally:
            daemon.terminate()
            daemon.wait()
        del desktop


if __name__ == "__main__":
    main()
