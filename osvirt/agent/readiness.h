/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

/**
 * readiness_wait_async:
 * @fd: where a program that was just started writes a byte once it is ready; open for as long as this takes
 * @program: what it is, for messages
 * @callback: called when it is ready, or will not be
 * @user_data: for @callback
 *
 * Waits for a minute at most. Errors: %DMC_ERROR_IO.
 */
void     readiness_wait_async (int fd, const char *program, GAsyncReadyCallback callback, gpointer user_data);
gboolean readiness_wait_finish (GAsyncResult *result, GError **error);
