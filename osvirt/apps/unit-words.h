/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the name of a variable begins with, and has in it. */
#define UNIT_NAME_START G_CSET_a_2_z G_CSET_A_2_Z "_"
#define UNIT_NAME_CHARS UNIT_NAME_START G_CSET_DIGITS

/* Values of a unit, made into words that a shell reads as systemd would. @unit is the unit's name, @home what %h stands for.
 * Errors are %DMC_ERROR_INTEGRITY. */
gboolean unit_words_expand (const char *unit, const char *home, const char *word, GString *out, GError **error);
void     unit_words_quote (GString *out, const char *word);
gboolean unit_words_add (const char *unit, const char *home, const char *value, GString *out, GError **error);

char    *unit_words_template (const char *unit);
gboolean unit_words_seconds (const char *value, double *seconds);
gboolean unit_words_refuse (const char *unit, const char *what, const char *value, GError **error);

G_END_DECLS
