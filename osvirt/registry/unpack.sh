# SPDX-License-Identifier: GPL-2.0-or-later
# Runs inside, before the first program: descriptor 3 brings the host's settings, 4 the fonts of its user, as tar archives
# or as nothing. $1 is "registry" where the workspace's settings lie over the host's.
set -u
umask 077
host=/run/domicile/host
limit=67108864
mkdir -p "$host/config" "$host/data" || exit 1
# Of an archive that is cut off at the limit the first files have come.
head -c "$limit" <&3 | tar -x -f - -C "$host/config" --no-same-owner 2>/dev/null
head -c "$limit" <&4 | tar -x -f - -C "$host/data" --no-same-owner 2>/dev/null
if [ -d "$host/data/fonts" ]; then
  cat > "$host/fonts.conf" <<XML
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>$host/data/fonts</dir>
</fontconfig>
XML
fi
if [ "$1" = registry ]; then
  {
    echo user-db:user
    if [ -f "$host/config/dconf/user" ]; then
      echo "file-db:$host/config/dconf/user"
    fi
    if [ -f /etc/dconf/profile/user ]; then
      grep -E '^(system-db|file-db):' /etc/dconf/profile/user
    fi
  } > "$host/profile"
fi
exit 0
