# SPDX-License-Identifier: GPL-2.0-or-later
# Runs inside, before the first program and when the host's settings change: descriptor 3 brings the host's settings, 4 the fonts of its user, as tar archives
# or as nothing. $1 is "registry" where the workspace's settings lie over the host's.
set -u
umask 077
host=/run/domicile/host
limit=67108864
mkdir -p "$host/config" "$host/data" || exit 1
# Of an archive that is cut off at the limit the first files have come.
taken=" $(head -c "$limit" <&3 | tar -x -v -f - -C "$host/config" --no-same-owner 2>/dev/null | tr '\n' ' ')"
(cd "$host/config" && find . -type f) | while read -r name; do
  case $taken in *" ${name#./} "*) ;; *) rm -f "$host/config/$name" ;; esac # the host does not have it any more
done
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
  } > "$host/profile.new"
  mv "$host/profile.new" "$host/profile"
fi
exit 0
