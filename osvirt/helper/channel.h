/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "launcher/wire.h"

/* The client's side of helper_request, in plain C for programs that must start fast. */

/* Connects to the helper at @path (NULL: $DOMICILE_HELPER_SOCKET or the default). A descriptor, or -1. */
int channel_connect (const char *path, struct wire_fault *fault);

const char *channel_default_path (void);

/**
 * channel_send:
 *
 * The first half of channel_call(), for who has something to do until the answer comes.
 *
 * Returns: 0, or -1
 */
int channel_send (int channel, struct helper_request *request, enum helper_verb verb, const int *fds, unsigned n_fds,
                  struct wire_fault *fault);

/* The second half. */
int channel_receive (int channel, struct helper_reply *reply, int *answer_fds, unsigned wanted_fds, struct wire_fault *fault);

/**
 * channel_call:
 * @verb: enum helper_verb; the rest of @request is the caller's
 * @answer_fds: (out) (array length=n_answer_fds): what came back; room for WIRE_MAX_FDS
 * @wanted_fds: how many must come back; another number is an error
 *
 * Sends one request and waits for its answer. 0, or -1 with the fault of the helper or of the connection.
 */
int channel_call (int channel, struct helper_request *request, enum helper_verb verb, const int *fds, unsigned n_fds,
                  struct helper_reply *reply, int *answer_fds, unsigned wanted_fds, struct wire_fault *fault);
