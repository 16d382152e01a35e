/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings.h"

#include "paths.h"

#define SCHEMA_ID "org.domicile.Console"

/**
 * dmc_settings_new:
 *
 * g_settings_new() ends the program where a schema is missing; a console that only forgets its
 * window's size is the better answer.
 *
 * Returns: (transfer full) (nullable): the user's settings, or NULL where the schema is not
 * installed
 */
GSettings *
dmc_settings_new (void)
{
  g_autofree char *folder = dmc_path_schemas ();
  GSettingsSchemaSource *usual = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchemaSource) own = NULL;
  g_autoptr (GSettingsSchema) schema = NULL;

  if (folder != NULL)
    own = g_settings_schema_source_new_from_directory (folder, usual, TRUE, NULL);
  if (own != NULL || usual != NULL)
    schema = g_settings_schema_source_lookup (own != NULL ? own : usual, SCHEMA_ID, TRUE);
  if (schema == NULL) {
    g_message ("The settings schema %s is not installed: settings are not kept.", SCHEMA_ID);
    return NULL;
  }
  return g_settings_new_full (schema, NULL, NULL);
}
