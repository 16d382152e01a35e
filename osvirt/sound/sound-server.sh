# SPDX-License-Identifier: GPL-2.0-or-later
# Runs inside, and ends when the workspace's sound server takes connections, or there is none to start. $1 is "microphone" where
# programs may record.
if ! command -v pulseaudio >/dev/null 2>&1; then
  echo "There is no sound: the workspace does not have the package pulseaudio." >&2
  exit 0
fi
folder=/run/sound
mkdir -p "$folder" && rm -f "$folder/playback" "$folder/microphone" || exit 1
if [ "$1" = microphone ]; then
  microphone=--load="module-pipe-source source_name=microphone file=$folder/microphone format=s16le rate=48000 channels=1 source_properties=device.description=Microphone"
fi
# Modules write files with the rights of the session: nobody loads others.
exec pulseaudio -n --daemonize=yes --use-pid-file=no --exit-idle-time=-1 --disallow-exit=yes --disallow-module-loading=yes \
  --disable-shm=yes --realtime=no --high-priority=no --log-target=stderr --log-level=error \
  --load="module-native-protocol-unix" \
  --load="module-pipe-sink sink_name=host file=$folder/playback format=s16le rate=48000 channels=2 sink_properties=device.description=Computer" \
  ${microphone:+"$microphone"} --load="module-suspend-on-idle timeout=1"
