/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>
#include <pulse/pulseaudio.h>

/**
 * playback_run:
 * @fifo: where the workspace's samples come from
 * @api: (nullable): the loop of the host's sound; %NULL throws away what comes
 * @name: the workspace's
 * @loop: ended with the other end of @fifo
 *
 * Plays what the workspace plays, from now on.
 */
void playback_run (int fifo, pa_mainloop_api *api, const char *name, GMainLoop *loop);
