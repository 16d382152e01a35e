# SPDX-License-Identifier: GPL-2.0-or-later
# What a desktop takes from the host that it is shown on: at its start, and again when it is resumed on another one. Runs inside,
# with DISPLAY and DOMICILE_DPI set.
has () { command -v "$1" >/dev/null 2>&1; }

# Signal $1 to the program $2 of the session, if it runs.
tell () {
  pid=$(cat "$XDG_RUNTIME_DIR/$2.pid" 2>/dev/null) && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$2" ] && kill "-$1" "$pid"
}

# Options come beside those that are set already: an empty one first takes these back.
if has setxkbmap && [ -n "${XKB_DEFAULT_LAYOUT:-}" ]; then
  setxkbmap ${XKB_DEFAULT_MODEL:+-model "$XKB_DEFAULT_MODEL"} -layout "$XKB_DEFAULT_LAYOUT" \
    ${XKB_DEFAULT_VARIANT:+-variant "$XKB_DEFAULT_VARIANT"} -option '' ${XKB_DEFAULT_OPTIONS:+-option "$XKB_DEFAULT_OPTIONS"}
fi

# How large things are drawn: what X programs read at their start, and what GTK's hear at any time.
dpi=$DOMICILE_DPI
unset DOMICILE_DPI
if has xrdb; then
  printf 'Xft.dpi: %d\nXcursor.size: %d\n' "$dpi" "$((dpi / 4))" | xrdb -merge -
fi
scale=$((dpi < 192 ? 1 : dpi / 96))
printf 'Gdk/WindowScalingFactor %d\nGdk/UnscaledDPI %d\nXft/DPI %d\n' "$scale" "$((dpi * 1024 / scale))" "$((dpi * 1024))" \
  >"$XDG_RUNTIME_DIR/xsettingsd.conf"
tell HUP xsettingsd
# The panel scales by what it thinks of the monitor, which is always 96.
sed "\$a scale_relative_to_dpi = $((9216 / dpi))" /etc/xdg/tint2/tint2rc >"$XDG_RUNTIME_DIR/tint2rc" 2>/dev/null && tell USR1 tint2
true
