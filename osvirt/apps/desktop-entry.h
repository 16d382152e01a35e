/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An application as its desktop file describes it. */
typedef struct {
  char *id;      /* desktop file id with its suffix, as in menus: "org.gnome.gedit.desktop" */
  char *path;    /* of the desktop file, as the workspace sees it */
  char *name;    /* in the user's language */
  char *summary; /* "" where there is none */
  char *icon;    /* a theme's icon name or an absolute path; "" where there is none */
  char *icon_file; /* a copy of the icon on the host, where only the workspace has it; NULL */
  char *exec;
  char *try_exec;    /* NULL where there is none */
  char *working_dir; /* NULL where there is none */
  char *version;     /* "" where unknown */
  char *source;      /* kind of the record of who has brought it (app-record.h); NULL: the host, or somebody by hand */
  char *record;      /* key of that record; NULL */
  guint64 size_bytes; /* 0 where unknown */
  GStrv categories;
  GStrv keywords;
  GStrv mime_types; /* what it opens, as in MIME databases */
  gboolean terminal;
  gboolean hidden; /* not for this desktop's menu: can be launched, is not listed */
  gboolean deleted; /* Hidden: as if it did not exist */
  gboolean foreign; /* for other desktops only */
  gboolean autostart_off; /* in autostart: the user has switched it off */
  char *autostart_condition; /* in autostart: when it is started, as it is written there; NULL: always */
  guint autostart_delay;     /* in autostart: after how many seconds */
} DesktopEntry;

DesktopEntry *desktop_entry_parse (const char *id,
                                   const char *path,
                                   const char *data,
                                   gsize       length,
                                   GError    **error);
void          desktop_entry_free (DesktopEntry *self);

/* A desktop file is a few KiB; anything larger than this is not one. */
#define DESKTOP_ENTRY_MAX_SIZE (256 * 1024)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DesktopEntry, desktop_entry_free)

G_END_DECLS
