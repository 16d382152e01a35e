# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs with a label, through a suspend: what they were denied they are denied afterwards, and what they had they have."""

import copy
import os
import socket
import unittest

import test_guard
import test_labels
from stack import USER, USER_ID, share_mounts
from test_suspend import Suspend

# Tries without end, as a thread, a child and the program itself, what its label allows and what it forbids; a dot for each result.
# The way through another process is closed by the Landlock domain alone.
BROKER = """
import errno, os, socket, threading, time
home = os.path.expanduser('~')
other = open(home + '/other').read().strip()
def read(path):
    with open(path) as file:
        file.read()
def connect(address, port):
    with socket.socket() as client:
        if client.connect_ex((address, port)) in (errno.EACCES, errno.EPERM):
            raise PermissionError
WAYS = {'own': lambda: read(home + '/banks/a/secret'), 'wall': lambda: read(home + '/banks/b/secret'),
        'around': lambda: read('/proc/' + other + '/root' + home + '/banks/b/secret'),
        'near': lambda: connect('127.0.0.1', 1), 'far': lambda: connect('192.0.2.1', 1)}
def work(name):
    while True:
        for way, attempt in WAYS.items():
            try:
                attempt()
                result = 'got'
            except OSError:
                result = 'denied'
            with open(home + '/results/' + '-'.join((name, way, result)), 'a') as file:
                file.write('.')
        time.sleep(0.02)
        if os.path.exists(home + '/pause'):
            open(home + '/paused-' + name, 'w').close()
            while os.path.exists(home + '/pause'):
                time.sleep(0.02)
threading.Thread(target=work, args=('thread',), daemon=True).start()
work('child' if os.fork() == 0 else 'main')
"""
POLICY = copy.deepcopy(test_labels.POLICY)
POLICY["contexts"]["network"] = [{"address": "127.0.0.0/8", "label": "near"}, {"label": "far"}]
POLICY["labels"]["objects"]["near"]["dataset"] = "bank-a"  # else the wall would keep it from writing there
ALLOWED, FORBIDDEN = ("own", "near"), ("wall", "around", "far")
# Waits for a connection that nobody accepts.
CALLER = """
import os, socket
def call():
    client = socket.socket()
    client.connect(('127.0.0.1', PORT))
    return client
clients = [call() for _ in range(8)]
"""
# Has a file open that its label allows.
HOLDER = """
import os, time
file = open(os.path.expanduser('~/banks/a/secret'))
open(os.path.expanduser('~/holds'), 'w').close()
while True:
    time.sleep(1000)
"""


class Labels(Suspend):
    uid = USER_ID

    def labelled(self, label, *argv):
        return self.client.call("app.launch", workspace=self.workspace["id"], argv=list(argv), label=label)["pid"]

    def status_of(self, pid):
        return self.client.wait_event("process", lambda data: data["change"] == "gone" and data["pid"] == pid).get("status")

    def wait_ended(self, pid):
        """A resume lets the numbers of those who have ended be given anew, to what lives as shortly as a question for one."""
        self.until(lambda: pid not in [one["pid"] for one in self.processes(self.workspace)], f"{pid} ends")

    def start_broker(self):
        other = self.launch(self.workspace, "sleep", "infinity")
        self.assertEqual(self.shell("mkdir -p ~/banks/a ~/banks/b ~/results; echo alpha > ~/banks/a/secret; "
                                    f"echo beta > ~/banks/b/secret; echo {other} > ~/other"), 0)
        self.assertEqual(self.shell("grep -q beta /proc/$(cat ~/other)/root$HOME/banks/b/secret"), 0, "this way is open without a label")
        self.client.call("policy.load", policy=POLICY)
        return self.labelled("broker", "/usr/bin/python3", "-c", BROKER)

    def check_broker(self):
        """From now on, each of its threads and processes: what it may it can, and what it must not it cannot."""
        self.assertEqual(self.shell("rm -f ~/results/*"), 0)
        results = [f"{name}-{way}-{result}" for name in ("main", "child", "thread")
                   for ways, result in ((ALLOWED, "got"), (FORBIDDEN, "denied")) for way in ways]
        self.wait_inside(" && ".join(f"test -s ~/results/{name} && test $(wc -c < ~/results/{name}) -gt 3" for name in results))
        self.assertEqual(self.shell(f"test $(ls ~/results | wc -l) = {len(results)}"), 0,
                         os.listdir(os.path.join(self.folder(), "home", "results")))

    def test_what_is_denied_stays_denied(self):
        self.open_desktop()
        pid = self.start_broker()
        self.check_broker()
        self.assertTrue(self.client.call("workspace.suspend_check", id=self.workspace["id"])["ready"])
        for _ in range(2):  # what came back is suspended like what was started
            self.suspend()
            self.resume()
            self.check_broker()
        self.assertNotEqual(self.status_of(self.labelled("broker", "cat", f"/home/{USER}/banks/b/secret")), 0)
        self.client.call("app.stop", workspace=self.workspace["id"], pid=pid)
        self.status_of(pid)
        self.close(self.workspace)

    def test_a_suspension_that_is_given_up(self):
        """The listeners come back to pid 1, and the programs go on."""
        self.open_desktop()
        self.start_broker()
        self.check_broker()
        self.cancel_suspension()
        self.check_broker()
        self.close(self.workspace)

    def test_one_that_waits_for_an_answer(self):
        """Pid 1 connects for it, and nobody accepts: that is no obstacle."""
        self.open_desktop()
        self.start_broker()
        with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
            caller = self.labelled("broker", "/usr/bin/python3", "-c", CALLER.replace("PORT", str(server.getsockname()[1])))
            self.check_broker()
            self.suspend()
        self.resume()
        self.check_broker()
        self.wait_ended(caller)  # it was told that nobody is there now
        self.close(self.workspace)

    def test_a_policy_that_has_become_stricter(self):
        """The agent that resumes mediates by the policy of its own: what that takes back is gone, and who has it open is ended."""
        self.open_desktop()
        pid = self.start_broker()
        self.check_broker()
        holder = self.labelled("broker", "/usr/bin/python3", "-c", HOLDER)
        self.wait_inside("test -e ~/holds")
        self.assertEqual(self.shell("touch ~/pause"), 0)  # else it might be caught while it reads, and end, too
        self.wait_inside("test -e ~/paused-main && test -e ~/paused-thread && test -e ~/paused-child")
        self.suspend()
        policy = copy.deepcopy(POLICY)
        policy["te"]["allow"] = [rule for rule in policy["te"]["allow"] if (rule["source"], rule["target"]) != ("app_t", "files_t")]
        self.client.call("policy.load", policy=policy)
        self.resume()
        self.wait_ended(holder)
        self.assertEqual(self.shell("rm -f ~/results/* ~/pause"), 0)
        self.wait_inside("test -s ~/results/main-own-denied && test -s ~/results/thread-own-denied && test -s ~/results/child-own-denied")
        self.assertEqual(self.client.call("app.stop", workspace=self.workspace["id"], pid=pid) is not None, True)
        self.close(self.workspace)


class Budgets(Suspend):
    """Control groups, of whatever version, or where there are none the limits of each process: they hold after a resume, too."""

    def restart_agent(self):
        self.assertEqual(self.stack.stop_agent(), 0)
        self.stack.start()
        self.reconnect()
        self.client.call("policy.load", policy=test_guard.POLICY)

    def groups_of(self, pid):
        """The control groups of a process; those of any agent look the same."""
        host_pid = next(one["host_pid"] for one in self.processes(self.workspace) if one["pid"] == pid)
        with open(f"/proc/{host_pid}/cgroup", encoding="utf-8") as file:
            return file.read().replace(f"domicile-{self.stack.agent.pid}/", "domicile/")

    def limits_of(self, pid):
        with open(f"/proc/{next(one['host_pid'] for one in self.processes(self.workspace) if one['pid'] == pid)}/limits",
                  encoding="utf-8") as file:
            return file.read()

    def usage(self, pid):
        app = next(app for app in self.client.call("guard.get")["apps"] if app["pid"] == pid)
        return [app[resource]["budget"] for resource in ("memory", "processes")]

    def test_they_hold_afterwards(self):
        self.client.call("policy.load", policy=test_guard.POLICY)
        self.open_desktop()
        plain = self.launch(self.workspace, "sleep", "1000")
        kept = self.client.call("app.launch", workspace=self.workspace["id"], label="kept",
                                argv=["/usr/bin/python3", "-c", "import os, time\nwhile not os.path.exists(os.path.expanduser('~/go')): "
                                      "time.sleep(0.05)\n" + test_guard.FORK_BOMB])["pid"]
        before = [(self.groups_of(pid), self.limits_of(pid)) for pid in (plain, kept)]
        self.assertEqual(self.usage(kept), [test_guard.MEMORY_KIB, test_guard.PROCESSES])
        self.assertEqual("domicile/" in before[1][0], self.client.call("guard.get")["backend"] != "rlimit")
        self.suspend()
        self.restart_agent()
        self.resume()
        self.assertEqual([(self.groups_of(pid), self.limits_of(pid)) for pid in (plain, kept)], before)
        self.assertEqual(self.usage(kept), [test_guard.MEMORY_KIB, test_guard.PROCESSES])
        self.launch(self.workspace, "sh", "-c", "touch ~/go")
        self.client.wait_event("process", lambda data: data["change"] == "gone" and data["pid"] == kept)
        with open(os.path.join(self.folder(), "log", "python3.log"), encoding="utf-8") as log:
            count = int(log.read().split("refused after")[1].split()[0])
        self.assertLess(count, test_guard.PROCESSES)
        self.close(self.workspace)


class BudgetsOfAUser(Budgets):
    """An ordinary user, to whom a host may have delegated no control group."""
    uid = USER_ID


if __name__ == "__main__":
    share_mounts()
    unittest.main(verbosity=2)
