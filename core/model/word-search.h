/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean dmc_word_search_matches (const char *words, const char *text);
gboolean dmc_word_search_begins (const char *words, const char *text);

G_END_DECLS
