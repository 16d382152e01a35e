# SPDX-License-Identifier: GPL-2.0-or-later
"""A page that shows the answer of server.info of both endpoints: all that a plugin needs, and no more."""

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("Json", "1.0")
gi.require_version("Domicile", "1")
gi.require_version("DomicileUi", "1")
from gi.repository import DomicileUi, GObject, Gtk, Json  # noqa: E402

ENDPOINTS = ("control", "agent")


class ServerInfoPage(Gtk.Grid):
    """One row an endpoint, kept up to date."""

    def __init__(self, host):
        super().__init__(margin=24, row_spacing=12, column_spacing=24, halign=Gtk.Align.CENTER)
        self._handlers = []
        for row, name in enumerate(ENDPOINTS):
            text = Gtk.Label(selectable=True, wrap=True, xalign=0)
            self.attach(Gtk.Label(label=name.capitalize(), xalign=1), 0, row, 1, 1)
            self.attach(text, 1, row, 1, 1)
            endpoint = host.get_endpoint(name)
            handler = endpoint.connect("notify::connected", self._update, text)
            self._handlers.append((endpoint, handler))
            self._update(endpoint, None, text)
        self.show_all()

    def _update(self, endpoint, _pspec, text):
        if not endpoint.is_connected():
            text.set_text(f"Not connected: {endpoint.get_error_message() or 'waiting'}")
            return
        text.set_text("…")
        endpoint.call_async("server.info", None, None, self._answered, text)

    @staticmethod
    def _answered(endpoint, result, text):
        try:
            text.set_text(Json.to_string(endpoint.call_finish(result), True))
        except gi.repository.GLib.Error as error:
            text.set_text(error.message)

    def let_go(self):
        """Forget the endpoints; they outlive the page."""
        for endpoint, handler in self._handlers:
            endpoint.disconnect(handler)
        self._handlers.clear()


class ServerInfoPlugin(GObject.Object, DomicileUi.PagePlugin):
    """What the console loads: it makes the page when the plugin starts and takes it away when it ends."""

    def do_activate(self, host):
        self.host = host
        self.page = ServerInfoPage(host)
        host.add_page(self.page, "server_info", "Server Info", "dialog-information-symbolic", 90)

    def do_deactivate(self):
        self.page.let_go()
        self.host.remove_page(self.page)
        self.page = self.host = None
