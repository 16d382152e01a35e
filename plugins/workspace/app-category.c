/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app-category.h"

#include <glib/gi18n.h>

/* The main categories of the Desktop Menu Specification. */
static const struct {
  const char *id, *text;
} categories[] = {
  { "Game", N_ ("Games") },
  { "Education", N_ ("Education") },
  { "Science", N_ ("Science") },
  { "Development", N_ ("Development") },
  { "Graphics", N_ ("Graphics") },
  { "Network", N_ ("Internet") },
  { "AudioVideo", N_ ("Sound and Video") },
  { "Office", N_ ("Office") },
  { "Settings", N_ ("Settings") },
  { "System", N_ ("System") },
  { "Utility", N_ ("Accessories") },
};

/**
 * dmc_app_category_text:
 * @category: id of a main category
 *
 * Returns: its name in the user's language
 */
const char *
dmc_app_category_text (const char *category)
{
  for (gsize i = 0; i < G_N_ELEMENTS (categories); i++)
    if (g_str_equal (category, categories[i].id))
      return _ (categories[i].text);
  return category;
}
