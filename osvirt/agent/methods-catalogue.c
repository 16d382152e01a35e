/* SPDX-License-Identifier: GPL-2.0-or-later */
/* catalogue.*: where a workspace finds apps. */
#include "agent/bundle-store.h"
#include "agent/catalogue.h"
#include "agent/service.h"
#include "rpc/error.h"
#include "rpc/job.h"
#include "rpc/json.h"

enum { PAGE = 100 };

/* One call, done in a thread: the medium may be slow, and the server slower. */
typedef struct Work Work;
struct Work {
  JsonNode *(*run) (Work *work, int vault, GCancellable *cancellable, GError **error);
  DmcRequest *request; /* answered in the end; NULL where there is a job */
  DmcJob *job;
  AgentWorkspace *workspace; /* touched in the main thread only */
  DmcVault *vault;
  char *id, *url, *trust, *search, *icons;
  gint64 offset, limit;
};

static void
work_free (Work *self)
{
  g_clear_object (&self->request);
  g_clear_object (&self->job);
  g_object_unref (self->workspace);
  g_object_unref (self->vault);
  g_free (self->id);
  g_free (self->url);
  g_free (self->trust);
  g_free (self->search);
  g_free (self->icons);
  g_free (self);
}

static void
in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Work *self = task_data;
  GError *error = NULL;
  JsonNode *result = self->run (self, dmc_vault_get_root_fd (self->vault), cancellable, &error);

  if (result != NULL)
    g_task_return_pointer (task, result, (GDestroyNotify) json_node_unref);
  else
    g_task_return_error (task, error);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  Work *self = g_task_get_task_data (G_TASK (result));
  GError *error = NULL;
  JsonNode *node = g_task_propagate_pointer (G_TASK (result), &error);

  if (self->job != NULL && node != NULL) {
    dmc_job_done (self->job, node);
    agent_workspace_changed (self->workspace);
  } else if (self->job != NULL)
    dmc_job_fail (self->job, error);
  else if (node != NULL)
    dmc_request_reply (self->request, node);
  else
    dmc_request_fail (self->request, error);
}

/* @job: what kind of job it is; %NULL for a call that is answered when it is done. */
static void
start (AgentService *service, DmcRequest *request, JsonObject *params, const char *job,
       JsonNode *(*run) (Work *, int, GCancellable *, GError **) )
{
  GError *error = NULL;
  AgentWorkspace *workspace = agent_service_open_workspace (service, params, &error);
  g_autoptr (GTask) task = NULL;
  Work *self;

  if (workspace == NULL) {
    dmc_request_fail (request, error);
    return;
  }
  self = g_new0 (Work, 1);
  self->run = run;
  self->workspace = g_object_ref (workspace);
  self->vault = g_object_ref (agent_workspace_get_vault (workspace));
  self->id = g_strdup (dmc_json_get_string (params, "catalogue", NULL));
  self->url = g_strdup (dmc_json_get_string (params, "url", NULL));
  self->trust = g_strdup (dmc_json_get_string (params, "trust", NULL));
  self->search = g_strdup (dmc_json_get_string (params, "search", ""));
  self->offset = dmc_json_get_int (params, "offset", 0);
  self->limit = dmc_json_get_int (params, "limit", PAGE);
  self->icons = g_build_filename (service->runtime_dir, "icons", agent_workspace_get_id (workspace), NULL);
  if (job != NULL) {
    self->job = dmc_job_new (service->server, job);
    dmc_request_reply (request, dmc_job_to_reply (self->job));
    dmc_job_set_progress (self->job, 0.1, "Asking the server for the catalogue");
  } else
    self->request = g_object_ref (request);
  task = g_task_new (NULL, self->job != NULL ? dmc_job_get_cancellable (self->job) : dmc_request_get_cancellable (request), on_done, NULL);
  g_task_set_source_tag (task, start);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, self, (GDestroyNotify) work_free);
  g_task_run_in_thread (task, in_thread);
}

/* --- catalogues -------------------------------------------------------------------------------------------- */

static JsonNode *
describe (const Catalogue *catalogue)
{
  return dmc_json_node ("id:s", catalogue->index->id, "name:s", catalogue->index->name, "url:s", catalogue->url, "signer:s",
                        catalogue->signer, "made_us:i", catalogue->index->made_us, "updated_us:i", catalogue->updated_us, "apps:i",
                        (gint64) catalogue->index->apps->len, NULL);
}

static JsonNode *
run_list (Work *self, int vault, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) all = catalogue_load_all (vault);
  JsonArray *list = json_array_new ();

  for (guint i = 0; i < all->len; i++)
    json_array_add_element (list, describe (g_ptr_array_index (all, i)));
  return dmc_json_node ("catalogues:a", list, NULL);
}

static JsonNode *
run_add (Work *self, int vault, GCancellable *cancellable, GError **error)
{
  g_autoptr (Catalogue) added = catalogue_fetch (vault, self->url, self->trust, cancellable, error);

  return added != NULL ? describe (added) : NULL;
}

/* All that there are, where none is named; the first that fails ends it. */
static JsonNode *
run_refresh (Work *self, int vault, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) all = catalogue_load_all (vault);
  JsonArray *list = NULL;

  if (self->id != NULL) {
    g_autoptr (Catalogue) one = catalogue_refresh (vault, self->id, cancellable, error);
    return one != NULL ? describe (one) : NULL;
  }
  list = json_array_new ();
  for (guint i = 0; i < all->len; i++) {
    const Catalogue *known = g_ptr_array_index (all, i);
    g_autoptr (Catalogue) one = catalogue_refresh (vault, known->index->id, cancellable, error);

    if (one == NULL) {
      json_array_unref (list);
      return NULL;
    }
    json_array_add_element (list, describe (one));
  }
  return dmc_json_node ("catalogues:a", list, NULL);
}

static JsonNode *
run_remove (Work *self, int vault, GCancellable *cancellable, GError **error)
{
  return catalogue_remove (vault, self->id, error) ? dmc_json_node ("id:s", self->id, NULL) : NULL;
}

/* --- apps -------------------------------------------------------------------------------------------------- */

static JsonArray *
strings (GStrv texts)
{
  JsonArray *array = json_array_new ();

  for (gsize i = 0; texts[i] != NULL; i++)
    json_array_add_string_element (array, texts[i]);
  return array;
}

static JsonNode *
describe_app (Work *self, int vault, const Catalogue *catalogue, const CatalogueApp *app, PictureDrawer *drawer)
{
  g_autofree char *icon = catalogue_export_icon (vault, catalogue, app, self->icons, drawer);

  return dmc_json_node ("id:s", app->id, "catalogue:s", catalogue->index->id, "name:s", app->name, "version:s", app->version, "summary:s",
                        app->summary, "description:s", app->description, "developer:s", app->developer, "license:s", app->license,
                        "homepage:s", app->homepage, "categories:a", strings (app->categories), "keywords:a", strings (app->keywords),
                        "icon_path:s", icon, "size_bytes:i", app->size_bytes, "signer:s", app->signer, "installed:b",
                        bundle_store_find (vault, app->id) != BUNDLE_NONE, NULL);
}

static JsonNode *
run_apps (Work *self, int vault, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) all = catalogue_load_all (vault);
  g_autoptr (PictureDrawer) drawer = picture_drawer_new ();
  JsonArray *list = json_array_new ();
  gint64 total = 0;

  for (guint i = 0; i < all->len; i++) {
    const Catalogue *catalogue = g_ptr_array_index (all, i);

    for (guint j = 0; j < catalogue->index->apps->len; j++) {
      const CatalogueApp *app = g_ptr_array_index (catalogue->index->apps, j);

      if ((self->id != NULL && !g_str_equal (self->id, catalogue->index->id)) || !catalogue_app_matches (app, self->search))
        continue;
      if (total >= self->offset && total - self->offset < self->limit)
        json_array_add_element (list, describe_app (self, vault, catalogue, app, drawer));
      total++;
    }
  }
  return dmc_json_node ("apps:a", list, "total:i", total, NULL);
}

/* --- methods ----------------------------------------------------------------------------------------------- */

static void
catalogue_list (DmcRequest *request, JsonObject *params, gpointer data)
{
  start (data, request, params, NULL, run_list);
}

static void
catalogue_add (DmcRequest *request, JsonObject *params, gpointer data)
{
  start (data, request, params, "catalogue.add", run_add);
}

static void
catalogue_refresh_method (DmcRequest *request, JsonObject *params, gpointer data)
{
  start (data, request, params, "catalogue.refresh", run_refresh);
}

static void
catalogue_remove_method (DmcRequest *request, JsonObject *params, gpointer data)
{
  start (data, request, params, NULL, run_remove);
}

static void
catalogue_apps (DmcRequest *request, JsonObject *params, gpointer data)
{
  start (data, request, params, NULL, run_apps);
}

void
methods_catalogue_add (AgentService *self)
{
  static const AgentMethod methods[] = {
    { "catalogue.list", catalogue_list },
    { "catalogue.add", catalogue_add },
    { "catalogue.refresh", catalogue_refresh_method },
    { "catalogue.remove", catalogue_remove_method },
    { "catalogue.apps", catalogue_apps },
  };

  agent_service_add_methods (self, methods, G_N_ELEMENTS (methods));
}
