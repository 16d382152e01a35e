# SPDX-License-Identifier: GPL-2.0-or-later
# The session of a workspace's desktop; runs inside, in the home folder, with DISPLAY and DBUS_SESSION_BUS_ADDRESS set.
# It ends when the window manager does. A program of the user's own replaces it.
if [ -x "$HOME/.config/domicile/desktop-session" ]; then
  exec "$HOME/.config/domicile/desktop-session"
fi
has () { command -v "$1" >/dev/null 2>&1; }

# What the bus starts shall find the same as what the menu starts.
if has dbus-update-activation-environment; then
  dbus-update-activation-environment DISPLAY
fi
if has setxkbmap && [ -n "${XKB_DEFAULT_LAYOUT:-}" ]; then
  setxkbmap ${XKB_DEFAULT_MODEL:+-model "$XKB_DEFAULT_MODEL"} -layout "$XKB_DEFAULT_LAYOUT" \
    ${XKB_DEFAULT_VARIANT:+-variant "$XKB_DEFAULT_VARIANT"} ${XKB_DEFAULT_OPTIONS:+-option "$XKB_DEFAULT_OPTIONS"}
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
