# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts of ./start: where things are, what runs, and who watches over it."""
