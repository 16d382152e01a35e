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

/* Ends a task whose data is the object that it makes. @task: (transfer full). @error: (transfer full) (nullable): why there is none */
void readiness_return (GTask *task, GError *error);
/* The same once the program is ready; see readiness_wait_async(). @task: (transfer full) */
void readiness_return_when_ready (int fd, const char *program, GTask *task);
