/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a workspace remembers of its apps: which are the user's favourites, and when each was started last. It travels in the
 * vault. Ids of apps that are not installed now stay: the app may come back, or be on another host. */
typedef struct _LaunchList LaunchList;

#define LAUNCH_LIST_MAX_SIZE (256 * 1024)

LaunchList *launch_list_new (void);
LaunchList *launch_list_parse (const char *data, gsize length, GError **error);
char       *launch_list_print (const LaunchList *self);
void        launch_list_free (LaunchList *self);

gboolean launch_list_is_favourite (const LaunchList *self, const char *app);
gboolean launch_list_set_favourite (LaunchList *self, const char *app, gboolean favourite);
gint64   launch_list_get_launched (const LaunchList *self, const char *app);
void     launch_list_note (LaunchList *self, const char *app, gint64 now_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LaunchList, launch_list_free)

G_END_DECLS
