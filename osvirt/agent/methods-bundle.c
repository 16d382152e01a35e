/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app.capture and app.export: apps as one file. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/app-actions.h"
#include "agent/bundle-work.h"
#include "agent/package-work.h"
#include "agent/service.h"
#include "apps/layer.h"
#include "rpc/error.h"
#include "rpc/json.h"

#define CAPTURE "capture" /* as a source: what has come since app.capture */

/* One bundle in the making, or one beginning of a capture. */
typedef struct {
  AgentWorkspace *workspace;
  DmcJob *job;
  char *path; /* of the file that is made; NULL: capture */
  char *what; /* is packed: an app's key, or CAPTURE */
  char *key;  /* in the bundle */
  char *label; /* that it asks for; NULL: the one that it has here */
  JsonObject *actions; /* NULL: none */
  int file;
} Export;

static void
export_free (Export *self)
{
  g_clear_pointer (&self->actions, json_object_unref);
  package_work_release (self->workspace);
  g_object_unref (self->workspace);
  g_object_unref (self->job);
  g_free (self->path);
  g_free (self->what);
  g_free (self->key);
  g_free (self->label);
  if (self->file >= 0)
    close (self->file);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Export, export_free)

static void
give_up (Export *self, GError *error)
{
  if (self->path != NULL)
    g_unlink (self->path);
  dmc_job_fail (self->job, error);
}

static void
on_signed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Export) self = data;
  GError *error = NULL;
  JsonNode *bundle = bundle_export_finish (result, &error);

  if (bundle == NULL) {
    give_up (self, error);
    return;
  }
  json_object_set_string_member (json_node_get_object (bundle), "path", self->path);
  dmc_job_done (self->job, bundle);
}

/* What it was installed with goes along with it. */
static const char *
label_of (const Export *self)
{
  AgentMediator *mediator = agent_workspace_get_mediator (self->workspace);

  if (self->label != NULL)
    return self->label;
  return mediator != NULL ? agent_mediator_get_own_label (mediator, self->what) : NULL;
}

static void
on_packed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Export) self = data;
  g_autofree char *text = NULL;
  GError *error = NULL;
  g_autofree char *key = package_work_finish (result, &text, &error);
  g_autoptr (AppRecord) record = key != NULL ? app_record_parse (key, text, strlen (text), &error) : NULL;

  if (record == NULL) {
    give_up (self, error);
    return;
  }
  dmc_job_set_progress (self->job, 0.8, "Signing the bundle");
  Export *next = g_steal_pointer (&self);
  bundle_export_async (next->workspace, next->file, key, record, label_of (next), next->actions,
                       dmc_job_get_cancellable (next->job), on_signed, next);
}

static void
pack (Export *self)
{
  const char *const arguments[] = { "export", self->what, self->key, NULL };
  int layer = layer_open (dmc_vault_get_root_fd (agent_workspace_get_vault (self->workspace)));

  package_work_async (agent_workspace_get_view (self->workspace), arguments, self->file, layer, self->job,
                      dmc_job_get_cancellable (self->job), on_packed, self);
  if (layer >= 0)
    close (layer);
}

static void
on_noted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Export) self = data;
  GError *error = NULL;
  g_autofree char *key = package_work_finish (result, NULL, &error);

  if (key == NULL)
    give_up (self, error);
  else
    dmc_job_done (self->job, dmc_json_node ("capturing:b", TRUE, NULL));
}

static Export *
start (AgentService *service, AgentWorkspace *workspace, DmcRequest *request, const char *kind)
{
  Export *self = g_new0 (Export, 1);

  self->workspace = g_object_ref (workspace);
  self->file = -1;
  self->job = dmc_job_new (service->server, kind);
  dmc_request_reply (request, dmc_job_to_reply (self->job));
  return self;
}

/* Files of all ids are needed, and the programs that pack them. */
static gboolean
is_full (AgentWorkspace *workspace, GError **error)
{
  if (!dmc_view_is_reduced (agent_workspace_get_view (workspace)))
    return TRUE;
  g_propagate_error (error, dmc_error_new (DMC_ERROR_UNSUPPORTED, "Start domicile-helper, or have the administrator do it.",
                                           "Bundles need a workspace with all user ids, which only the helper service makes."));
  dmc_error_set_data (*error, "needs", json_node_init_string (json_node_alloc (), "helper"));
  return FALSE;
}

static gboolean
may_export (AgentService *self, const char *app, GError **error)
{
  g_autofree char *label = dmc_policy_service_app_label (self->policy, app);

  return dmc_policy_service_check (self->policy, DMC_POLICY_SUBJECT_USER, label, "app", "export", error);
}

static void
app_capture (DmcRequest *request, JsonObject *params, gpointer data)
{
  static const char *const arguments[] = { "capture", NULL };
  AgentService *self = data;
  GError *error = NULL;
  AgentWorkspace *workspace = agent_service_open_workspace (self, params, &error);

  if (workspace == NULL || !is_full (workspace, &error) || !may_export (self, NULL, &error)
      || !package_work_claim (workspace, &error)) {
    dmc_request_fail (request, error);
    return;
  }
  Export *export = start (self, workspace, request, "app.capture");
  package_work_async (agent_workspace_get_view (workspace), arguments, -1, -1, export->job, dmc_job_get_cancellable (export->job),
                      on_noted, export);
}

static gboolean
path_is_absolute (const char *path, GError **error)
{
  if (!g_path_is_absolute (path))
    g_propagate_error (error, dmc_error_new_param ("path", NULL, "must be absolute"));
  return g_path_is_absolute (path);
}

/* A new file: nothing is overwritten. */
static int
create_file (const char *path, GError **error)
{
  int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0 && errno == EEXIST)
    g_propagate_error (error, dmc_error_new (DMC_ERROR_EXISTS, "Choose another name, or remove it first.",
                                             "“%s” is there already.", path));
  else if (fd < 0)
    g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "“%s” cannot be made: %s.", path, g_strerror (errno)));
  return fd;
}

/* What is packed: the key of an installed app, or "capture". */
static char *
take_source (AgentWorkspace *workspace, const char *source, GError **error)
{
  RootDir root = { .fd = dmc_view_get_root_fd (agent_workspace_get_view (workspace)), .home_fd = -1 };
  g_autoptr (GPtrArray) records = app_records_read (&root);
  AppRecord *record = app_records_find (records, source);

  if (g_str_equal (source, CAPTURE))
    return g_strdup (CAPTURE);
  if (record != NULL && !g_str_equal (record->kind, "bundle"))
    return g_strdup (record->key);
  g_propagate_error (error, record == NULL
                                ? dmc_error_new (DMC_ERROR_NOT_FOUND, "Apps with the source “host” are the host's.",
                                                 "No app “%s” has been installed in this workspace.", source)
                                : dmc_error_new (DMC_ERROR_STATE, "Use the file that it was installed from.",
                                                 "“%s” is a bundle already.", record->name));
  return NULL;
}

/* "/media/Note It.bundle" names the app "note-it" where nothing else does. */
static char *
take_key (JsonObject *params, const char *what, const char *path, GError **error)
{
  g_autofree char *base = g_path_get_basename (path);
  const char *name = dmc_json_get_string (params, "name", NULL);
  g_autofree char *key = NULL;

  if (name == NULL && !g_str_equal (what, CAPTURE))
    return g_strdup (what);
  if (name == NULL && strrchr (base, '.') != NULL)
    *strrchr (base, '.') = '\0';
  key = g_ascii_strdown (name != NULL ? name : base, -1);
  g_strdelimit (key, " ", '-');
  if (app_record_key_is_valid (key))
    return g_steal_pointer (&key);
  g_propagate_error (error, dmc_error_new_param ("name", NULL, "must be letters, digits and “-”, as “note-it”"));
  return NULL;
}

static void
app_export (DmcRequest *request, JsonObject *params, gpointer data)
{
  AgentService *self = data;
  const char *path = dmc_json_get_string (params, "path", "");
  GError *error = NULL;
  AgentWorkspace *workspace = path_is_absolute (path, &error) ? agent_service_open_workspace (self, params, &error) : NULL;
  JsonObject *actions = dmc_json_get_object (params, "actions");
  gboolean ok = workspace != NULL && is_full (workspace, &error) && (actions == NULL || app_actions_check (actions, &error));
  g_autofree char *what = ok ? take_source (workspace, dmc_json_get_string (params, "source", ""), &error) : NULL;
  g_autofree char *key = what != NULL ? take_key (params, what, path, &error) : NULL;
  int file = -1;

  if (key == NULL || !may_export (self, what, &error) || !package_work_claim (workspace, &error)) {
    dmc_request_fail (request, error);
    return;
  }
  file = create_file (path, &error);
  if (file < 0) {
    package_work_release (workspace);
    dmc_request_fail (request, error);
    return;
  }
  Export *export = start (self, workspace, request, "app.export");
  export->path = g_strdup (path);
  export->file = file;
  export->what = g_steal_pointer (&what);
  export->actions = actions != NULL ? json_object_ref (actions) : NULL;
  export->key = g_steal_pointer (&key);
  export->label = g_strdup (dmc_json_get_string (params, "label", NULL));
  pack (export);
}

void
methods_bundle_add (AgentService *self)
{
  static const AgentMethod methods[] = {
    { "app.capture", app_capture },
    { "app.export", app_export },
  };

  agent_service_add_methods (self, methods, G_N_ELEMENTS (methods));
}
