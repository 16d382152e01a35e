/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where the program's files are: in the build tree when it is run from there, installed otherwise.
 */
char *dmc_path_plugins (void);
char *dmc_path_schemas (void);
char *dmc_path_locale (void);

G_END_DECLS
