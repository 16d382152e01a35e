# SPDX-License-Identifier: GPL-2.0-or-later
"""The error that ends ./start."""


class StackError(Exception):
    """Why the stack cannot go on: one or two sentences for a person."""
