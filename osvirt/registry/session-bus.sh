# SPDX-License-Identifier: GPL-2.0-or-later
# Runs inside with DBUS_SESSION_BUS_ADDRESS set, and ends when the bus takes connections, or there is none to start.
if command -v dbus-daemon >/dev/null 2>&1; then
  exec dbus-daemon --session --fork --nopidfile --address="$DBUS_SESSION_BUS_ADDRESS"
fi
echo "There is no session bus: the workspace does not have the package dbus." >&2
