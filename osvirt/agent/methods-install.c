/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app.install and app.remove: what a workspace has of its own. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/app-json.h"
#include "agent/app-labels.h"
#include "agent/install-bundle.h"
#include "agent/package-work.h"
#include "agent/service.h"
#include "agent/workspace-apps.h"
#include "apps/app-record.h"
#include "apps/appimage.h"
#include "apps/bundle-file.h"
#include "apps/layer.h"
#include "rpc/error.h"
#include "rpc/json.h"

/* One piece of work on one workspace; a workspace has at most one at a time. */
typedef struct {
  AgentService *service;
  AgentWorkspace *workspace;
  DmcJob *job;
  char *key;
  char *label;       /* of the policy, that it is to have; NULL */
  char *before;      /* that it has had; NULL */
  gboolean removing;
  GStrv arguments;   /* of install.sh */
  int input;         /* -1 */
  GError *error;     /* why it did not work; NULL */
} Install;

static void
install_free (Install *self)
{
  package_work_release (self->workspace);
  g_object_unref (self->workspace);
  g_object_unref (self->job);
  g_free (self->key);
  g_free (self->label);
  g_free (self->before);
  g_strfreev (self->arguments);
  g_clear_error (&self->error);
  if (self->input >= 0)
    close (self->input);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Install, install_free)

/* --- what to install --------------------------------------------------------------------------------------- */

/* What app.install was asked for. */
typedef struct {
  const char *kind; /* as in AppRecord; static */
  char *word;       /* a package's name, or the file's */
  char *key;        /* of its record */
  char *url;        /* bundle: where it is; NULL: in the file, or where a catalogue says */
  gint64 offset;    /* appimage: where its file system begins */
  int file;         /* -1: none */
} Wanted;

static void
wanted_clear (Wanted *self)
{
  g_free (self->word);
  g_free (self->key);
  g_free (self->url);
  if (self->file >= 0)
    close (self->file);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Wanted, wanted_clear)

static int
open_file (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), saved = errno;
  struct stat info;

  if (fd >= 0 && fstat (fd, &info) == 0 && S_ISREG (info.st_mode))
    return fd;
  if (fd >= 0)
    close (fd);
  g_propagate_error (error, dmc_error_new (fd < 0 && saved != ENOENT ? DMC_ERROR_IO : DMC_ERROR_NOT_FOUND, NULL,
                                           "“%s” cannot be read: %s.", path,
                                           fd < 0 ? g_strerror (saved) : "it is no file"));
  return -1;
}

/* "Note-It_1.2.tar.gz" becomes "note-it": a folder's name, and the same for the next version. What is left of a name in another
 * script tells it from no other one, so that a part of a sum of the name comes behind: "메모장.tar" becomes "app-" and that. */
static char *
key_of_file (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  GString *key = g_string_new (NULL);
  gboolean foreign = FALSE;
  const char *p;

  for (p = name; *p != '\0' && *p != '.' && *p != '_' && key->len < 48; p++) {
    if (*p == '-' && g_ascii_isdigit (p[1]))
      break; /* a version begins */
    if (g_ascii_isalnum (*p) || (*p == '-' && key->len > 0))
      g_string_append_c (key, g_ascii_tolower (*p));
    foreign |= (guchar) *p >= 0x80;
  }
  if (key->len == 0)
    g_string_append (key, "app");
  if (foreign) {
    g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, name, p - name);

    g_string_append_printf (key, "-%.8s", sum);
  }
  return g_string_free (key, FALSE);
}

static gboolean
ends_as_bundle (int file)
{
  char magic[sizeof BUNDLE_MAGIC] = "";
  struct stat info;

  return fstat (file, &info) == 0 && info.st_size > BUNDLE_TRAILER_SIZE
         && pread (file, magic, strlen (BUNDLE_MAGIC), info.st_size - BUNDLE_TRAILER_SIZE) > 0
         && (g_str_equal (magic, BUNDLE_MAGIC) || g_str_equal (magic, BUNDLE_MAGIC_1));
}

/* The superblock of the image in a bundle. */
static gboolean
begins_as_bundle (int file)
{
  static const char erofs[] = "\342\341\365\340";
  char magic[sizeof erofs] = "";

  return pread (file, magic, strlen (erofs), 1024) > 0 && g_str_equal (magic, erofs);
}

/* Looks at the file's beginning and end. A bundle whose end is missing is told to be one. */
static const char *
kind_of_file (int file)
{
  char begin[16] = { 0 };

  if (ends_as_bundle (file) || begins_as_bundle (file))
    return "bundle";
  if (pread (file, begin, sizeof begin, 0) < 0)
    return "tarball";
  if (memcmp (begin, "!<arch>\n", 8) == 0)
    return "deb";
  return memcmp (begin, "\177ELF", 4) == 0 ? "appimage" : "tarball";
}

static gboolean
find_payload (Wanted *self, GError **error)
{
  guint8 begin[64] = { 0 };
  ssize_t got = pread (self->file, begin, sizeof begin, 0);

  self->offset = appimage_payload_offset (begin, got > 0 ? (gsize) got : 0, error);
  return self->offset >= 0;
}

static gboolean
is_package_name (const char *name)
{
  gsize length = strlen (name);

  /* Debian Policy, 5.6.7 */
  return length >= 2 && length <= 128 && g_ascii_isalnum (name[0])
         && strspn (name, G_CSET_a_2_z G_CSET_DIGITS "+-.") == length;
}

static gboolean
take_file (Wanted *self, const char *kind, const char *path, GError **error)
{
  if (!g_path_is_absolute (path)) {
    g_propagate_error (error, dmc_error_new_param ("path", NULL, "must be absolute"));
    return FALSE;
  }
  self->file = open_file (path, error);
  if (self->file < 0)
    return FALSE;
  self->kind = kind != NULL ? kind : kind_of_file (self->file);
  self->word = g_path_get_basename (path);
  self->key = key_of_file (path);
  return !g_str_equal (self->kind, "appimage") || find_payload (self, error);
}

static gboolean
is_url (const char *text)
{
  return g_str_has_prefix (text, "http://") || g_str_has_prefix (text, "https://");
}

static void
take_url (Wanted *self, const char *url)
{
  self->kind = "bundle";
  self->word = g_strdup (url);
  self->key = key_of_file (url);
  self->url = g_strdup (url);
}

static gboolean
take_catalogued (Wanted *self, const char *app, GError **error)
{
  if (!app_record_key_is_valid (app)) {
    g_propagate_error (error, dmc_error_new_param ("source", NULL, "must be the id of an app of the catalogue"));
    return FALSE;
  }
  self->kind = "bundle";
  self->word = g_strdup (app);
  self->key = g_strdup (app);
  return TRUE;
}

/* "source" is a kind with "package" or "path", or for short the package's name, or the file's path or address itself. */
static gboolean
take_wanted (Wanted *self, JsonObject *params, GError **error)
{
  static const char *const kinds[] = { "deb", "appimage", "tarball", "bundle", NULL };
  const char *source = dmc_json_get_string (params, "source", "");
  const char *package = dmc_json_get_string (params, "package", NULL);
  const char *path = dmc_json_get_string (params, "path", NULL);
  const char *kind = NULL;

  self->file = -1;
  if (json_object_has_member (params, "catalogue"))
    return take_catalogued (self, source, error);
  if (is_url (source)) {
    take_url (self, source);
    return TRUE;
  }
  for (gsize i = 0; kinds[i] != NULL; i++)
    if (g_str_equal (kinds[i], source))
      kind = kinds[i];
  if (kind == NULL && package == NULL && path == NULL) {
    path = source[0] == '/' ? source : NULL;
    package = path == NULL ? source : NULL;
  }
  if ((package == NULL) == (path == NULL)) {
    g_propagate_error (error, dmc_error_new_param (package == NULL ? "path" : "package", NULL,
                                                   "give exactly one of package and path"));
    return FALSE;
  }
  if (path != NULL)
    return take_file (self, kind, path, error);
  if ((kind != NULL && !g_str_equal (kind, "deb")) || !is_package_name (package)) {
    g_propagate_error (error, dmc_error_new_param (kind != NULL ? "package" : "source", NULL,
                                                   "must be the name of a Debian package, as “gedit”"));
    return FALSE;
  }
  self->kind = "deb";
  self->word = g_strdup (package);
  self->key = g_strdup (package);
  return TRUE;
}

/* --- whether it can be done -------------------------------------------------------------------------------- */

static gboolean
needs (GError **error, const char *what, const char *hint, const char *message)
{
  g_propagate_error (error, dmc_error_new (DMC_ERROR_UNSUPPORTED, hint, "%s", message));
  dmc_error_set_data (*error, "needs", json_node_init_string (json_node_alloc (), what));
  return FALSE;
}

static gboolean
has_program (AgentWorkspace *workspace, const char *name)
{
  RootDir root = { .fd = dmc_view_get_root_fd (agent_workspace_get_view (workspace)), .home_fd = -1 };
  g_autofree char *path = root_dir_find_program (&root, name, APP_SEARCH_PATH);

  return path != NULL;
}

static gboolean
can_install (AgentWorkspace *workspace, const char *kind, GError **error)
{
  gboolean is_deb = g_str_equal (kind, "deb");

  if (is_deb && dmc_view_is_reduced (agent_workspace_get_view (workspace)))
    return needs (error, "helper", "Start domicile-helper, or have the administrator do it. AppImages need no helper.",
                  "Debian packages need a workspace with all user ids, which only the helper service makes.");
  if (g_str_equal (kind, "bundle") && dmc_view_is_reduced (agent_workspace_get_view (workspace)))
    return needs (error, "helper", "Start domicile-helper, or have the administrator do it.",
                  "Bundles are mounted by the helper service.");
  if (is_deb && !has_program (workspace, "apt-get"))
    return needs (error, "apt", "Make an isolated workspace, which has a Debian system of its own.",
                  "This workspace sees a host without APT.");
  if (g_str_equal (kind, "appimage") && !has_program (workspace, "unsquashfs"))
    return needs (error, "unsquashfs", "Install the package squashfs-tools in the workspace or on the host.",
                  "AppImages are unpacked with unsquashfs, which the workspace does not see.");
  return TRUE;
}

static gboolean
may (AgentService *self, const char *key, const char *permission, GError **error)
{
  g_autofree char *label = dmc_policy_service_app_label (self->policy, key);

  return dmc_policy_service_check (self->policy, DMC_POLICY_SUBJECT_USER, label, "app", permission, error);
}

/* --- its label --------------------------------------------------------------------------------------------- */

static void
note_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Install *self = task_data;
  GError *error = NULL;

  if (app_labels_store (dmc_vault_get_root_fd (agent_workspace_get_vault (self->workspace)), self->key, self->label, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* Notes in the vault and for what is started from now on which label the app of @self has. */
static void
note_label (Install *self, GAsyncReadyCallback callback)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, self);
  AgentMediator *mediator = agent_workspace_get_mediator (self->workspace);

  g_task_set_source_tag (task, note_label);
  g_task_set_task_data (task, self, NULL);
  if (mediator == NULL) {
    g_task_return_boolean (task, TRUE); /* it was closed meanwhile */
    return;
  }
  agent_mediator_set_own_label (mediator, self->key, self->label);
  g_task_run_in_thread (task, note_in_thread);
}

/* --- the work ---------------------------------------------------------------------------------------------- */

static DesktopEntry *
find_installed (GPtrArray *catalog, AgentWorkspace *workspace, const char *key)
{
  RootDir root = { .fd = dmc_view_get_root_fd (agent_workspace_get_view (workspace)), .home_fd = -1 };
  g_autoptr (GPtrArray) records = app_records_read (&root);
  AppRecord *record = app_records_find (records, key);

  for (guint i = 0; record != NULL && i < catalog->len; i++) {
    DesktopEntry *entry = g_ptr_array_index (catalog, i);
    if (g_str_equal (entry->id, key) || app_records_owner (records, entry->path) == record)
      return entry;
  }
  return NULL;
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Install) self = data;
  GError *error = NULL;
  g_autoptr (GPtrArray) catalog = workspace_apps_finish (self->workspace, result, &error);
  g_autoptr (GArray) infos =
      catalog != NULL ? process_table_read (agent_workspace_get_processes (self->workspace), &error) : NULL;
  DesktopEntry *entry = infos != NULL ? find_installed (catalog, self->workspace, self->key) : NULL;

  if (error != NULL)
    dmc_job_fail (self->job, error);
  else
    dmc_job_done (self->job, entry != NULL ? app_to_json (self->service, self->workspace, entry, infos)
                                           : dmc_json_node ("id:s", self->key, NULL));
}

static void
on_label_noted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Install) self = data;
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    dmc_job_fail (self->job, self->error != NULL ? g_steal_pointer (&self->error) : error);
    return;
  }
  if (self->error != NULL) {
    dmc_job_fail (self->job, g_steal_pointer (&self->error));
    return;
  }
  if (self->removing) {
    dmc_job_done (self->job, dmc_json_node ("id:s", self->key, NULL));
    return;
  }
  AgentWorkspace *workspace = self->workspace;
  AgentService *service = self->service;
  workspace_apps_async (service, workspace, NULL, on_listed, g_steal_pointer (&self));
}

static void
all_is_as_before (Install *self)
{
  g_free (self->label);
  self->label = g_steal_pointer (&self->before);
  note_label (self, on_label_noted);
}

static void
on_worked (GObject *source, GAsyncResult *result, gpointer data)
{
  Install *self = data;
  GError *error = NULL;
  char *key = package_work_finish (result, NULL, &error);

  if (key == NULL) {
    self->error = error;
    all_is_as_before (self);
    return;
  }
  g_free (self->key); /* what a file is called is not always what is in it */
  self->key = key;
  agent_events_reset_apps (self->service);
  agent_workspace_changed (self->workspace);
  note_label (self, on_label_noted);
}

static void
work (Install *self)
{
  int layer = layer_open (dmc_vault_get_root_fd (agent_workspace_get_vault (self->workspace)));

  package_work_async (agent_workspace_get_view (self->workspace), (const char *const *) self->arguments, self->input, layer, self->job,
                      dmc_job_get_cancellable (self->job), on_worked, self);
  if (layer >= 0)
    close (layer);
}

static Install *
install_new (AgentService *service, AgentWorkspace *workspace, DmcRequest *request, const char *kind)
{
  Install *self = g_new0 (Install, 1);

  self->service = service;
  self->workspace = g_object_ref (workspace);
  self->removing = g_str_equal (kind, "app.remove");
  self->input = -1;
  self->job = dmc_job_new (service->server, kind);
  dmc_request_reply (request, dmc_job_to_reply (self->job));
  return self;
}

static void
on_label_first (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Install) self = data;
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error) || !agent_workspace_require_open (self->workspace, &error)) {
    dmc_job_fail (self->job, error);
    return;
  }
  work (g_steal_pointer (&self));
}

static void
start (AgentService *service, AgentWorkspace *workspace, DmcRequest *request, const char *const *arguments, const Wanted *wanted,
       const char *label)
{
  Install *self = install_new (service, workspace, request, "app.install");

  self->arguments = g_strdupv ((char **) arguments);
  self->input = wanted->file >= 0 ? fcntl (wanted->file, F_DUPFD_CLOEXEC, 3) : -1;
  self->key = g_strdup (wanted->key);
  self->label = g_strdup (label);
  self->before = g_strdup (agent_mediator_get_own_label (agent_workspace_get_mediator (workspace), wanted->key));
  note_label (self, on_label_first); /* before it is there */
}

static void
install_bundle (AgentService *self, AgentWorkspace *workspace, DmcRequest *request, const Wanted *wanted, JsonObject *params)
{
  const BundleOrder order = {
    .url = wanted->url,
    .catalogue = dmc_json_get_string (params, "catalogue", NULL),
    .app = dmc_json_get_string (params, "catalogue", NULL) != NULL ? wanted->key : NULL,
    .stream = dmc_json_get_boolean (params, "stream", FALSE),
    .trust = dmc_json_get_string (params, "trust", NULL),
    .policy = dmc_policy_service_get_document (self->policy),
    .label = dmc_json_get_string (params, "label", NULL),
  };

  if (wanted->file < 0)
    install_bundle_url (self, workspace, request, &order);
  else
    install_bundle_file (self, workspace, request, wanted->file, &order);
}

static void
app_install (DmcRequest *request, JsonObject *params, gpointer data)
{
  AgentService *self = data;
  g_auto (Wanted) wanted = { .file = -1 };
  GError *error = NULL;
  AgentWorkspace *workspace = take_wanted (&wanted, params, &error) ? agent_service_open_workspace (self, params, &error) : NULL;
  g_autofree char *offset = g_strdup_printf ("%" G_GINT64_FORMAT, wanted.offset);
  g_autofree char *file = g_strconcat ("./", wanted.word, NULL);
  const char *label = NULL;

  if (workspace == NULL
      || !app_labels_choose (dmc_policy_service_get_document (self->policy), dmc_json_get_string (params, "label", NULL), NULL, &label, &error)
      || !can_install (workspace, wanted.kind, &error) || !may (self, wanted.key, "install", &error)
      || !package_work_claim (workspace, &error)) {
    dmc_request_fail (request, error);
    return;
  }
  if (g_str_equal (wanted.kind, "bundle")) {
    install_bundle (self, workspace, request, &wanted, params);
    return;
  }
  const char *const deb[] = { "deb", wanted.file >= 0 ? file : wanted.word, NULL };
  const char *const other[] = { "unpack", wanted.key, wanted.kind, offset, NULL };
  start (self, workspace, request, g_str_equal (wanted.kind, "deb") ? deb : other, &wanted, label);
}

static gboolean
app_runs (AgentWorkspace *workspace, const AppRecord *record, GError **error)
{
  g_autoptr (GArray) infos = process_table_read (agent_workspace_get_processes (workspace), NULL);
  gboolean runs = FALSE;

  for (gsize i = 0; infos != NULL && record->desktop_files[i] != NULL; i++) {
    g_autofree char *id = g_path_get_basename (record->desktop_files[i]);
    g_autoptr (GArray) pids = process_table_running (infos, id);
    runs = runs || pids->len > 0;
  }
  if (!runs)
    return FALSE;
  g_propagate_error (error, dmc_error_new (DMC_ERROR_STATE, "Save what it has open, and end it first.", "“%s” runs.",
                                           record->name));
  dmc_error_set_data (*error, "state", json_node_init_string (json_node_alloc (), "running"));
  return TRUE;
}

/* Only what was installed in the workspace can be removed from it. */
static AppRecord *
take_record (GPtrArray *records, const char *id, GError **error)
{
  AppRecord *record = app_records_find (records, id);

  if (record == NULL)
    g_propagate_error (error, dmc_error_new (DMC_ERROR_NOT_FOUND,
                                             "Apps with the source “host” are the host's, and stay.",
                                             "No app “%s” has been installed in this workspace.", id));
  return record;
}

static void
app_remove (DmcRequest *request, JsonObject *params, gpointer data)
{
  AgentService *self = data;
  GError *error = NULL;
  AgentWorkspace *workspace = agent_service_open_workspace (self, params, &error);
  RootDir root = { .fd = workspace != NULL ? dmc_view_get_root_fd (agent_workspace_get_view (workspace)) : -1, .home_fd = -1 };
  g_autoptr (GPtrArray) records = workspace != NULL ? app_records_read (&root) : NULL;
  AppRecord *record = records != NULL ? take_record (records, dmc_json_get_string (params, "app", ""), &error) : NULL;

  if (record == NULL || app_runs (workspace, record, &error) || !may (self, record->key, "remove", &error)
      || !package_work_claim (workspace, &error)) {
    dmc_request_fail (request, error);
    return;
  }
  if (g_str_equal (record->kind, "bundle")) {
    install_bundle_remove (self, workspace, request, record->key);
    return;
  }
  const char *const arguments[] = { "remove", record->key, NULL };
  Install *removal = install_new (self, workspace, request, "app.remove");

  removal->arguments = g_strdupv ((char **) arguments);
  removal->key = g_strdup (record->key);
  removal->before = g_strdup (agent_mediator_get_own_label (agent_workspace_get_mediator (workspace), record->key));
  work (removal);
}

static void
app_pin (DmcRequest *request, JsonObject *params, gpointer data)
{
  AgentService *self = data;
  GError *error = NULL;
  AgentWorkspace *workspace = agent_service_open_workspace (self, params, &error);
  RootDir root = { .fd = workspace != NULL ? dmc_view_get_root_fd (agent_workspace_get_view (workspace)) : -1, .home_fd = -1 };
  g_autoptr (GPtrArray) records = workspace != NULL ? app_records_read (&root) : NULL;
  AppRecord *record = records != NULL ? take_record (records, dmc_json_get_string (params, "app", ""), &error) : NULL;

  if (record == NULL || !may (self, record->key, "install", &error) || !package_work_claim (workspace, &error))
    dmc_request_fail (request, error);
  else
    install_bundle_pin (self, workspace, request, record->key);
}

void
methods_install_add (AgentService *self)
{
  static const AgentMethod methods[] = {
    { "app.install", app_install },
    { "app.remove", app_remove },
    { "app.pin", app_pin },
  };

  agent_service_add_methods (self, methods, G_N_ELEMENTS (methods));
}
