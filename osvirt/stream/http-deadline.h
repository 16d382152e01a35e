/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Ends a request whose answer comes too slowly, also one that comes byte by byte, which no time-out of a silent line ever meets. */
typedef struct HttpDeadline HttpDeadline;

HttpDeadline *http_deadline_new (GCancellable *outer);
void          http_deadline_free (HttpDeadline *self);
GCancellable *http_deadline_get_cancellable (HttpDeadline *self);
void          http_deadline_got (HttpDeadline *self, gsize bytes);
gboolean      http_deadline_is_over (HttpDeadline *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HttpDeadline, http_deadline_free)

G_END_DECLS
