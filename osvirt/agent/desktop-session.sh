# SPDX-License-Identifier: GPL-2.0-or-later
# The session of a workspace's desktop; runs inside, in the home folder, with DISPLAY and DBUS_SESSION_BUS_ADDRESS set.
# It ends when the window manager does. A program of the user's own replaces it.
if [ -x "$HOME/.config/domicile/desktop-session" ]; then
  exec "$HOME/.config/domicile/desktop-session"
fi
has () { command -v "$1" >/dev/null 2>&1; }

if has dbus-daemon; then
  dbus-daemon --session --fork --nopidfile --address="$DBUS_SESSION_BUS_ADDRESS"
fi
if has xsetroot; then
  xsetroot -solid '#33556b'
fi
if has tint2; then
  tint2 &
fi
for manager in openbox xfwm4 metacity mutter icewm twm; do
  if has "$manager"; then
    exec "$manager"
  fi
done
echo "There is no window manager in the workspace; install the package openbox." >&2
exit 1
