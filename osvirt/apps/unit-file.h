/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A unit is a few lines; anything larger than this is not one. */
#define UNIT_FILE_MAX_SIZE (64 * 1024)

/* A service of systemd, as far as it makes sense without systemd. */
typedef struct {
  char *name;    /* with its suffix */
  GStrv argv;    /* runs it, and starts it again as it wants; a shell, which goes on after a resume as other programs do */
  char *program; /* what has to be there for it; NULL if only the shell knows */
  gboolean oneshot; /* others that come after it come after its end */
  GPtrArray *wants, *requires, *after, *before; /* of names of units */
} UnitFile;

/**
 * unit_file_parse:
 * @name: the unit's name with its suffix
 * @texts: (element-type GBytes): the unit and its drop-ins in their order, which anybody may have written
 * @home: what %h stands for
 * @notes: (element-type utf8): gets a sentence for each setting that has no effect here
 * @error: %DMC_ERROR_INTEGRITY: it is not the unit of a service, or cannot be understood
 *
 * Reads the commands of a service, its environment, folders, files of output, simple conditions, when it is started again, and
 * which units it wants and follows; see systemd.service(5), systemd.exec(5) and systemd.unit(5).
 *
 * Returns: (transfer full) (nullable): the service
 */
UnitFile *unit_file_parse (const char *name, GPtrArray *texts, const char *home, GPtrArray *notes, GError **error);
void      unit_file_free (UnitFile *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (UnitFile, unit_file_free)

G_END_DECLS
