# SPDX-License-Identifier: GPL-2.0-or-later
"""What a workspace is bound to of its host: settings, network, rules for paths."""

import http.server
import os
import shutil
import signal
import socket
import threading
import unittest

import printers
from stack import PASSPHRASE, USER, AgentTest, in_modes, share_mounts

CONNECT = "python3 -c 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 30)' {} {}"


def own_address():
    """An address of this host that is not the loopback's, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return probe.getsockname()[0]


@in_modes
class Bindings(AgentTest):
    def open_with(self, **settings):
        return self.open(self.create(), settings=settings)

    def test_settings_are_kept(self):
        workspace = self.create(settings={"network": "none", "sound": False})
        self.assertEqual((workspace["settings"]["network"], workspace["settings"]["sound"]), ("none", False))
        rule = {"path": "/srv/x", "rule": "hide"}
        changed = self.client.call("workspace.set", id=workspace["id"], name="other",
                                   settings={"network": "nat", "paths": [rule]})
        self.assertEqual((changed["name"], changed["settings"]["network"], changed["settings"]["sound"]), ("other", "nat", False))
        self.stack.stop_agent()
        self.stack.start()
        self.reconnect()
        found = self.client.call("workspace.list")["workspaces"][0]
        self.assertEqual((found["name"], found["settings"]["paths"]), ("other", [rule]))

    def test_bad_settings_change_nothing(self):
        workspace = self.create()
        for bad in ({"network": "everything"}, {"unknown": True}, {"sound": "loud"},
                    {"paths": [{"path": "/srv/../etc", "rule": "hide"}]}, {"paths": [{"path": "etc", "rule": "hide"}]},
                    {"paths": [{"path": "/proc/sys", "rule": "hide"}]}, {"paths": [{"path": "/", "rule": "hide"}]},
                    {"paths": [{"path": "/srv/x", "rule": "hide", "source": "/etc"}]},
                    {"paths": [{"path": "/srv/x", "rule": "share"}]},
                    {"paths": [{"path": "/srv/x", "rule": "share", "source": "/a/../etc"}]},
                    {"paths": [{"path": "/srv/x", "rule": "redirect", "source": "/dev/shm"}]},
                    {"paths": [{"path": "/srv/x", "rule": "hide"}] * 17}):
            with self.subTest(bad):
                self.assert_rpc_error(-32602, "workspace.set", id=workspace["id"], settings=bad)
        found = self.client.call("workspace.list")["workspaces"][0]
        self.assertEqual(found["settings"], workspace["settings"])

    def test_an_encrypted_one(self):
        if "vault-luks" not in self.client.call("server.info")["capabilities"]:
            self.skipTest("this host cannot open encrypted workspaces in this mode")
        rule = {"path": "/srv/shared", "rule": "share", "source": self.host_folder("shared")}
        workspace = self.open(self.create(vault="luks"), settings={"network": "none", "paths": [rule]})
        self.assertEqual(self.run_command(workspace, "test $(tail -n +3 /proc/net/dev | wc -l) = 1 && test -s /srv/shared/file"), 0)
        self.close(workspace)

    def has_tunnels(self):
        try:
            return self.uid == 0 or (not self.helper and os.path.exists("/dev/net/tun")) or os.stat("/dev/net/tun").st_mode & 0o006 == 0o006
        except OSError:
            return False

    def listener(self, address):
        server = http.server.ThreadingHTTPServer((address, 0), http.server.BaseHTTPRequestHandler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server.server_address[1]

    def test_the_hosts_network(self):
        workspace = self.open_with(network="host")
        self.assertEqual(self.run_command(workspace, CONNECT.format("127.0.0.1", self.listener("127.0.0.1"))), 0)
        self.close(workspace)

    def test_no_network(self):
        workspace = self.open_with(network="none")
        self.assertNotEqual(self.run_command(workspace, CONNECT.format("127.0.0.1", self.listener("127.0.0.1"))), 0)
        self.assertEqual(self.run_command(workspace, "test $(tail -n +3 /proc/net/dev | wc -l) = 1"), 0)
        self.assertEqual(self.run_command(workspace, "! grep -q nameserver /etc/resolv.conf"), 0)
        within = ("python3 -c 'import socket; s = socket.create_server((\"127.0.0.1\", 0)); "
                  "socket.create_connection(s.getsockname())'")
        self.assertEqual(self.run_command(workspace, within), 0)
        self.close(workspace)

    @unittest.skipIf(printers.missing(), f"this host does not have {', '.join(printers.missing())}")
    def test_printers(self):
        service = printers.Printers()
        self.addCleanup(service.end)
        self.stack.stop_agent()
        self.stack.environment["CUPS_SERVER"] = service.socket
        self.stack.start()
        self.reconnect()
        workspace = self.open_with()
        self.assertEqual(self.run_command(workspace, "lpstat -p paper && echo some text | lp -d paper -o raw"), 0)
        service.wait_printed(b"some text")
        self.close(workspace)
        workspace = self.open(workspace, settings={"printers": False})
        self.assertNotEqual(self.run_command(workspace, "lpstat -p paper"), 0)
        self.close(workspace)

    def child(self, name):
        """A process of the agent's."""
        for task in os.listdir(f"/proc/{self.stack.agent.pid}/task"):
            with open(f"/proc/{self.stack.agent.pid}/task/{task}/children", encoding="ascii") as children:
                for pid in children.read().split():
                    with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
                        if file.read().strip() == name:
                            return int(pid)
        return self.fail(f"the agent has no child {name}")

    def test_a_translated_network(self):
        if shutil.which("slirp4netns") is None or not self.has_tunnels():
            self.skipTest("this host has no slirp4netns, or no /dev/net/tun that this user may open")
        address = own_address()
        if address is None:
            self.skipTest("this host has no address but the loopback's")
        workspace = self.open_with(network="nat")
        port = self.listener(address)
        self.assertEqual(self.run_command(workspace, CONNECT.format(address, port)), 0)
        inner = self.listener("127.0.0.1")
        self.assertNotEqual(self.run_command(workspace, CONNECT.format("127.0.0.1", inner)), 0)
        self.assertNotEqual(self.run_command(workspace, CONNECT.format("10.0.2.2", inner)), 0)
        self.assertEqual(self.run_command(workspace, "grep -qx 'nameserver 10.0.2.3' /etc/resolv.conf"), 0)
        os.kill(self.child("slirp4netns"), signal.SIGKILL)
        self.client.wait_event("workspace", lambda data: "The network ended" in data["workspace"].get("notes", ""))
        self.assertEqual(self.run_command(workspace, CONNECT.format(address, port)), 0)
        self.close(workspace)

    def host_folder(self, name):
        """A folder of the user's on the host with a file in it."""
        path = self.stack.path("home", name)
        os.mkdir(path)
        with open(os.path.join(path, "file"), "w", encoding="utf-8") as file:
            file.write("of the host\n")
        os.symlink("/etc/passwd", os.path.join(path, "link"))
        if self.uid:
            for one in (path, os.path.join(path, "file")):
                os.chown(one, self.uid, self.uid)
        return path

    def test_rules_for_paths(self):
        shared, written = self.host_folder("shared"), self.host_folder("written")
        rules = [{"path": "/usr/share/doc", "rule": "hide"}, {"path": "/etc/passwd", "rule": "hide"},
                 {"path": "/etc", "rule": "read-only"},
                 {"path": "/srv/shared/here", "rule": "share", "source": shared},
                 {"path": "/srv/written", "rule": "share", "source": written, "writable": True},
                 {"path": "/srv/one", "rule": "share", "source": os.path.join(shared, "file")},
                 {"path": "/srv/elsewhere", "rule": "redirect", "source": "/root/kept"},
                 {"path": "/not/there", "rule": "hide"}]
        workspace = self.open_with(paths=rules)
        for script in ("test -d /usr/share/doc && test -z \"$(ls -A /usr/share/doc)\" && ! touch /usr/share/doc/x",
                       "test ! -s /etc/passwd", "! touch /etc/new", "! sh -c 'echo x > /etc/hostname'",
                       "grep -q 'of the host' /srv/shared/here/file && ! touch /srv/shared/here/new",
                       "grep -q 'of the host' /srv/one", "echo changed > /srv/written/file",
                       "echo kept > /srv/elsewhere/file && grep -q kept $HOME/kept/file", "test ! -e /not"):
            with self.subTest(script):
                self.assertEqual(self.run_command(workspace, script), 0)
        with open(os.path.join(written, "file"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "changed\n")
        self.assertEqual(os.stat(os.path.join(written, "file")).st_uid, self.uid)
        self.close(workspace)

    def test_a_link_does_not_lead_a_rule_out(self):
        """The workspace's own layer may hold any link; what the rule shows ends up where the link leads inside."""
        shared = self.host_folder("shared")
        workspace = self.open(self.create())
        self.assertEqual(self.run_command(workspace, "mkdir -p /opt/a && ln -s ../../../../../../srv /opt/a/link"), 0)
        self.close(workspace)
        name = self.unique("deep")
        rule = {"path": f"/opt/a/link/{name}", "rule": "share", "source": shared}
        workspace = self.open(workspace, settings={"paths": [rule]})
        self.assertEqual(self.run_command(workspace, f"test -s /srv/{name}/file"), 0)
        self.assertFalse(os.path.exists(f"/srv/{name}"))
        self.close(workspace)

    def test_a_share_that_a_medium_asks_for(self):
        """Rules that somebody wrote to the medium: nothing of this host's is shared until it is allowed here."""
        given, private = self.host_folder("given"), self.host_folder("private")
        rule = {"path": "/srv/x", "rule": "share", "source": given}
        workspace = self.create(settings={"paths": [rule]})
        self.close(self.open(workspace))
        path = os.path.join(self.folder(), "workspace.json")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for changed in (text.replace(given, private), text.replace('"writable" : false', '"writable" : true')):
            self.assertNotEqual(changed, text)
            with open(path, "w", encoding="utf-8") as file:
                file.write(changed)
            error = self.assert_rpc_error(3, "workspace.open", id=workspace["id"], user=USER, passphrase=PASSPHRASE, display="none")
            self.assertEqual(error.data["state"], "shares")
            self.assertIn(private if private in changed else given, error.message)
        self.close(self.open(workspace, settings={"paths": []}))
        self.close(self.open(workspace, trust_shares=True))
        workspace = self.open(workspace)
        self.assertEqual(self.run_command(workspace, "test -s /srv/x/file"), 0)
        self.close(workspace)

    def test_a_share_that_is_not_there(self):
        workspace = self.create()
        error = self.assert_rpc_error(1, "workspace.open", id=workspace["id"], user="demo", passphrase="correct horse",
                                      display="none", settings={"paths": [{"path": "/srv/x", "rule": "share",
                                                                           "source": self.stack.path("missing")}]})
        self.assertIn("missing", error.message)
        self.assertEqual(self.state(workspace), "closed")


if __name__ == "__main__":
    share_mounts()
    unittest.main(verbosity=2)
