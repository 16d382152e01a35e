# SPDX-License-Identifier: GPL-2.0-or-later
# Runs inside, and ends when the workspace's sound server takes connections, or there is none to start. $1 is "microphone" where
# programs may record.
if ! command -v pulseaudio >/dev/null 2>&1; then
  echo "There is no sound: the workspace does not have the package pulseaudio." >&2
  exit 0
fi
folder=/run/sound
wanted=$1
mkdir -p "$folder" && rm -f "$folder"/* || exit 1
# Modules write files with the rights of the session: nobody loads others.
set -- pulseaudio -n --use-pid-file=no --exit-idle-time=-1 --disallow-exit=yes --disallow-module-loading=yes \
  --disable-shm=yes --realtime=no --high-priority=no --log-target=stderr --log-level=error \
  --load="module-native-protocol-unix" --load="module-suspend-on-idle timeout=1" \
  --load="module-pipe-sink sink_name=host file=$folder/playback format=s16le rate=48000 channels=2 sink_properties=device.description=Computer"
if [ "$wanted" = microphone ]; then
  set -- "$@" --load="module-pipe-source source_name=microphone file=$folder/microphone format=s16le rate=48000 channels=1 source_properties=device.description=Microphone"
# What never plays need not be saved: in a view that can be suspended the server starts with its first client, which the FIFO does not
# wait for. One for a microphone makes its FIFO itself, and so starts now.
elif [ -x /run/domicile/init ] && mkfifo -m 666 "$folder/playback" && mkdir -p -m 700 "$XDG_RUNTIME_DIR/pulse" \
  && /run/domicile/init --activate "$XDG_RUNTIME_DIR/pulse/native" "$@"; then
  exit 0
fi
exec "$@" --daemonize=yes
