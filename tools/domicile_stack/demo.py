# SPDX-License-Identifier: GPL-2.0-or-later
"""The workspace that a newcomer finds at the first start."""

import os

from .rpc import CallError, call, finish

NAME = "Demo"
USER = PASSPHRASE = "demo"
SIZE_BYTES = 1 << 30


def ensure_demo_workspace(places):
    """Creates the demo workspace at the first start; later it only has to be known. Returns remarks for a person."""
    login = f"The workspace “{NAME}” opens with user {USER}, passphrase {PASSPHRASE}."
    path = os.path.join(places.state, "workspaces", NAME + ".domicile")
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    try:
        if os.path.exists(path):
            call(places.agent, "storage.scan", {"path": os.path.dirname(path)})
            return [login]
        job = call(places.agent, "workspace.create",
                   {"path": path, "name": NAME, "user": USER, "passphrase": PASSPHRASE,
                    "size_bytes": SIZE_BYTES, "mode": "shared", "vault": "none"})["job"]
        finish(places.agent, job)
    except (OSError, ValueError, KeyError, CallError) as error:
        return [f"The demo workspace could not be created: {error}"]
    return [login]
