/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What crosses, as sound-server.sh has it too: 16 bits, little endian. */
#define SAMPLE_RATE         48000
#define PLAYBACK_CHANNELS   2
#define MICROPHONE_CHANNELS 1
#define SAMPLE_SIZE         2

/* What is moved at a time: a fiftieth of a second. */
#define CHUNK_MS              20
#define CHUNK_BYTES(channels) (SAMPLE_RATE / 1000 * CHUNK_MS * SAMPLE_SIZE * (channels))

/* After so long without samples the host's stream is let go. */
#define QUIET_MS 1000
/* After so long in which it does not do its part, nobody waits for the host. */
#define HANG_MS 300
