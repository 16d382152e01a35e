/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * dmc_json_locate:
 * @text: JSON text
 * @path: as in a DmcPolicyProblem: `te.allow[0].class`
 * @start: (out): the first byte of the place
 * @end: (out): the byte after it
 *
 * Finds a value in JSON text: the value itself where it fits on a line, otherwise its name or its
 * bracket. Where the last steps of @path are not there, the place is what would contain them.
 */
void dmc_json_locate (const char *text, const char *path, gsize *start, gsize *end);

G_END_DECLS
