# SPDX-License-Identifier: GPL-2.0-or-later
"""What must be refused, with the right kind of error and without any effect."""

import contextlib
import itertools
import json
import os
import time
import unittest

from stack import PASSPHRASE, SECONDS, USER, AgentTest, RpcError, in_modes


@in_modes
class BadInput(AgentTest):
    def media(self):
        """Everything on the medium with its content's size, to see that nothing changed."""
        found = {}
        for folder, _, files in os.walk(self.stack.media):
            found[folder] = None
            for name in files:
                found[os.path.join(folder, name)] = os.lstat(os.path.join(folder, name)).st_size
        return found

    def open_by_path(self, path):
        return dict(path=path, user=USER, passphrase=PASSPHRASE, display="none")

    def test_wrong_user_and_passphrase_are_one_error(self):
        workspace = self.create()
        before = self.media()
        errors = []
        for user, passphrase in ((USER, "wrong"), ("somebody", PASSPHRASE), ("somebody", "wrong")):
            errors.append(self.assert_rpc_error(5, "workspace.open", id=workspace["id"], user=user,
                                                passphrase=passphrase, display="none"))
        self.assertEqual(len({(error.message, json.dumps(error.data)) for error in errors}), 1)
        self.assertEqual(self.state(workspace), "closed")
        self.assertEqual(self.media(), before)
        self.open(workspace)

    def test_wrong_ones_take_the_same_time(self):
        """The quickest of each tells what it costs: others who use the processor only add to it."""
        workspace = self.create()
        quickest, deadline = {}, time.monotonic() + SECONDS
        for turn in itertools.count(1):
            for user, passphrase in ((USER, "wrong"), ("somebody", PASSPHRASE)):
                begun = time.monotonic()
                with self.assertRaises(RpcError):
                    self.open(workspace, user=user, passphrase=passphrase)
                quickest[user] = min(time.monotonic() - begun, quickest.get(user, SECONDS))
            if turn >= 3 and max(quickest.values()) < 2 * min(quickest.values()):
                break
            self.assertLess(time.monotonic(), deadline, quickest)

    def test_long_passphrases(self):
        """Of bytes as many as the protocol lets through; each counts."""
        passphrase = "열쇠" * 512
        workspace = self.create(passphrase=passphrase)
        for user, wrong in ((USER, passphrase[:-1] + "솨"), (USER, passphrase[:-1]), ("s" * 64, passphrase)):
            self.assert_rpc_error(5, "workspace.open", id=workspace["id"], user=user, passphrase=wrong, display="none")
        self.close(self.open(workspace, passphrase=passphrase))
        workspace = self.create(name="short")
        self.assert_rpc_error(5, "workspace.open", id=workspace["id"], user=USER, passphrase=passphrase, display="none")

    def test_missing_and_damaged_description(self):
        workspace = self.create()
        description = os.path.join(workspace["path"], "workspace.json")
        with open(description, encoding="utf-8") as file:
            good = file.read()
        for damage, word in (("", "JSON"), (good[:40], "JSON"), ("[]", "object"), (good.replace('"shared"', '"open"'), "mode"),
                             (good.replace(workspace["id"], "../../etc"), "id"), ("{" * 100, "JSON")):
            with open(description, "w", encoding="utf-8") as file:
                file.write(damage)
            for how in ({"id": workspace["id"]}, {"path": workspace["path"]}):
                error = self.assert_rpc_error(7, "workspace.open", user=USER, passphrase=PASSPHRASE, **how)
                self.assertIn(word, error.message)
        self.assertEqual(self.state(workspace), "lost")
        os.unlink(description)
        self.assert_rpc_error(1, "workspace.open", **self.open_by_path(workspace["path"]))
        with open(description, "w", encoding="utf-8") as file:
            file.write(good)
        self.assertEqual(self.state(workspace), "closed")
        self.open(workspace)

    def test_open_twice(self):
        workspace = self.created_and_open()
        for how in ({"id": workspace["id"]}, {"path": workspace["path"]}):
            error = self.assert_rpc_error(3, "workspace.open", user=USER, passphrase=PASSPHRASE, **how)
            self.assertEqual(error.data["state"], "open")
        self.assertEqual(self.state(workspace), "open")

    def test_open_in_another_agent(self):
        workspace = self.created_and_open()
        other, socket = self.stack.spawn_other("other")
        self.addCleanup(other.wait)
        self.addCleanup(other.terminate)
        ours, self.client = self.client, type(self.client)(socket)
        self.addCleanup(ours.close)
        error = self.assert_rpc_error(3, "workspace.open", **self.open_by_path(workspace["path"]))
        self.assertEqual(error.data["state"], "open")
        self.client.close()
        self.client = ours
        self.assertEqual(self.run_command(workspace, "true"), 0)

    def test_create_on_something(self):
        workspace = self.create()
        os.mkdir(self.folder("folder"))
        os.symlink("/nonexistent", self.folder("link"))
        before = self.media()
        for name in ("work", "folder", "link"):
            with self.assertRaises(RpcError) as caught:
                self.create(name=name)
            self.assertEqual(caught.exception.code, 2)
        self.assertEqual(self.media(), before)
        self.open(workspace)

    def test_create_too_large(self):
        for vault in ("none", "luks"):
            with self.assertRaises(RpcError) as caught:
                self.create(vault, size_bytes=1 << 60)
            self.assertEqual((caught.exception.code, caught.exception.data["resource"]), (6, "disk"))
            self.assertGreater(caught.exception.data["limit"], 0)
        self.assertEqual(os.listdir(self.stack.media), [])

    def test_create_with_nonsense(self):
        media = self.stack.media
        for code, params in (
                (-32602, dict(path="relative.domicile")), (-32602, dict(path=media + "/no-suffix")),
                (-32602, dict(path=media + "/a\nb.domicile")), (-32602, dict(path=media + "/.domicile")),
                (1, dict(path=media + "/missing/a.domicile")), (-32602, dict(name="")), (-32602, dict(name="a\tb")),
                (-32602, dict(name="x" * 65)), (-32602, dict(user="a/b")), (-32602, dict(user="..")),
                (-32602, dict(user="a:b")), (-32602, dict(user="")), (-32602, dict(passphrase="")),
                (-32602, dict(passphrase=7)), (-32602, dict(size_bytes=-1)), (-32602, dict(size_bytes="big")),
                (-32602, dict(mode="open")), (-32602, dict(vault="zip")),
                (-32602, dict(vault="luks", size_bytes=1 << 20))):
            with self.subTest(params=params), self.assertRaises(RpcError) as caught:
                self.create(**params)
            self.assertEqual(caught.exception.code, code, (params, caught.exception.message))
        self.assertEqual(os.listdir(media), [])

    def test_climbing_path_is_made_plain(self):
        workspace = self.create(path=self.stack.media + "/x/../y.domicile")
        self.assertEqual(workspace["path"], self.folder("y"))

    def test_unknown_and_closed(self):
        unknown = "00000000-0000-4000-8000-000000000000"
        workspace = self.create()
        for method in ("workspace.check", "workspace.close"):
            self.assert_rpc_error(1, method, id=unknown)
        for method in ("app.list", "process.list"):
            self.assert_rpc_error(1, method, workspace=unknown)
            error = self.assert_rpc_error(3, method, workspace=workspace["id"])
            self.assertEqual(error.data["state"], "closed")
        self.assert_rpc_error(3, "workspace.close", id=workspace["id"])
        self.assert_rpc_error(-32602, "workspace.open", user=USER, passphrase=PASSPHRASE)
        self.assert_rpc_error(1, "workspace.open", **self.open_by_path(self.folder("nowhere")))
        self.assert_rpc_error(8, "workspace.open", id=workspace["id"], user=USER, passphrase=PASSPHRASE, display="seamless")

    def test_destroy_asks_for_the_passphrase(self):
        workspace = self.create()
        self.assert_rpc_error(5, "workspace.destroy", id=workspace["id"], user=USER, passphrase="wrong")
        self.assertEqual(self.state(workspace), "closed")
        self.open(workspace)
        self.assert_rpc_error(3, "workspace.destroy", id=workspace["id"], user=USER, passphrase=PASSPHRASE)

    def test_medium_that_cannot_be_written(self):
        if not self.uid:
            self.skipTest("nothing stops root")
        os.chown(self.stack.media, 0, 0)
        os.chmod(self.stack.media, 0o755)
        with self.assertRaises(RpcError) as caught:
            self.create()
        self.assertEqual(caught.exception.code, 4)

    def test_cancelled_create_leaves_nothing(self):
        if "vault-luks" not in self.client.call("server.info")["capabilities"]:
            self.skipTest("this host has no tools for encrypted vaults")
        with self.assertRaises(RpcError) as caught:
            for _ in range(10):  # where this computer is too busy for us, it may be made before it is cancelled
                job = self.client.call("workspace.create", path=self.folder(), name="work", user=USER, passphrase=PASSPHRASE,
                                       size_bytes=256 << 20, mode="shared", vault="luks")["job"]
                with contextlib.suppress(RpcError):
                    self.client.call("job.cancel", job=job)
                made = self.client.wait_job(job)
                self.client.run_job("workspace.destroy", id=made["id"], user=USER, passphrase=PASSPHRASE)
        self.assertEqual(caught.exception.code, 10)
        self.assertEqual(os.listdir(self.stack.media), [])
        self.assertEqual(self.client.call("workspace.list")["workspaces"], [])
        self.create("luks")

    def test_vault_that_this_host_cannot_make(self):
        """It is made, or the error says what this host lacks."""
        try:
            self.create("luks")
        except RpcError as error:
            self.assertEqual(error.code, 8, error)
            self.assertTrue(error.data["needs"] and error.data["hint"])
            self.assertEqual(os.listdir(self.stack.media), [])

    def test_hostile_apps(self):
        """Menu entries and icons of a workspace that wants to harm whoever lists them."""
        workspace = self.created_and_open()
        script = r"""
cd "$HOME" && mkdir -p .local/share/applications/a/b/c/d .local/share/icons/hicolor/48x48/apps && cd .local/share/applications || exit 9
entry () { printf '[Desktop Entry]\nType=Application\nExec=sleep 1\n'; printf "$@"; }
entry 'Name=\342\200\256gpj.exe\nComment=two\\nlines\033[2J\nIcon=/etc/shadow\n' > spoof.desktop
entry 'Name=%s\n' "$(head -c 100000 /dev/zero | tr '\0' x)" > long.desktop
entry 'Name=\377\376\nIcon=../../../../etc/passwd\n' > bytes.desktop
entry 'Name=Bomb\nIcon=bomb\n' > bomb.desktop
entry 'Name=Outside\nIcon=/usr/share/own/out.png\n' > out.desktop
for name in arcs plain; do entry "Name=$name\nIcon=$name\n" > $name.desktop; done
svg="<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 100' width='100' height='100'>"
{ printf %s "$svg<path d='M0 0"; for i in $(seq 3000); do printf 'a1e6 1e6 0 1 1 3 3'; done; printf %s "'/></svg>"; } > ../icons/hicolor/48x48/apps/arcs.svg
printf %s "$svg<rect width='50' height='50'/></svg>" > ../icons/hicolor/48x48/apps/plain.svg
head -c 1000000 /dev/urandom > noise.desktop; head -c 400000 /dev/zero > zeros.desktop
mkfifo fifo.desktop; mkdir folder.desktop; ln -s loop.desktop loop.desktop; ln -s /dev/zero zero.desktop; ln -s /etc/shadow shadow.desktop
entry 'Name=한글 이름 \360\237\246\206\n' > 'ㄱ이름 with space.desktop'
printf '\211PNG\r\n\032\n\000\000\000\rIHDR\177\377\377\377\177\377\377\377\010\006\000\000\000' > ../icons/hicolor/48x48/apps/bomb.png
mkdir -p /usr/share/own && ln -s /etc/shadow /usr/share/own/out.png
for i in $(seq 300); do entry "Name=many $i\n" > "many$i.desktop"; done
"""
        self.assertEqual(self.run_command(workspace, script), 0)
        apps = {app["id"]: app for app in self.client.call("app.list", workspace=workspace["id"])["apps"]}
        self.assertEqual(len([app for app in apps if app.startswith("many")]), 300)
        self.assertEqual(apps["spoof.desktop"]["name"], "gpj.exe")
        for app in ("bytes", "fifo", "folder", "loop", "zero", "shadow", "noise", "zeros"):
            self.assertNotIn(app + ".desktop", apps)
        self.assertIn("ㄱ이름 with space.desktop", apps)
        for app in apps.values():
            self.assertLessEqual(len(app["name"]), 512)
            for character in app["name"] + app["summary"]:
                self.assertFalse(ord(character) < 32 or 0x202a <= ord(character) <= 0x202e, app)
        for app in ("spoof", "bomb", "out", "arcs"):  # the last would take a minute to draw
            self.assertNotIn("icon_path", apps[app + ".desktop"])
        self.assertIn("icon_path", apps["plain.desktop"])
        self.assertEqual(self.run_command(workspace, "true"), 0)
        self.close(workspace)

    def test_names_in_any_script(self):
        for number, name in enumerate(("한글 작업 공간", "مساحة عمل", "🦆" * 64, "a\u0301" * 32, "ﷺ", "<b>&amp;%s%n</b>", "x" * 64)):
            with self.subTest(name=name):
                folder = os.path.join(self.stack.media, ("가" * 60 if number == 0 else f"{number}-{name[:20]}".replace("/", "")) + ".domicile")
                workspace = self.create(name=name, path=folder)
                self.assertEqual(workspace["name"], name)
                self.open(workspace)
                self.close(workspace)
                self.client.run_job("workspace.destroy", id=workspace["id"], user=USER, passphrase=PASSPHRASE)
        self.assertEqual(os.listdir(self.stack.media), [])

    def test_made_in_the_future(self):
        """A host whose clock is behind the one that made the workspace."""
        workspace = self.create()
        path = os.path.join(workspace["path"], "workspace.json")
        with open(path, encoding="utf-8") as file:
            text = json.load(file)
        text["created"] = "2199-01-01T00:00:00Z"
        with open(path, "w", encoding="utf-8") as file:
            json.dump(text, file)
        for folder, _, files in os.walk(workspace["path"]):
            for name in [folder, *(os.path.join(folder, one) for one in files)]:
                os.utime(name, (7000000000, 7000000000), follow_symlinks=False)
        self.open(workspace)
        self.assertEqual(self.run_command(workspace, "echo later > ~/later"), 0)
        self.close(workspace)

    def test_secret_is_nowhere(self):
        secret = self.unique("secret")
        workspace = self.create(passphrase=secret)
        self.open(workspace, passphrase=secret)
        with self.assertRaises(RpcError):
            self.open(workspace, passphrase=secret)
        self.assertNotIn(secret, self.stack.logs())
        self.assertNotIn(secret, json.dumps(self.client.call("job.list")))
        for folder, _, files in os.walk(self.stack.directory):
            for name in files:
                if os.path.islink(os.path.join(folder, name)) or not os.path.isfile(os.path.join(folder, name)):
                    continue
                with open(os.path.join(folder, name), "rb") as file:
                    self.assertNotIn(secret.encode(), file.read(1 << 20), name)


if __name__ == "__main__":
    unittest.main()
