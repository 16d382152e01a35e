/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* The settings of a workspace as words on a command line. */

extern char **ctl_setting_words, **ctl_rule_words;

#define CTL_SETTINGS_OPTIONS                                                                                                 \
  { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &ctl_setting_words, "A setting, as network=nat (see workspace set)",             \
    "SETTING=VALUE" },                                                                                                       \
  { "path", 0, 0, G_OPTION_ARG_STRING_ARRAY, &ctl_rule_words,                                                                \
    "A rule for a path: hide:PATH, read-only:PATH, share:SOURCE:PATH, share-rw:SOURCE:PATH, redirect:SOURCE:PATH, or none", \
    "RULE" }

gboolean ctl_settings_add (JsonObject *params, char **words, GError **error);
void     ctl_settings_print (JsonObject *settings);

G_END_DECLS
