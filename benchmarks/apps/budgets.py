# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of the benchmark that is about apps of a workspace: what one app's attack costs another, without a budget and with
one. The victim counts rounds of work for a second on the processor that the attack is on; each figure is the median of runs that take
turns."""
import os
import statistics
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RUNS = 3
TARGET = 60  # of what the victim does alone; the attack keeps its fifth of the processor
BUDGET = {"memory_kib": 96 * 1024, "cpu_percent": 20, "processes": 24}
POLICY = {
    "format": 1, "models": ["te", "guard"],
    "te": {"types": ["user_t", "app_t", "program_t"],
           "allow": [{"source": "user_t", "target": "program_t", "class": "app", "permissions": ["list", "launch", "stop"]}]},
    "guard": {"defaults": {}, "subjects": {"kept": BUDGET}},
    "labels": {"subjects": {name: {"type": "user_t" if name == "workspace-user" else "app_t"}
                            for name in ("workspace-user", "free", "kept")},
               "objects": {"host-app": {"type": "program_t"}}},
    "contexts": {"apps": {"*": "free"}}}
HERE = "import os\nos.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
VICTIM = HERE + """
import time
end, rounds = time.monotonic() + 1, 0
while time.monotonic() < end:
    sum(range(200)); rounds += 1
print('rounds', rounds, flush=True)
"""
# Each process in a session of its own, because the kernel shares time out by session.
ATTACKS = {
    "spinning": HERE + "for i in range(2):\n  if os.fork() == 0: os.setsid()\nprint('ready', flush=True)\nwhile True: pass",
    "fork bomb": HERE + """
import time
print('ready', flush=True)
end = time.monotonic() + 20
while time.monotonic() < end:
    try: os.fork() or os.setsid() if sum(map(str.isdigit, os.listdir('/proc'))) < 60 else time.sleep(0)
    except OSError: pass
""",
    "memory grab": HERE + "held = []\nprint('ready', flush=True)\nfor i in range(96): held.append(bytearray(b'x') * (8 << 20))\n"
                   "print('held', len(held) * 8, flush=True)\nwhile True: held[0][0] ^= 1",
}


class Bench:
    """A workspace with the two labels; a test's stack in a program of its own."""

    def __init__(self, build):
        os.environ["DOMICILE_BUILD_DIR"] = build
        sys.path.insert(0, os.path.join(ROOT, "tests", "osvirt", "agent"))
        from stack import AgentTest, Stack  # needs the build's place
        self.case = AgentTest()
        self.case.stack = self.stack = Stack(helper=os.geteuid() == 0).start()
        self.case.client = self.client = self.stack.connect()
        self.workspace = self.case.created_and_open()
        self.client.call("policy.load", policy=POLICY)

    def start(self, label, script):
        return self.client.call("app.launch", workspace=self.workspace["id"], argv=["/usr/bin/python3", "-c", script], label=label)["pid"]

    def log(self):
        with open(os.path.join(self.case.folder(), "log", "python3.log"), encoding="utf-8") as log:
            return log.read()

    def victim(self):
        pid, seen = self.start("free", VICTIM), self.log().count("rounds")
        self.client.wait_event("process", lambda data: data["change"] == "gone" and data["pid"] == pid)
        text = self.log().split("rounds")
        assert len(text) == seen + 2, "the victim did not get through"
        return int(text[-1].split()[0])

    def under(self, attack, label):
        ready = self.log().count("ready")
        self.start(label, ATTACKS[attack])
        while self.log().count("ready") == ready:
            self.client.call("guard.get")
        rounds = self.victim()
        for process in self.case.processes(self.workspace):
            if process["argv"][0].endswith("python3"):
                os.kill(process["host_pid"], 9)
        while any(process["argv"][0].endswith("python3") for process in self.case.processes(self.workspace)):
            pass
        return rounds


def figures(build):
    """The figures, or a reason why there are none."""
    bench = Bench(build)
    try:
        backend = bench.client.call("guard.get")["backend"]
        if backend == "rlimit":
            return None, "this user may not make control groups"
        measured = {(attack, label): [] for attack in ATTACKS for label in ("free", "kept")}
        alone = []
        for _ in range(RUNS):
            alone.append(bench.victim())
            for (attack, label), rounds in measured.items():
                rounds.append(bench.under(attack, label))
        found = []
        for attack in ATTACKS:
            off, on = (round(statistics.median(measured[attack, label]) * 100 / statistics.median(alone)) for label in ("free", "kept"))
            found.append({"name": f"an app's {attack}: another app's work, of what it does alone", "value": on, "unit": "%",
                          "better": "higher", "target": TARGET, "met": on >= TARGET,
                          "peers": [{"name": "without a budget", "value": off, "how": "measured"}]})
        return found, backend
    finally:
        bench.client.close()
        bench.stack.end()
