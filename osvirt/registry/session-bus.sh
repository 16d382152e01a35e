# SPDX-License-Identifier: GPL-2.0-or-later
# Runs inside with DBUS_SESSION_BUS_ADDRESS set, and ends when the bus takes connections, or there is none to start.
if ! command -v dbus-daemon >/dev/null 2>&1; then
  echo "There is no session bus: the workspace does not have the package dbus." >&2
  exit 0
fi
# The usual bus of a session, with a second door: what the host's desktop does for the workspace comes to /run/bus.sock from
# outside, where the folder of the first is closed to it, as a user that is nobody here.
config="$XDG_RUNTIME_DIR/bus.conf"
rm -f /run/bus.pid # of one that was killed
cat > "$config" <<XML
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <keep_umask/>
  <listen>$DBUS_SESSION_BUS_ADDRESS</listen>
  <listen>unix:path=/run/bus.sock</listen>
  <auth>EXTERNAL</auth>
  <pidfile>/run/bus.pid</pidfile>
  <standard_session_servicedirs/>
  <policy context="default">
    <allow user="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <includedir>/usr/share/dbus-1/session.d</includedir>
  <includedir>/etc/dbus-1/session.d</includedir>
  <include ignore_missing="yes">/etc/dbus-1/session-local.conf</include>
  <limit name="max_message_size">134217728</limit>
  <limit name="max_incoming_bytes">134217728</limit>
  <limit name="max_outgoing_bytes">134217728</limit>
  <limit name="service_start_timeout">120000</limit>
  <limit name="max_replies_per_connection">50000</limit>
  <limit name="max_match_rules_per_connection">50000</limit>
</busconfig>
XML
exec dbus-daemon --config-file="$config" --fork
