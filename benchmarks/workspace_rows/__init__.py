# SPDX-License-Identifier: GPL-2.0-or-later
"""The rows of ./bench workspace, a module each: `measure(context)` yields figures."""
