# SPDX-License-Identifier: GPL-2.0-or-later
# The session of a workspace's desktop; runs inside, in the home folder, with DISPLAY and DBUS_SESSION_BUS_ADDRESS set. $1 is the
# text of desktop-settings.sh. It ends when the window manager does. A program of the user's own replaces it.
if [ -x "$HOME/.config/domicile/desktop-session" ]; then
  exec "$HOME/.config/domicile/desktop-session"
fi
has () { command -v "$1" >/dev/null 2>&1; }

# Runs a program of the session, under the name by which it is told of other settings, and again where it fails, as long as there is a
# session. What ends well has been told to.
keep () {
  pause=1
  until sh -c 'echo $$ >"$XDG_RUNTIME_DIR/$1.pid"; exec "$@"' sh "$@"; do
    sleep "$pause"
    kill -0 $$ || exit 1
    pause=$((pause < 8 ? pause * 2 : 8))
  done
}

# What the bus starts shall find the same as what the menu starts.
if has dbus-update-activation-environment; then
  dbus-update-activation-environment DISPLAY
fi
if has xsetroot; then
  xsetroot -solid '#33556b'
fi
eval "$1"
if has xsettingsd; then
  keep xsettingsd -c "$XDG_RUNTIME_DIR/xsettingsd.conf" &
fi
if has tint2; then
  if [ -s "$XDG_RUNTIME_DIR/tint2rc" ] && [ ! -e "$HOME/.config/tint2/tint2rc" ]; then
    keep tint2 -c "$XDG_RUNTIME_DIR/tint2rc" &
  else
    keep tint2 &
  fi
fi
for manager in openbox xfwm4 metacity mutter icewm twm; do
  if has "$manager"; then
    keep "$manager"
    exit 0
  fi
done
echo "There is no window manager in the workspace; install the package openbox." >&2
exit 1
