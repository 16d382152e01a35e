/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where values stand in a text that dmc_json_parse() has accepted: nodes do not keep how a number
 * was spelled, and an id must be given back as it came. */
gboolean
dmc_json_span_element (const char **cursor, const char *end, const char **element, gsize *length);
char    *dmc_json_span_member (const char *text, gsize length, const char *name);

G_END_DECLS
