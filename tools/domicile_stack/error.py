# SPDX-License-Identifier: GPL-2.0-or-later
"""The errors that end ./start."""


class StackError(Exception):
    """Why the stack cannot go on: one or two sentences for a person."""


class RunningError(StackError):
    """Another stack has the runtime directory."""
