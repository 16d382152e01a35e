# SPDX-License-Identifier: GPL-2.0-or-later
"""The sound of a host: a real PulseAudio whose speaker and microphone are devices that nobody hears but the test."""

import os
import select
import shutil
import subprocess
import time

SECONDS = 60
PROGRAMS = ("pulseaudio", "pactl", "pacat", "parec")
RATE = 48000
FORMAT = f"--raw --format=s16le --rate={RATE} --channels=1 --latency-msec=50"
# Plays a tone of so many Hz for as long as somebody takes it.
TONE = f"""
import array, math, sys
tone = array.array("h", [int(8000 * math.sin(2 * math.pi * int(sys.argv[1]) * n / {RATE})) for n in range({RATE})])
while True:
    sys.stdout.buffer.write(tone)
"""
# Ends when a tenth of a second of what comes is that tone and nothing else, as loud as it was.
LISTEN = f"""
import array, math, sys
wanted, size = int(sys.argv[1]), {RATE} // 10
while True:
    block = array.array("h", sys.stdin.buffer.read(2 * size))
    if len(block) < size:
        sys.exit("there is no sound any more")
    turns = [2 * math.pi * wanted * n / {RATE} for n in range(size)]
    tone = 2 / size * math.hypot(sum(v * math.cos(t) for v, t in zip(block, turns)), sum(v * math.sin(t) for v, t in zip(block, turns)))
    power = math.sqrt(2 / size * sum(v * v for v in block))
    if 7000 < tone < 9000 and abs(power - tone) < 800:
        break
"""


def missing():
    return [program for program in PROGRAMS if shutil.which(program) is None]


def play(tone):
    """A command of a shell that plays until it is ended."""
    return f"/usr/bin/python3 -c '{TONE}' {tone} | pacat {FORMAT}"


def hear(tone):
    """A command of a shell that ends when the tone is heard."""
    return f"parec {FORMAT} | timeout {SECONDS} /usr/bin/python3 -c '{LISTEN}' {tone}"


class HostSound:
    def __init__(self, runtime, home, uid):
        self.socket = os.path.join(runtime, "pulse", "native")
        self.environment = {"PATH": os.environ["PATH"], "HOME": home, "XDG_RUNTIME_DIR": runtime, "PULSE_SERVER": "unix:" + self.socket}
        self.become = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--"] if uid else []
        os.makedirs(os.path.dirname(self.socket), 0o700)
        if uid:
            os.chown(os.path.dirname(self.socket), uid, uid)
        self.server, self.programs = None, []

    def _spawn(self, command, **options):
        return subprocess.Popen(self.become + command, env=self.environment, cwd="/", **options)

    @staticmethod
    def _wait_for(condition, what):
        deadline = time.monotonic() + SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(what)
            select.select([], [], [], 0.05)

    def start(self):
        self.server = self._spawn(["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--realtime=no",
                                   "--high-priority=no", "--log-level=error", "--load=module-native-protocol-unix socket=" + self.socket,
                                   "--load=module-null-sink sink_name=speaker", "--load=module-null-sink sink_name=voice"],
                                  stderr=subprocess.DEVNULL)
        self._wait_for(lambda: self.control("set-default-source", "voice.monitor") == 0 and self.control("set-default-sink", "speaker") == 0,
                       "the sound server does not start")

    def control(self, *words):
        return self._spawn(["pactl", *words], stderr=subprocess.DEVNULL).wait(SECONDS)

    def list(self, kind):
        with self._spawn(["pactl", "list", "short", kind], stdout=subprocess.PIPE) as process:
            return process.communicate(timeout=SECONDS)[0].decode().splitlines()

    def wait_silent(self):
        self._wait_for(lambda: not self.list("sink-inputs"), "somebody plays")

    def is_heard(self, tone):
        """Whether its speaker plays the tone, which it waits for."""
        command = hear(tone).replace("parec", "parec --device=speaker.monitor")
        return self._spawn(["bash", "-c", command]).wait(2 * SECONDS) == 0

    def speak(self, tone):
        """What its microphone hears from now on."""
        self.programs.append(self._spawn(["bash", "-c", play(tone).replace("pacat", "exec pacat --device=voice")], stderr=subprocess.DEVNULL))

    def stop(self):
        """Also ends the programs that it plays for."""
        if self.server is not None:
            self.server.terminate()
            self.server.wait(SECONDS)
        self.server = None
        for program in self.programs:
            program.wait(SECONDS)
        self.programs = []
