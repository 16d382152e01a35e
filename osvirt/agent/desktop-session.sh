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

# How large things are drawn: what X programs read at their start, and what GTK's hear at any time.
dpi=$DOMICILE_DPI
unset DOMICILE_DPI
if has xrdb; then
  printf 'Xft.dpi: %d\nXcursor.size: %d\n' "$dpi" "$((dpi / 4))" | xrdb -merge -
fi
if has xsettingsd; then
  scale=$((dpi < 192 ? 1 : dpi / 96))
  settings=$XDG_RUNTIME_DIR/xsettingsd.conf
  printf 'Gdk/WindowScalingFactor %d\nGdk/UnscaledDPI %d\nXft/DPI %d\n' "$scale" "$((dpi * 1024 / scale))" "$((dpi * 1024))" >"$settings"
  xsettingsd -c "$settings" &
fi

if has tint2; then
  # It scales by what it thinks of the monitor, which is always 96.
  panel=$XDG_RUNTIME_DIR/tint2rc
  if [ "$dpi" -ne 96 ] && [ ! -e "$HOME/.config/tint2/tint2rc" ] && sed "\$a scale_relative_to_dpi = $((9216 / dpi))" /etc/xdg/tint2/tint2rc >"$panel"; then
    tint2 -c "$panel" &
  else
    tint2 &
  fi
fi
for manager in openbox xfwm4 metacity mutter icewm twm; do
  if has "$manager"; then
    exec "$manager"
  fi
done
echo "There is no window manager in the workspace; install the package openbox." >&2
exit 1
