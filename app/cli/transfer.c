/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domain save, restore and migrate: jobs that are followed to their end; Ctrl-C cancels them. */
#include "domain.h"

#include <stdio.h>

#include "table.h"

static gboolean keep_running;
static char *new_name;

const GOptionEntry ctl_save_options[] = {
  { "keep-running", 0, 0, G_OPTION_ARG_NONE, &keep_running, "Let it go on when it is saved", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};
const GOptionEntry ctl_restore_options[] = {
  { "name", 'n', 0, G_OPTION_ARG_STRING, &new_name, "Another name than it had", "NAME" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* @params: (transfer full). Returns: (transfer full): the job's result */
static JsonObject *
run_job (Ctl *ctl, const char *method, JsonNode *params, GError **error)
{
  g_autoptr (JsonNode) started = ctl_call (ctl, CTL_CONTROL, method, params, error);
  g_autoptr (JsonNode) result = NULL;

  if (!started || !ctl_follow_job (ctl, CTL_CONTROL, started, &result, error))
    return NULL;
  if (ctl->json && result)
    ctl_print_json (result);
  return result && JSON_NODE_HOLDS_OBJECT (result) ? json_node_dup_object (result)
                                                   : json_object_new ();
}

gboolean
ctl_run_save (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (arguments[1], NULL), *size = NULL;
  g_autoptr (JsonObject) result = NULL;
  gint64 id;

  if (!ctl_domain_id (ctl, arguments[0], &id, error))
    return FALSE;
  result = run_job (
      ctl, "domain.save",
      dmc_json_node ("id:i", id, "path:s", path, "keep_running:b", keep_running, NULL), error);
  if (!result)
    return FALSE;
  size = ctl_format_bytes (dmc_json_get_int (result, "bytes", 0));
  if (!ctl->json)
    printf ("%s is saved in %s (%s).\n", arguments[0], path, size);
  return TRUE;
}

gboolean
ctl_run_restore (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (arguments[0], NULL);
  g_autoptr (JsonObject) result = run_job (
      ctl, "domain.restore", dmc_json_node ("path:s", path, "name:s", new_name, NULL), error);

  if (!result)
    return FALSE;
  if (!ctl->json)
    printf ("%s goes on as domain %" G_GINT64_FORMAT ".\n",
            dmc_json_get_string (result, "name", "The domain"),
            dmc_json_get_int (result, "id", -1));
  return TRUE;
}

gboolean
ctl_run_migrate (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *to = g_canonicalize_filename (arguments[1], NULL);
  g_autoptr (JsonObject) result = NULL;
  gint64 id;

  if (!ctl_domain_id (ctl, arguments[0], &id, error))
    return FALSE;
  result = run_job (ctl, "domain.migrate", dmc_json_node ("id:i", id, "to:s", to, NULL), error);
  if (!result)
    return FALSE;
  if (!ctl->json)
    printf ("%s goes on there; it stood still for %.1f ms.\n", arguments[0],
            (double)dmc_json_get_int (result, "downtime_us", 0) / 1000);
  return TRUE;
}
