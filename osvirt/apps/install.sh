# SPDX-License-Identifier: GPL-2.0-or-later
# Installs, removes and carries programs, inside an open workspace and as its root:
#
#   deb NAME...      packages by name, or one on descriptor 4 where NAME is a path: its last part names the file
#   unpack KEY KIND  an archive on descriptor 4 (tarball) or a squashfs in a file at byte OFFSET of it (appimage)
#   remove KEY       what one of the two installed
#   capture          notes what there is, for the next
#   export WHAT KEY  an image on descriptor 4 of an installed app, or, where WHAT is "capture", of what has
#                    come since then
#   link KEY         makes links to the files of the bundle KEY, which is mounted, and the folders that they need; first notes them on
#                    descriptor 4
#   unlink KEY       takes the links back that descriptor 4 lists
#   settle           fits what was installed on another host to this one, whose package list is on descriptor 4
#
# A record of each app is a folder of /var/lib/domicile/apps: `record` is a key file, `status` has the stanzas of its
# packages as dpkg keeps them. A workspace is carried to hosts whose own list of packages is another: the two are put
# together there, so that the list which the workspace carries never hides the host's.
#
# Descriptor 5 has a list of the workspace's own layer for each time that "layer:" is told.
#
# What happens is told on descriptor 3, one line each:
#   dlstatus:… and pmstatus:…  as APT tells it      progress:PERCENT:TEXT      layer:
#   error:KIND:TEXT            and the end is not 0  record:LINE   of what was exported
#   done:KEY
set -u
umask 022
exec 6>&3 # also where nothing else is to be told
records=/var/lib/domicile/apps
cache=/var/cache/domicile # while it works
returned=$records/.returned # what the agent takes out of the workspace's layer at the closing, where the host has the same
notes_passing=$records/.passing # caches and logs that came with the work, which the agent takes out with the last package
begun=$records/.begun # what there was before dpkg began, until its work is done or taken back
made_folders=$records/.made-folders # for menu entries, outermost first, where there were none
lists=/tmp/.domicile-packages
said=/tmp/.domicile-said # these two are not in the workspace, which may be full
looks=/tmp/.domicile-looks
line='
'
tab=$(printf '\t')
export DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# dpkg writes a thousand files back one by one; here all of it is written back at the end.
finished() { sync --file-system /var/lib; tell "done:$1"; }
tell() { echo "$*" >&3; }
fail() { # what a signal has ended did not fail by itself
  [ $cancelled = no ] || set -- cancelled "The work was cancelled."
  tell "error:$1:$2"
  exit 1
}
# Where no app is left, there is nothing to fit to another host.
at_end() {
  rm -rf "$cache" "$said" "$looks"
  [ ! -d "$records" ] || [ -n "$(ls "$records")" ] || { rm -f "$records/.host" "$made_folders"; rmdir --ignore-fail-on-non-empty "$records"; }
}
trap at_end EXIT

# Takes the place of its (sub)shell, so that a signal meets it.
apt() {
  exec apt-get -q -y -o APT::Status-Fd=3 -o APT::Sandbox::User=root -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold \
    -o Dpkg::Options::=--force-unsafe-io \
    -o Dir::State::lists="$lists" -o Dir::Cache::archives="$cache/archives" -o Dir::Cache::pkgcache="$lists/pkgcache.bin" \
    -o Dir::Cache::srcpkgcache= -o APT::Keep-Downloaded-Packages=false -o Acquire::Retries=2 "$@"
}

# ---- what is the workspace's, and not its host's, which may change at any time ----

# Lists the workspace's own layer into the file $1: a path a line. Folders have a slash at their end, or two where only their owner
# sees what is in them.
list_layer() {
  mkdir -p "$looks"
  echo "layer:" >&6
  sed '/^\.$/q' <&5 > "$looks/list"
  sed '$d' "$looks/list" | LC_ALL=C sort > "$1"
  [ "$(tail -n 1 "$looks/list")" = . ] || { : > "$1"; return 1; }
}

# Of the lines on the input, whose first field is a path, those of what is in the layer, as $looks/own has it.
in_layer() {
  awk -F "$tab" -v list="$looks/own" '
    BEGIN { while ((getline path < list) > 0) { if (sub ("//$", "", path)) closed[path]; sub ("/$", "", path); has[path] } }
    $1 in has { print; next }
    { for (at = $1; sub ("/[^/]*$", "", at); ) if (at in closed) { print; next } }'
}

# ---- packages ----

# Every package that dpkg has unpacked, as NAME:ARCHITECTURE.
installed() {
  dpkg-query -W -f '${Package}:${Architecture} ${db:Status-Status}\n' |
    sed -n -E 's/ (installed|unpacked|half-installed|half-configured|triggers-awaited|triggers-pending)$//p' | LC_ALL=C sort
}

# The stanzas of dpkg's list for the packages named on the input, one NAME:ARCHITECTURE a line.
stanzas() {
  awk -v list="$1" '
    BEGIN { while ((getline line < "-") > 0) wanted[line] = 1; RS = ""; ORS = "\n\n"
      while ((getline text < list) > 0) {
        name = arch = ""; n = split (text, lines, "\n")
        for (i = 1; i <= n; i++) {
          if (lines[i] ~ /^Package: /) name = substr (lines[i], 10)
          if (lines[i] ~ /^Architecture: /) arch = substr (lines[i], 15)
        }
        if ((name ":" arch) in wanted) print text
      }
    }'
}

# A semicolon after each, as key files have lists.
joined() { tr '\n' ';'; }

# Cancelling ends a download at once; what dpkg has begun it ends, and then takes back. A workspace that is closed sends both signals.
cancelled=no
running=
on_cancel() { cancelled=yes; [ -n "$running" ] && kill "$running" 2>/dev/null; }
trap on_cancel TERM HUP

# Runs what a signal ends at once: a shell hears of one only between what it runs itself.
at_once() {
  ("$@") > "$said" 2>&1 & running=$!
  wait $running; status=$?; running=
  [ $cancelled = yes ] && { wait; fail cancelled "The work was cancelled."; }
  return $status
}

fetch() {
  at_once apt "$@"; status=$?
  cat "$said"
  return $status
}

refresh_lists() {
  [ -e "$lists/fresh" ] && [ -z "$(find "$lists/fresh" -mmin +60)" ] && return
  tell "progress:2:Asking for the list of packages"
  mkdir -p "$lists/partial"
  fetch update 3> /dev/null || fail io "The list of packages cannot be fetched. Check the network and /etc/apt of the workspace."
  : > "$lists/fresh"
}

# What APT said about why.
reason() { sed -n -e 's/^E: //p' "$said" | head -n 1; }

run_apt() { (apt "$@") > "$said" 2>&1; status=$?; cat "$said"; return $status; }

# Where packages' own scripts put what no list of theirs has, and whom they add. One path, its mode and owner, and for a file size and
# time a line; below /usr, which is large, the path. What lies in share/mime is made anew from other files whenever one comes or goes.
look() {
  mkdir -p "$1"
  {
    find /usr -xdev \( -path /usr/share/mime -o -name "*$line*" -o -name "*$tab*" \) -prune -o -printf '%p\t\t\n'
    find /etc /opt /srv /var/lib /var/opt /var/spool -xdev \
      \( -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/lib/domicile -o -name "*$line*" -o -name "*$tab*" \) -prune -o \
      \( -type f -printf '%p\t%m %U %G\t%s %T@\n' -o -printf '%p\t%m %U %G\t\n' \)
  } | LC_ALL=C sort > "$1/tree"
  cut -d : -f 1 /etc/passwd | LC_ALL=C sort > "$1/users"
  cut -d : -f 1 /etc/group | LC_ALL=C sort > "$1/groups"
  paste -d "$tab" - - - < /var/lib/dpkg/diversions | LC_ALL=C sort > "$1/diversions"
  LC_ALL=C sort /var/lib/dpkg/statoverride > "$1/overrides"
}

# Settings and small files of state are kept as they are.
look_before() {
  list_layer "$looks/layer" || fail io "What the workspace has of its own cannot be listed. Close it and open it again."
  look "$looks/before"
  look_at_passing > "$looks/before/passing"
  tar --create --file "$looks/settings.tar" --directory / etc
  awk -F "$tab" '/^\/(opt|srv|var\/lib)\// && $3 != "" && $3 + 0 < 65536 { print substr ($1, 2) }' "$looks/before/tree" |
    tar --append --file "$looks/settings.tar" --directory / --no-recursion --verbatim-files-from --files-from -
}

# Caches and logs, folders first.
look_at_passing() {
  find /var/cache /var/log -xdev \( -path "$cache" -o -name "*$line*" -o -name "*$tab*" \) -prune -o \
    \( -type d -printf '%p\t\n' -o -printf '%p\t%s %T@\n' \) | LC_ALL=C sort
}

# What the layer had before stays.
note_passing() {
  look_at_passing | LC_ALL=C comm -13 "$looks/before/passing" - | in_layer | cut -f 1 | LC_ALL=C sort |
    LC_ALL=C comm -23 - "$looks/layer" > "$looks/passed"
  { cat "$looks/passed" "$notes_passing" 2>/dev/null; } | LC_ALL=C sort -r -u > "$looks/all-passed" # what is in a folder first
  [ ! -s "$looks/all-passed" ] || cat "$looks/all-passed" > "$notes_passing"
}

# What has come since look_before(), beside the files of the packages in $cache/new, and what has changed: into the folder $1.
note_made() {
  look "$looks/after"
  list_layer "$looks/own"
  xargs -r dpkg -L < "$cache/new" 2>/dev/null | LC_ALL=C sort -u > "$cache/listed"
  LC_ALL=C comm -23 "$looks/before/tree" "$looks/after/tree" > "$looks/went"
  LC_ALL=C comm -13 "$looks/before/tree" "$looks/after/tree" | in_layer > "$looks/came"
  for kind in went came after/tree; do cut -f 1 "$looks/$kind" | LC_ALL=C sort > "$looks/$kind-paths"; done
  LC_ALL=C comm -13 "$looks/went-paths" "$looks/came-paths" | LC_ALL=C comm -23 - "$cache/listed" | grep -v -E "$passing" > "$1/made"
  LC_ALL=C comm -23 "$looks/went-paths" "$looks/after/tree-paths" > "$1/lost"
  LC_ALL=C join -t "$tab" "$looks/went" "$looks/came" > "$looks/changed"
  awk -F "$tab" -v OFS="$tab" '$2 != $4 { print $1, $2, $4 }' "$looks/changed" > "$1/modes"
  note_settings "$1"
  note_passing
  for kind in users groups diversions overrides; do LC_ALL=C comm -13 "$looks/before/$kind" "$looks/after/$kind" > "$1/$kind"; done
}

# Files of settings and state that were there before and say something else now: as they were, and what they are now.
note_settings() {
  tar --list --file "$looks/settings.tar" --quoting-style=literal | sed 's/^/\//' | LC_ALL=C sort > "$looks/kept"
  awk -F "$tab" '$3 != $5 { print $1 }' "$looks/changed" | grep -v -E "$passing" | LC_ALL=C comm -23 - "$cache/listed" |
    LC_ALL=C comm -12 - "$looks/kept" > "$looks/settings"
  [ -s "$looks/settings" ] || return 0
  sed 's/^.//' "$looks/settings" | tar --extract --file "$looks/settings.tar" --directory "$1" --verbatim-files-from --files-from -
  tr '\n' '\0' < "$looks/settings" | xargs -0 sha256sum --zero | tr '\0' '\n' > "$1/settings"
}

# What else is in a folder that a script has made came from the app that is gone, unless it is another's.
is_needed() { dpkg-query -S "$1/*" || grep -q -s -F "$1/" "$records"/*/made; } > /dev/null 2>&1

# Takes back what the folder $1 has noted, when the packages and their record are gone. Those of earlier versions have not all of it.
# Of what is not in the layer any more, the host's is seen.
remove_made() {
  [ ! -e "$1/diversions" ] || undo_changes "$1" # first: what was put aside counts as made
  while read -r name; do userdel "$name"; done < "$1/users"
  while read -r name; do ! grep -q "^$name:" /etc/group || groupdel "$name"; done < "$1/groups"
  cat "$1/made" >> "$returned" # a mark that hides what has come on the host meanwhile goes
  tac "$1/made" | in_layer | while read -r path; do
    if [ -h "$path" ] || [ ! -d "$path" ]; then
      rm -f "$path"
    elif case $path in /usr/local/*) false ;; /etc/* | /usr/* | /var/*) ! is_needed "$path" ;; *) false ;; esac; then
      rm -rf "$path"
    else
      rmdir --ignore-fail-on-non-empty "$path"
    fi
  done
}

# What has been changed since by somebody else stays as that one wants it.
undo_changes() {
  while IFS=$tab read -r path aside package; do
    whose=--local rename=--no-rename
    [ "$package" = : ] || whose=--package=$package
    { [ -e "$aside" ] || [ -h "$aside" ]; } && [ ! -e "$path" ] && rename=--rename
    dpkg-divert --quiet $whose $rename --divert "$aside" --remove "$path" < /dev/null
  done < "$1/diversions"
  cut -d ' ' -f 4- "$1/overrides" | while read -r path; do dpkg-statoverride --quiet --remove "$path" && echo "$path"; done >> "$returned"
  in_layer < "$1/modes" | while IFS=$tab read -r path was is; do
    [ "$(stat -c '%a %u %g' "$path" 2>/dev/null)" = "$is" ] || continue
    chown -h "$(echo "$was" | cut -d ' ' -f 2- | tr ' ' :)" "$path" && { [ -h "$path" ] || chmod "${was%% *}" "$path"; }
  done
  [ ! -e "$1/settings" ] || sed -E "s/^([^ ]*)  (.*)/\2$tab\1/" "$1/settings" | in_layer | while IFS=$tab read -r path sum; do
    [ "$(sha256sum < "$path" | cut -d ' ' -f 1)" = "$sum" ] && cp --archive "$1$path" "$path"
  done
  { cut -f 1 "$1/diversions" "$1/modes"; cut -f 2 "$1/diversions"; cat "$1/lost"; [ ! -e "$1/settings" ] || sed 's/^[^ ]*  //' "$1/settings"; } >> "$returned"
}

# An alternative that the packages, whose files $cache/listed has, have left behind.
remove_alternatives() {
  find /etc/alternatives -type l -printf '%f %l\n' | while read -r name target; do
    LC_ALL=C grep -q -x -F -e "$target" "$cache/listed" && [ ! -e "$target" ] && update-alternatives --quiet --remove "$name" "$target"
  done
  return 0
}

# dpkg writes its whole list anew for each package, also to take one back: that there is room for it is seen before it begins, and
# kept until it is done or needed.
set_aside() {
  size=$(($(stat -c %s /var/lib/dpkg/status) * 3 + 8388608))
  { fallocate -l $size "$cache/reserve" || head -c $size /dev/zero > "$cache/reserve"; } 2> /dev/null && return
  rm -f "$cache/reserve"
  return 1
}

# Notes what there was, for whoever finds the work half done. The list is the layer's own then, whatever becomes of the host's.
begin() {
  set_aside && {
    touch /var/lib/dpkg/status && rm -rf "$begun" && mkdir -p "$cache/begun" &&
      cp "$cache/before" "$looks/before/passing" "$looks/layer" "$cache/begun" && sync "$cache"/begun/* && mv "$cache/begun" "$begun"
  } 2> /dev/null && return
  does_not_fit
}

# Packages of work that was ended from outside. Their own scripts may fail: it was in the middle of one.
finish_begun() {
  if [ -d "$begun" ]; then
    mkdir -p "$cache" "$looks/before" && installed | LC_ALL=C comm -13 "$begun/before" - | cat > "$cache/new" ||
      fail resource "The workspace has no room to take back what was begun."
    purge_new || fail io "What was begun before cannot be taken back."
    end_interruption
    list_layer "$looks/own"
    cp "$begun/passing" "$looks/before" && cp "$begun/layer" "$looks" && note_passing && note_brought_up
    rm -rf "$begun"
  fi
  end_interruption
}

# Of a dpkg that ended in the middle; APT refuses all work until then.
end_interruption() { [ -z "$(ls /var/lib/dpkg/updates 2> /dev/null)" ] || dpkg --configure -a; }

# Also where they are half there, and what dpkg had in its hands when it was killed.
purge_new() {
  [ ! -s "$cache/new" ] || xargs dpkg --purge --force-all < "$cache/new" || return
  rm -rf /var/lib/dpkg/tmp.ci
}

# Of the host's own packages whose work was interrupted, scripts may have run again, which give its files the mode that they have.
note_brought_up() {
  LC_ALL=C comm -13 "$looks/layer" "$looks/own" | while IFS= read -r path; do [ ! -f "$path" ] || echo "$path"; done >> "$returned"
}

# After a failure in the middle: whatever was not there before goes, configured or not.
take_back() {
  tell "progress:95:Taking back what was begun"
  rm -rf "$cache/reserve" "$cache/archives"
  installed | LC_ALL=C comm -13 "$cache/before" - > "$cache/new"
  mkdir -p "$cache/noted"
  note_made "$cache/noted"
  purge_new && end_interruption && rm -rf "$begun"
  remove_alternatives
  remove_made "$cache/noted"
  list_layer "$looks/own" && note_brought_up
}

write_deb_record() {
  key=$1
  place=$records/.$key.partial
  rm -rf "$place"
  mkdir -p "$place"
  stanzas /var/lib/dpkg/status < "$cache/new" > "$place/status"
  note_made "$place"
  {
    echo "[App]"
    echo "Kind=deb"
    dpkg-query -W -f 'Name=${Package}\nVersion=${Version}\nSummary=${binary:Summary}\n' "$key" | head -n 3
    echo "Bytes=$(sed -n 's/^Installed-Size: //p' "$place/status" | awk '{ n += $1 } END { printf "%d", n * 1024 }')"
    echo "Packages=$(joined < "$cache/new")"
    echo "DesktopFiles=$(xargs dpkg -L < "$cache/new" 2>/dev/null | grep '^/usr/share/applications/.*\.desktop$' | joined)"
    echo "Programs=$(dpkg -L "$key" 2>/dev/null | grep -E '^(/usr)?/(s?bin|games)/[^/]+$' | joined)"
  } > "$place/record"
  rm -rf "${records:?}/$key"
  mv "$place" "$records/$key"
}

install_deb() {
  key=$1
  finish_begun
  mkdir -p "$records" "$cache/archives/partial" || does_not_fit
  case $1 in
    */*)
      cat <&4 > "$cache/incoming.deb" || fail resource "The package does not fit into the workspace."
      key=$(dpkg-deb -f "$cache/incoming.deb" Package 2>/dev/null) || fail integrity "“${1##*/}” is no Debian package."
      set -- "$cache/incoming.deb"
      ;;
  esac
  installed | cat > "$cache/before" || does_not_fit
  refresh_lists
  tell "progress:8:Looking what is needed"
  apt-cache -o Dir::State::lists="$lists" -o Dir::Cache::pkgcache="$lists/pkgcache.bin" -o Dir::Cache::srcpkgcache= show -- "$1" > /dev/null 2>&1 ||
    [ -e "$1" ] || fail not-found "There is no package “$1” in the sources of this workspace."
  [ -e "$records/$key" ] && fail exists "“$key” is installed in this workspace already."
  if LC_ALL=C grep -q "^$key:" "$cache/before"; then
    fail exists "“$key” is there already: the workspace sees it on its host."
  fi
  fetch install --no-install-recommends --download-only -- "$@" || { had_no_room && does_not_fit; fail io "“$key” cannot be downloaded: $(reason)"; }
  look_before
  begin
  run_apt install --no-install-recommends -- "$@"; status=$?
  if [ $status != 0 ]; then
    why=$(reason)
    take_back
    had_no_room && does_not_fit
    fail io "“$key” cannot be installed: $why"
  fi
  installed | LC_ALL=C comm -13 "$cache/before" - > "$cache/new"
  [ $cancelled = yes ] && { take_back; fail cancelled "The work was cancelled."; }
  # What came along may go with the last that needs it.
  grep -v "^$key:" "$cache/new" | xargs -r apt-mark auto > /dev/null
  rm -f "$cache/reserve"
  write_deb_record "$key" || { take_back; does_not_fit; }
  rm -rf "$begun"
  finished "$key"
}

# NAME:ARCHITECTURE of every package of every record.
recorded() { cat "$records"/*/record 2>/dev/null | sed -n 's/^Packages=//p' | tr ';' '\n' | grep . | LC_ALL=C sort -u; }

remove_deb() {
  key=$1
  finish_begun
  mkdir -p "$looks/before"
  list_layer "$looks/layer" || fail io "What the workspace has of its own cannot be listed. Close it and open it again."
  look_at_passing > "$looks/before/passing"
  recorded > "$cache/ours"
  sed -n 's/^Packages=//p' "$records/$key/record" | tr ';' '\n' | grep . | LC_ALL=C sort > "$cache/mine"
  dragged=$( (apt -s purge -- "$key") | sed -n -E 's/^(Purg|Remv) ([^ ]+).*/\2/p' | grep -v -x "$key" | grep -v -x -F -f "$cache/mine")
  for one in $dragged; do
    [ -e "$records/$one" ] && fail state "“$one” needs “$key”. Remove it first."
  done
  tell "progress:10:Removing $key"
  xargs dpkg -L < "$cache/mine" 2>/dev/null | LC_ALL=C sort -u > "$cache/listed"
  set_aside || fail resource "The workspace has no room to change its list of packages. Remove a file first."
  rm -f "$cache/reserve"
  run_apt purge -- "$key" || fail io "“$key” cannot be removed: $(reason)"
  # Of what nothing needs any more, only what the workspace has installed goes: the rest is the host's.
  (apt -s autoremove) | sed -n -E 's/^Remv ([^ ]+).*/\1/p' | while read -r name; do
    grep -q -E "^${name%%:*}:" "$cache/ours" && echo "$name"
  done > "$cache/garbage"
  [ -s "$cache/garbage" ] && { xargs dpkg --purge < "$cache/garbage" || fail io "What “$key” needed cannot be removed."; }
  remove_alternatives
  list_layer "$looks/own"
  note_passing
  mv "$records/$key" "$cache/gone"
  [ ! -e "$cache/gone/made" ] || remove_made "$cache/gone"
  hand_over
  finished "$key"
}

# Packages of a record that is gone which another app needs go to that one's record.
hand_over() {
  installed | LC_ALL=C comm -12 - "$cache/mine" > "$cache/left"
  heir=$(ls "$records" | head -n 1)
  [ -s "$cache/left" ] && [ -n "$heir" ] || return 0
  stanzas /var/lib/dpkg/status < "$cache/left" >> "$records/$heir/status"
  sed -i "s/^Packages=/&$(joined < "$cache/left" | sed 's/[\/&]/\\&/g')/" "$records/$heir/record"
}

# ---- files that bring all they need ----

unpack() {
  key=$1 kind=$2 offset=$3
  place=/opt/$key
  partial=$cache/$key # goes with that folder, however this ends
  entry=/usr/local/share/applications/$key.desktop
  [ -e "$place" ] || [ -e "$records/$key" ] && fail exists "“$key” is installed in this workspace already."
  for one in "$entry" "/usr/share/applications/$key.desktop"; do
    [ -e "$one" ] && fail exists "There is a menu entry $one already. Give the file another name."
  done
  mkdir -p "$records" "$partial" 2> /dev/null || does_not_fit
  tell "progress:10:Unpacking $key"
  if [ "$kind" = appimage ]; then
    at_once sh -c 'exec cat <&4 > "$0"' "$cache/incoming" && { fits_unpacked || does_not_fit; } &&
      at_once unsquashfs -quiet -no-progress -force -dest "$partial" -offset "$offset" "$cache/incoming"
  else
    # A record has 10 KiB, and this is asked after every thousand of them.
    at_once tar --extract --no-same-owner --directory "$partial" --file /proc/self/fd/4 --checkpoint=1000 \
      --checkpoint-action="exec=[ \$TAR_CHECKPOINT -lt $(($(room) / 10)) ] || { echo $too_much; kill \$PPID; }"
  fi
  status=$?
  rm -f "$cache/incoming"
  if [ $status != 0 ]; then
    why=$(grep -v '^tar: Removing' "$said" | head -n 1)
    had_no_room && does_not_fit
    fail integrity "The file cannot be unpacked: ${why:-it is damaged}."
  fi
  rise "$partial"
  tell "progress:80:Adding $key to the menu"
  desktop=$(find "$partial" -maxdepth 4 -name '*.desktop' -type f -size -512k | LC_ALL=C sort | head -n 1)
  [ -n "$desktop" ] || fail integrity "There is no desktop file in it, which would say what to start."
  # Lines may end as in DOS, and have room around the equals sign.
  sed -E -e 's/\r$//' -e 's/^([A-Za-z0-9-]+(\[[^]]*\])?) *= */\1=/' "$desktop" > "$said"
  mv "$partial" "$place" && write_unpacked_record || { remove_unpacked_files "$key"; does_not_fit; }
  finished "$key"
}

too_much='No space left: it is larger than the room.'

# KiB that an app may fill: the medium of a workspace that nothing else limits is not filled to the brim for a file that claims to be huge.
room() { df --output=avail -k "$cache" | awk 'NR == 2 { printf "%d", $1 * 0.95 }'; }

# Whether what a squashfs says of its files fits. One that is damaged says so when it is unpacked.
fits_unpacked() {
  unsquashfs -lln -offset "$offset" "$cache/incoming" 2> /dev/null | awk -v room="$(room)" '{ bytes += $3 } END { exit (bytes / 1024 > room) }'
}

had_no_room() { grep -q -e 'No space left' -e 'enough free space' -e 'Wrote only' "$said"; }

does_not_fit() { fail resource "“$key” does not fit into the workspace."; }

# An archive with one folder at its top is that folder.
rise() {
  only=$(ls -A "$1")
  [ -n "$only" ] && [ -d "$1/$only" ] && [ "$(echo "$only" | wc -l)" = 1 ] || return 0
  mv "$1/$only" "$1.top" && rmdir "$1" && mv "$1.top" "$1"
}

# The program that the desktop file's Exec names, in the app's own folder. Not one whose name means something else in an Exec line, or
# leads out.
program_of() {
  word=$(sed -n 's/^Exec=//p' "$said" | head -n 1 | sed -e 's/^"\([^"]*\)".*/\1/' -e 's/ .*//')
  beside=$place${desktop#"$partial"} # an archive may have more at its top than the app's folder
  beside=${beside%/*}
  for at in "$place/AppRun" "$place/$word" "$place/bin/${word##*/}" "$place/usr/bin/${word##*/}" "$place/${word##*/}" \
    "$beside/$word" "$beside/bin/${word##*/}" "$beside/${word##*/}"; do
    case $at in *[\"\`\$\\%]* | */../*) continue ;; esac
    [ -f "$at" ] && [ -x "$at" ] && { echo "$at"; return; }
  done
}

icon_of() {
  name=$(sed -n 's/^Icon=//p' "$said" | head -n 1)
  name=${name##*/}
  for one in "$name.svg" "$name.png" "$name"; do
    case $one in *.svg | *.png | *.xpm) find "$place" -name "$one" -type f 2>/dev/null ;; esac
  done | head -n 1
}

# For the right side of a substitution of sed.
escaped() { printf '%s' "$1" | sed 's/[\\|&]/\\&/g'; }

# Notes what it makes, so that the last app takes it along.
make_menu_folder() {
  for one in /usr/local /usr/local/share "${entry%/*}"; do
    [ -d "$one" ] || { echo "$one" | cat >> "$made_folders" && mkdir "$one"; } || return 1
  done
}

# From the desktop file in $said. Fails where there is no room.
write_unpacked_record() {
  program=$(program_of)
  icon=$(icon_of)
  [ -n "$program" ] || { rm -rf "$place"; fail integrity "Its desktop file names a program that is not in it, or whose name has quotes or signs."; }
  make_menu_folder && mkdir -p "$records/$key" &&
    sed -E -e "s|^Exec=(\"[^\"]*\"\|[^ ]*)|Exec=env APPDIR=$place \"$(escaped "$program")\"|" -e '/^TryExec=/d' -e '/^Path=/d' \
      -e "s|^Icon=.*|Icon=$(escaped "${icon:-application-x-executable}")|" "$said" > "$entry" || return 1
  {
    echo "[App]"
    echo "Kind=$kind"
    sed -n 's/^Name=/Name=/p' "$said" | head -n 1
    echo "Version=$(sed -n 's/^X-AppImage-Version=//p' "$said" | head -n 1)"
    sed -n 's/^Comment=/Summary=/p' "$said" | head -n 1
    echo "Bytes=$(du -sb "$place" | cut -f 1)"
    echo "DesktopFiles=$entry;"
    echo "Programs=$program;"
  } | cat > "$records/$key/record"
}

# A folder of menu entries is empty also when nothing is left but the list that the desktop's programs make of what they open.
remove_empty() {
  [ -d "$1" ] && [ "$(ls -A "$1")" = mimeinfo.cache ] && rm -f "$1/mimeinfo.cache"
  rmdir --ignore-fail-on-non-empty "$1"
}

remove_unpacked_files() {
  rm -f "/usr/local/share/applications/$1.desktop"
  rm -rf "/opt/${1:?}" "${records:?}/$1"
  [ ! -e "$made_folders" ] || tac "$made_folders" | while read -r one; do remove_empty "$one"; done
}

remove_unpacked() {
  remove_unpacked_files "$1"
  finished "$1"
}

# ---- bundles ----

capture() {
  mkdir -p "$records"
  { installed | cat > "$records/.capture-packages" && echo > "$records/.capture"; } ||
    { rm -f "$records/.capture" "$records/.capture-packages"; fail resource "The workspace has no room to note what there is."; }
  finished ""
}

# Files that programs make anew from others, or that belong to this machine or moment: they would hide another's.
passing='^/(proc|sys|dev|tmp|run|root|home|media|mnt)(/|$)|^/var/(cache|log|tmp|lib/apt|lib/domicile)(/|$)
^/var/lib/dpkg/(status|status-old|available|lock|lock-frontend|diversions.*|statoverride.*|triggers/.*)$
^/etc/(ld\.so\.cache|mtab|machine-id|resolv\.conf|hostname|passwd-?|shadow-?|group-?|gshadow-?|sub[ug]id-?|\.pwd\.lock)$
/(mimeinfo\.cache|mime\.cache|icon-theme\.cache|gschemas\.compiled|loaders\.cache|giomodule\.cache|immodules\.cache)$'

since_capture() {
  [ -e "$records/.capture" ] || fail state "Nothing is being captured. Begin a capture first, then install."
  installed | LC_ALL=C comm -13 "$records/.capture-packages" - > "$cache/new"
  list_layer "$looks/own" || return
  tr '\n' '\0' < "$looks/own" | find -files0-from - -maxdepth 0 \( -newercm "$records/.capture" -o -newermm "$records/.capture" \) -print
}

of_app() {
  [ -e "$records/$1/record" ] || fail not-found "“$1” has not been installed in this workspace."
  sed -n 's/^Packages=//p' "$records/$1/record" | tr ';' '\n' | grep . > "$cache/new"
  if [ -s "$cache/new" ]; then
    xargs dpkg -L < "$cache/new"
    while IFS=: read -r name arch; do
      ls -d "/var/lib/dpkg/info/$name".* "/var/lib/dpkg/info/$name:$arch".* 2>/dev/null
    done < "$cache/new"
  else
    find "/opt/$1" ! -type d
    sed -n 's/^DesktopFiles=//p' "$records/$1/record" | tr ';' '\n'
  fi
  return 0
}

# What a captured app is called: as its first menu entry says.
write_captured_record() {
  desktop=$(grep -E '^/usr/(local/)?share/applications/[^/]+\.desktop$' "$cache/files" | head -n 1)
  programs=$(grep -E '^(/usr(/local)?)?/(s?bin|games)/[^/]+$' "$cache/files" | joined)
  echo "[App]"
  echo "Kind=bundle"
  echo "Name=$({ [ -n "$desktop" ] && sed -n 's/^Name=//p' "$desktop" | head -n 1; } || echo "$key")"
  [ -n "$desktop" ] && sed -n 's/^Comment=/Summary=/p' "$desktop" | head -n 1
  [ -s "$cache/new" ] && dpkg-query -W -f 'Version=${Version}\n' "$(head -n 1 "$cache/new" | cut -d : -f 1)" | head -n 1
  echo "Packages=$(joined < "$cache/new")"
  echo "DesktopFiles=$(grep -E '^/usr/(local/)?share/applications/[^/]+\.desktop$' "$cache/files" | joined)"
  echo "Programs=$programs"
}

export_image() {
  what=$1 key=$2
  command -v mkfs.erofs > /dev/null || fail unsupported "A bundle is made with mkfs.erofs: install erofs-utils in the workspace."
  { mkdir -p "$cache/tree/var/lib/domicile/apps/$key" && echo > "$cache/new"; } 2> /dev/null ||
    fail resource "The workspace has no room to make a bundle in."
  trap 'fail cancelled "The work was cancelled."' TERM HUP
  tell "progress:10:Looking what belongs to it"
  if [ "$what" = capture ]; then since_capture > "$cache/all"; else of_app "$what" > "$cache/all"; fi ||
    fail io "What belongs to it cannot be listed."
  grep -v -E "$passing" "$cache/all" | while read -r path; do
    { [ -h "$path" ] || [ -f "$path" ]; } && echo "$path"
  done > "$cache/files"
  [ -s "$cache/files" ] || fail state "There is nothing to make a bundle of."
  tell "progress:40:Copying its files"
  tar --create --file - --no-recursion --directory / --files-from "$cache/files" --verbatim-files-from 2> "$said" |
    tar --extract --file - --directory "$cache/tree" --same-owner --same-permissions 2>> "$said" ||
    fail resource "The files do not fit into the workspace a second time."
  place=$cache/tree/var/lib/domicile/apps/$key
  stanzas /var/lib/dpkg/status < "$cache/new" > "$place/status"
  if [ "$what" = capture ]; then
    write_captured_record > "$place/record"
  else
    sed 's/^Kind=.*/Kind=bundle/' "$records/$what/record" > "$place/record"
  fi
  sed -i '/^Bytes=/d' "$place/record"
  echo "Bytes=$(du -sb "$cache/tree" | cut -f 1)" >> "$place/record"
  tell "progress:60:Packing"
  mkfs.erofs -x-1 -zlz4hc "$cache/image" "$cache/tree" > "$said" 2>&1 ||
    fail resource "The bundle cannot be packed: $(grep . "$said" | tail -n 1 | grep . || echo "there is no room for it.")"
  cat "$cache/image" >&4 || fail resource "The bundle does not fit where it shall be."
  sed 's/^/record:/' "$place/record" >&3
  [ "$what" = capture ] && rm -f "$records/.capture" "$records/.capture-packages"
  finished "$key"
}

remove() {
  [ -e "$records/$1/record" ] || fail not-found "“$1” has not been installed in this workspace."
  mkdir -p "$cache"
  if [ "$(sed -n 's/^Kind=//p' "$records/$1/record")" = deb ]; then
    remove_deb "$1"
  else
    remove_unpacked "$1"
  fi
}

# ---- a bundle beside the view's layers ----

live=/run/domicile/bundles

max_links=50000

# Whether a folder that nothing has yet is the app's alone. Where others put files, too, a link would let nobody else in.
is_own() {
  case ${1%/*} in
    /opt | /srv | /var/lib | /var/lib/domicile/apps | /usr/lib | /usr/lib/*-linux-gnu | /usr/share | /usr/local/lib | /usr/local/share) ;;
    *) return 1 ;;
  esac
  case ${1##*/} in
    *-linux-gnu | appdata | applications | bash-completion | dbus-1 | doc | fonts | glib-2.0 | gtk-* | icons | info | locale | man | metainfo | \
      mime | pixmaps | pkgconfig | python* | perl* | sounds | systemd | tmpfiles.d | themes | udev | wayland-sessions | xsessions) return 1 ;;
  esac
}

# What of the bundle's folder $1 is not in the view's folder $2: one place, a tab and what is to be there a line; a folder that is to be
# made ends with a slash.
missing() {
  for from in "$1"/* "$1"/.[!.]*; do
    to=$2/${from##*/}
    case $to in *"$tab"* | *"$line"*) continue ;; esac
    if [ -h "$from" ] || [ ! -d "$from" ]; then
      { [ -e "$from" ] || [ -h "$from" ]; } && [ ! -e "$to" ] && [ ! -h "$to" ] && echo "$to$tab$from"
    elif [ -d "$to" ]; then
      missing "$from" "$to"
    elif [ ! -e "$to" ] && [ ! -h "$to" ]; then
      if is_own "$to"; then
        echo "$to$tab$from"
      else
        echo "$to/"
        missing "$from" "$to"
      fi
    fi
  done
  return 0
}

link() {
  mkdir -p "$cache" "$records" && missing "$live/$1" "" | head -n $((max_links + 1)) > "$cache/links" ||
    fail resource "The workspace has no room to list what “$1” needs."
  [ "$(wc -l < "$cache/links")" -le $max_links ] || fail integrity "“$1” has too many files where others have theirs, too: more than $max_links."
  cut -f 1 "$cache/links" >&4 && sync --file-system /var/lib || fail resource "The workspace has no room to note what it links."
  while IFS=$tab read -r to from; do
    case $to in */) mkdir "$to" ;; *) ln -s "$from" "$to" ;; esac || fail resource "“$1” cannot be linked into the workspace: $to"
  done < "$cache/links"
  renew_caches "$(cut -f 1 "$cache/links")"
  finished "$1"
}

# Needs no room: it is what makes some.
unlink() {
  links=$(cat <&4)
  printf '%s\n' "$links" | tac | while read -r to; do
    case $to in */) remove_empty "$to" ;; esac
    case $(readlink "$to") in "$live/$1/"*) rm -f "$to" ;; esac
  done
  renew_caches "$links"
  finished "$1"
}

# ---- another host ----

# Caches of what lies in several layers; those that the paths $1 are of, one a line.
renew_caches() {
  printf '%s\n' "$1" | grep -q '/lib' && { ldconfig || rm -f /etc/ld.so.cache~; } # of a medium that is full
  for trigger in /usr/share/applications /usr/share/mime/packages /usr/share/glib-2.0/schemas /usr/share/icons/hicolor; do
    printf '%s\n' "$1" | grep -q "^$trigger/" && dpkg-trigger --no-await --by-package=dpkg "$trigger" 2>/dev/null && triggered=yes
  done
  [ "${triggered:-no}" = yes ] && dpkg --triggers-only --pending > /dev/null
  return 0
}

# Ours win where both have a package: the workspace's files lie above the host's.
settle() {
  [ -d "$records" ] || { tell "done:"; return; } # there is but what ended work has left, which goes at the end of this
  (finish_begun) 3> /dev/null # not what this host has, beside the list of the last one
  # A list that is cut off would make away with what is missing.
  mkdir -p "$cache" && cat <&4 > "$cache/host-status" || fail resource "The workspace has no room for the list of this host's packages."
  [ -s "$cache/host-status" ] || cp /var/lib/dpkg/status "$cache/host-status"
  sum=$({ cat "$cache/host-status"; ls "$records"; } | sha256sum)
  [ "$sum" = "$(cat "$records/.host" 2>/dev/null)" ] && { tell "done:"; return; }
  cat "$records"/*/status > "$cache/ours-status" 2>/dev/null
  awk 'BEGIN { RS = ""; ORS = "\n\n" }
    { name = arch = ""; n = split ($0, lines, "\n")
      for (i = 1; i <= n; i++) {
        if (lines[i] ~ /^Package: /) name = substr (lines[i], 10)
        if (lines[i] ~ /^Architecture: /) arch = substr (lines[i], 15)
      }
      if (name != "" && !((name ":" arch) in seen)) print
      seen[name ":" arch] = 1 }' "$cache/ours-status" "$cache/host-status" > "$cache/merged" || fail io "The lists of packages cannot be put together."
  mv "$cache/merged" /var/lib/dpkg/status
  # Caches of what lies in both layers.
  ldconfig
  for trigger in /usr/share/applications /usr/share/mime/packages /usr/share/glib-2.0/schemas /usr/share/icons/hicolor; do
    dpkg-trigger --no-await --by-package=dpkg "$trigger" 2>/dev/null
  done
  dpkg --triggers-only --pending || true
  echo "$sum" > "$records/.host"
  finished ""
}

case $1 in
  deb) shift; install_deb "$@" ;;
  unpack) shift; unpack "$@" ;;
  remove) remove "$2" ;;
  settle) settle ;;
  link) link "$2" ;;
  unlink) unlink "$2" ;;
  capture) capture ;;
  export) export_image "$2" "$3" ;;
esac
