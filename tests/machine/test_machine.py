# SPDX-License-Identifier: GPL-2.0-or-later
"""One machine for all of its tests: starting it takes longer than most of them."""

import machine
from agents import Agents  # noqa: F401
from control_groups import ControlGroupsReduced, ControlGroupsWithHelper  # noqa: F401
from sticks import Sticks  # noqa: F401
from suspended import Suspended  # noqa: F401

if __name__ == "__main__":
    machine.main()
