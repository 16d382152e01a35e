# SPDX-License-Identifier: GPL-2.0-or-later
"""Sets up and builds a Meson build directory of this project."""

import json
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class BuildError(Exception):
    """The build failed; the message is a sentence for a person, with the compiler's last words."""


def _run(command, what, log, mode):
    with open(log, mode, encoding="utf-8") as output:
        result = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output,
                                stderr=subprocess.STDOUT, check=False)
    if result.returncode != 0:
        with open(log, encoding="utf-8", errors="replace") as text:
            tail = "".join(text.readlines()[-40:])
        raise BuildError(f"{what} failed (all of it is in {os.path.relpath(log, ROOT)}):\n{tail}")


def build(build_dir, *setup_arguments, progress=print, target=None, jobs=None):
    """Configures `build_dir` where that was not done yet, and builds it, or one target of it, with `jobs`
    compilers at a time (as many as Ninja likes).

    `progress` is called with a line for a person. Raises BuildError.
    """
    path = os.path.join(ROOT, build_dir)
    os.makedirs(path, exist_ok=True)
    log = os.path.join(path, "build.log")
    if not os.path.exists(os.path.join(path, "build.ninja")):
        progress(f"Configuring {build_dir} …")
        try:
            _run(["meson", "setup", path, *setup_arguments], f"Configuring {build_dir}", log, "w")
        except FileNotFoundError:
            raise BuildError("meson is not installed; run tools/install-packages first.") from None
    progress(f"Building {build_dir} …")
    options = [*(["-j", str(jobs)] if jobs else []), *([target] if target else [])]
    _run(["ninja", "-C", path, *options], f"Building {build_dir}", log, "a")
    _link_compile_commands(build_dir)


def _link_compile_commands(build_dir):
    """Points compile_commands.json at the plain build, for editors and clang-tidy."""
    link = os.path.join(ROOT, "compile_commands.json")
    if build_dir == "build" and not os.path.lexists(link):
        os.symlink(os.path.join(build_dir, "compile_commands.json"), link)


def test_names(build_dir, suite):
    """The names of the tests that `build_dir` has in `suite`."""
    listing = subprocess.run(["meson", "introspect", "--tests", os.path.join(ROOT, build_dir)],
                             stdout=subprocess.PIPE, check=True, text=True).stdout
    return [test["name"] for test in json.loads(listing)
            if any(name.split(":")[-1] == suite for name in test["suite"])]
