/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>
#include <pulse/pulseaudio.h>

/**
 * microphone_run:
 * @fifo: where the workspace takes samples from
 * @api: (nullable): the loop of the host's sound; %NULL records silence
 * @name: the workspace's
 * @loop: ended with the other end of @fifo
 *
 * Records from the host while a program of the workspace does, from now on.
 */
void microphone_run (int fifo, pa_mainloop_api *api, const char *name, GMainLoop *loop);
