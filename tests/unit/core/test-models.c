/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <math.h>

#include "fixture.h"
#include "model/app.h"
#include "model/domain.h"
#include "model/job-item.h"
#include "model/volume.h"
#include "model/workspace.h"
#include "rpc/job.h"

/* An endpoint that knows some domains, workspaces and apps, which the tests change under the
 * models. */
typedef struct {
  char        *folder;
  char        *path;
  DmcServer   *server;
  DmcEndpoint *endpoint;
  JsonArray   *domains;
  JsonArray   *workspaces;
  guint        lists; /* how often domain.list was asked */
  GString     *changes;
  gboolean     gone; /* what stands behind the server does not answer */
} Stage;

static const char document[] =
    "{\"openrpc\":\"1.2.6\",\"methods\":["
    "{\"name\":\"domain.list\",\"params\":[],\"result\":{\"name\":\"r\",\"schema\":{}}},"
    "{\"name\":\"workspace.list\",\"params\":[],\"result\":{\"name\":\"r\",\"schema\":{}}},"
    "{\"name\":\"app.list\",\"params\":[{\"name\":\"workspace\",\"required\":true,\"schema\":{\"type\":\"string\"}}],"
    " \"result\":{\"name\":\"r\",\"schema\":{}}},"
    "{\"name\":\"workspace.open\",\"params\":["
    "  {\"name\":\"passphrase\",\"required\":true,\"schema\":{\"type\":\"string\",\"writeOnly\":true}}],"
    " \"result\":{\"name\":\"r\",\"schema\":{}}}]}";

static JsonObject *
make_domain (gint64 id, const char *name, const char *state, gint64 cpu_ns)
{
  g_autofree char *uuid = g_strdup_printf ("uuid-of-%s", name);

  return dmc_json_object ("id:i", id, "uuid:s", uuid, "name:s", name, "role:s",
                          id == 0 ? "control" : "guest", "state:s", state, "cpu_time_ns:i", cpu_ns,
                          "memory_kib:i", (gint64) 4096, "weight:i", (gint64) 256, "label:o",
                          dmc_json_object ("type:s", "guest_t", NULL), NULL);
}

static gboolean
fail_if_gone (Stage *stage, DmcRequest *request)
{
  if (stage->gone)
    dmc_request_fail (request, dmc_error_new (DMC_ERROR_IO, NULL, "It is gone."));
  return stage->gone;
}

static void
list_domains (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  Stage *stage = user_data;

  if (fail_if_gone (stage, request))
    return;
  stage->lists++;
  dmc_request_reply (request, dmc_json_node ("domains:a", json_array_ref (stage->domains), NULL));
}

static void
list_workspaces (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  Stage *stage = user_data;

  dmc_request_reply (request,
                     dmc_json_node ("workspaces:a", json_array_ref (stage->workspaces), NULL));
}

static void
list_apps (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  JsonArray *apps = json_array_new ();
  JsonArray *running = json_array_new ();

  json_array_add_int_element (running, 12);
  json_array_add_object_element (apps, dmc_json_object ("id:s", "edit.desktop", "name:s",
                                                        "Text Editor", "summary:s", "Change text",
                                                        "running:a", running, NULL));
  json_array_add_object_element (
      apps, dmc_json_object ("id:s", "calc.desktop", "name:s", "Calculator", NULL));
  dmc_request_reply (request, dmc_json_node ("apps:a", apps, NULL));
}

static gboolean
finish_opening (gpointer data)
{
  g_autoptr (DmcJob) job = data;

  if (g_cancellable_is_cancelled (dmc_job_get_cancellable (job)))
    dmc_job_fail (job, dmc_error_new (DMC_ERROR_CANCELLED, NULL, "The workspace was not opened"));
  else
    dmc_job_done (job, dmc_json_node ("id:s", "w1", NULL));
  return G_SOURCE_REMOVE;
}

static void
open_workspace (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  Stage *stage = user_data;
  g_autoptr (DmcJob) job = NULL;

  if (g_strcmp0 (dmc_json_get_string (params, "passphrase", NULL), "se\"cret\nä") != 0) {
    dmc_request_fail (request, dmc_error_new (DMC_ERROR_AUTH, NULL, "User or passphrase is wrong"));
    return;
  }
  job = dmc_job_new (stage->server, "workspace.open");
  dmc_job_set_progress (job, 0.25, "Unlocking");
  dmc_request_reply (request, dmc_job_to_reply (job));
  g_timeout_add (200, finish_opening, g_steal_pointer (&job));
}

static void
info (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  JsonArray *words;
  JsonObject *object;

  if (fail_if_gone (user_data, request))
    return;
  object = dmc_server_info_base (((Stage *) user_data)->server, request);
  words = json_array_new ();
  json_array_add_string_element (words, "vault-luks");
  json_object_set_array_member (object, "capabilities", words);
  dmc_request_reply (request, dmc_json_take_object (object));
}

static void
start_server (Stage *stage)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (document, sizeof document - 1);
  g_autoptr (GError) error = NULL;

  stage->server = dmc_server_new ("control", bytes, &error);
  g_assert_no_error (error);
  dmc_server_add_method (stage->server, "server.info", info, stage, NULL);
  dmc_server_add_method (stage->server, "domain.list", list_domains, stage, NULL);
  dmc_server_add_method (stage->server, "workspace.list", list_workspaces, stage, NULL);
  dmc_server_add_method (stage->server, "app.list", list_apps, stage, NULL);
  dmc_server_add_method (stage->server, "workspace.open", open_workspace, stage, NULL);
  dmc_server_add_topic (stage->server, "domain", FALSE, NULL, NULL, NULL);
  dmc_server_add_topic (stage->server, "stats", TRUE, NULL, NULL, NULL);
  dmc_server_add_topic (stage->server, "workspace", FALSE, NULL, NULL, NULL);
  dmc_server_add_topic (stage->server, "app", FALSE, NULL, NULL, NULL);
  g_assert_true (dmc_server_listen (stage->server, stage->path, &error));
}

static void
stop_server (Stage *stage)
{
  dmc_server_close (stage->server);
  g_clear_object (&stage->server);
}

static void
set_up (Stage *stage, gconstpointer data)
{
  stage->folder = g_dir_make_tmp ("dmc-test-XXXXXX", NULL);
  stage->path = g_build_filename (stage->folder, "control.sock", NULL);
  stage->changes = g_string_new (NULL);
  stage->domains = json_array_new ();
  json_array_add_object_element (stage->domains, make_domain (2, "mail", "running", 0));
  json_array_add_object_element (stage->domains, make_domain (0, "zero", "running", 0));
  json_array_add_object_element (stage->domains, make_domain (1, "bank", "blocked", 0));
  stage->workspaces = json_array_new ();
  json_array_add_object_element (stage->workspaces, dmc_json_object ("id:s", "w1", "name:s", "Home",
                                                                     "state:s", "closed", NULL));
  start_server (stage);
  stage->endpoint = dmc_endpoint_new ("control", stage->path);
}

static void
tear_down (Stage *stage, gconstpointer data)
{
  dmc_endpoint_stop (stage->endpoint);
  /* Calls that were under way come back first. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (stage->endpoint);
  if (stage->server != NULL)
    stop_server (stage);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  json_array_unref (stage->domains);
  json_array_unref (stage->workspaces);
  g_string_free (stage->changes, TRUE);
  g_assert_cmpint (g_rmdir (stage->folder), ==, 0);
  g_free (stage->folder);
  g_free (stage->path);
}

static void
connect_endpoint (Stage *stage)
{
  dmc_endpoint_start (stage->endpoint);
  WAIT_FOR (dmc_endpoint_is_connected (stage->endpoint));
}

static char *
names_of (DmcDomainList *list)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (list)); i++) {
    g_autoptr (DmcDomain) domain = g_list_model_get_item (G_LIST_MODEL (list), i);

    g_string_append_printf (names, "%s%s", i > 0 ? " " : "", dmc_domain_get_name (domain));
  }
  return g_string_free (names, FALSE);
}

#define ASSERT_NAMES(list, expected)                                                               \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *names_ = names_of (list);                                                     \
    g_assert_cmpstr (names_, ==, expected);                                                        \
  }                                                                                                \
  G_STMT_END

static void
note_change (GListModel *list, guint position, guint removed, guint added, Stage *stage)
{
  g_string_append_printf (stage->changes, "%u-%u+%u ", position, removed, added);
}

/* --- tests ------------------------------------------------------------------------------------ */

static void
test_endpoint (Stage *stage, gconstpointer data)
{
  connect_endpoint (stage);
  g_assert_null (dmc_endpoint_get_error_message (stage->endpoint));
  g_assert_true (dmc_endpoint_has_capability (stage->endpoint, "vault-luks"));
  g_assert_false (dmc_endpoint_has_capability (stage->endpoint, "vault"));
  stop_server (stage);
  WAIT_FOR (!dmc_endpoint_is_connected (stage->endpoint));
  g_assert_nonnull (dmc_endpoint_get_error_message (stage->endpoint));
  g_assert_false (dmc_endpoint_has_capability (stage->endpoint, "vault-luks"));
  start_server (stage);
  WAIT_FOR (dmc_endpoint_is_connected (stage->endpoint));
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static void
test_call_while_away (Stage *stage, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  dmc_endpoint_call_async (stage->endpoint, "domain.list", NULL, NULL, keep_result, &result);
  WAIT_FOR (result != NULL);
  g_assert_null (dmc_endpoint_call_finish (stage->endpoint, result, &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_IO);
}

/* A watch that ends while its subscription is on its way leaves nothing behind at the endpoint. */
static void
demand_changed (const char *topic, guint interval_ms, gpointer data)
{
  *(guint *) data = interval_ms;
}

static void
ignore_event (const char *topic, gint64 time_us, JsonNode *data, gpointer user_data)
{
}

static void
test_short_watch (Stage *stage, gconstpointer data)
{
  static const char *const topics[] = { "pulse", NULL };
  guint demand = 0;
  guint watch;

  dmc_server_add_topic (stage->server, "pulse", TRUE, demand_changed, &demand, NULL);
  connect_endpoint (stage);
  watch = dmc_endpoint_watch (stage->endpoint, topics, 100, ignore_event, NULL, NULL);
  dmc_endpoint_unwatch (stage->endpoint, watch);
  WAIT_FOR (demand == 100);
  WAIT_FOR (demand == 0);
}

/* Something that takes connections and says nothing is given up, with a reason. */
static void
test_mute_socket (Stage *stage, gconstpointer data)
{
  g_autofree char *path = g_build_filename (stage->folder, "mute.sock", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocket) mute = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);
  g_autoptr (DmcEndpoint) endpoint = dmc_endpoint_new ("agent", path);

  g_assert_true (g_socket_bind (mute, address, FALSE, NULL));
  g_assert_true (g_socket_listen (mute, NULL));
  dmc_endpoint_start (endpoint);
  WAIT_FOR (dmc_endpoint_get_error_message (endpoint) != NULL);
  g_assert_nonnull (strstr (dmc_endpoint_get_error_message (endpoint), "no answer"));
  g_assert_false (dmc_endpoint_is_connected (endpoint));
  dmc_endpoint_stop (endpoint);
  g_unlink (path);
}

static void
test_domains (Stage *stage, gconstpointer data)
{
  g_autoptr (DmcDomainList) list = dmc_domain_list_new (stage->endpoint, 100);
  DmcDomain *mail;

  g_signal_connect (list, "items-changed", G_CALLBACK (note_change), stage);
  connect_endpoint (stage);
  WAIT_FOR (dmc_item_list_get_synced (DMC_ITEM_LIST (list)));
  ASSERT_NAMES (list, "zero bank mail");
  g_assert_cmpstr (stage->changes->str, ==, "0-0+3 "); /* at once, for who shows them */
  mail = dmc_domain_list_find (list, 2);
  g_assert_cmpstr (dmc_domain_get_state (mail), ==, "running");
  g_assert_true (dmc_item_get_live (DMC_ITEM (mail)));

  g_string_truncate (stage->changes, 0);
  dmc_server_emit (stage->server, "domain",
                   dmc_json_node ("change:s", "changed", "id:i", (gint64) 2, "domain:o",
                                  make_domain (2, "mail", "paused", 5), NULL));
  WAIT_FOR (g_strcmp0 (dmc_domain_get_state (mail), "paused") == 0);
  g_assert_true (mail == dmc_domain_list_find (list, 2));
  g_assert_cmpstr (stage->changes->str, ==, "");

  /* A new name moves it. */
  dmc_server_emit (stage->server, "domain",
                   dmc_json_node ("change:s", "created", "id:i", (gint64) 3, "domain:o",
                                  make_domain (3, "apple", "paused", 0), NULL));
  WAIT_FOR (dmc_domain_list_find (list, 3) != NULL);
  ASSERT_NAMES (list, "zero apple bank mail");
  dmc_server_emit (stage->server, "domain",
                   dmc_json_node ("change:s", "gone", "id:i", (gint64) 1, NULL));
  WAIT_FOR (dmc_domain_list_find (list, 1) == NULL);
  ASSERT_NAMES (list, "zero apple mail");
  g_assert_cmpuint (stage->lists, ==, 1);
}

static void
emit_stats (Stage *stage, gint64 uptime_us, gint64 cpu_ns)
{
  JsonArray *domains = json_array_new ();

  json_array_add_object_element (domains, make_domain (2, "mail", "running", cpu_ns));
  json_array_add_object_element (domains, make_domain (77, "unknown", "running", cpu_ns));
  dmc_server_emit (stage->server, "stats",
                   dmc_json_node ("uptime_us:i", uptime_us, "domains:a", domains, NULL));
}

static void
test_samples (Stage *stage, gconstpointer data)
{
  g_autoptr (DmcDomainList) list = dmc_domain_list_new (stage->endpoint, 100);
  DmcDomain *mail;
  guint n = 0;
  const double *history;

  connect_endpoint (stage);
  WAIT_FOR (dmc_item_list_get_synced (DMC_ITEM_LIST (list)));
  mail = dmc_domain_list_find (list, 2);
  emit_stats (stage, 1000000, 100);
  WAIT_FOR (dmc_item_get_int (DMC_ITEM (mail), "cpu_time_ns") == 100);
  dmc_domain_get_cpu_history (mail, &n);
  g_assert_cmpuint (n, ==, 0);
  /* Half a second of CPU time in one second. */
  emit_stats (stage, 2000000, 500000100);
  WAIT_FOR (dmc_domain_get_cpu_percent (mail) > 0);
  g_assert_cmpfloat_with_epsilon (dmc_domain_get_cpu_percent (mail), 50.0, 0.001);
  history = dmc_domain_get_cpu_history (mail, &n);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpfloat_with_epsilon (history[0], 50.0, 0.001);
  history = dmc_domain_get_memory_history (mail, &n);
  g_assert_cmpfloat (history[0], ==, 4096);
  /* The clock went back: a new start, no nonsense. */
  emit_stats (stage, 100, 5);
  WAIT_FOR (dmc_item_get_int (DMC_ITEM (mail), "cpu_time_ns") == 5);
  dmc_domain_get_cpu_history (mail, &n);
  g_assert_cmpuint (n, ==, 1);
  /* A sample does not bring a domain that is not listed. */
  g_assert_null (dmc_domain_list_find (list, 77));
}

static void
test_reconnect (Stage *stage, gconstpointer data)
{
  g_autoptr (DmcDomainList) list = dmc_domain_list_new (stage->endpoint, 100);
  DmcDomain *mail, *bank;

  connect_endpoint (stage);
  WAIT_FOR (dmc_item_list_get_synced (DMC_ITEM_LIST (list)));
  mail = dmc_domain_list_find (list, 2);
  bank = g_object_ref (dmc_domain_list_find (list, 1));
  stop_server (stage);
  WAIT_FOR (!dmc_item_list_get_synced (DMC_ITEM_LIST (list)));
  g_assert_false (dmc_item_get_live (DMC_ITEM (mail)));
  ASSERT_NAMES (list, "zero bank mail");

  json_array_remove_element (stage->domains, 2);
  json_array_add_object_element (stage->domains, make_domain (1, "stranger", "running", 0));
  json_array_add_object_element (stage->domains, make_domain (5, "new", "running", 0));
  start_server (stage);
  WAIT_FOR (dmc_item_list_get_synced (DMC_ITEM_LIST (list)));
  ASSERT_NAMES (list, "zero mail new stranger");
  /* The same domain is the same object; another one under an old id is not. */
  g_assert_true (mail == dmc_domain_list_find (list, 2));
  g_assert_true (dmc_item_get_live (DMC_ITEM (mail)));
  g_assert_true (bank != dmc_domain_list_find (list, 1));
  g_assert_false (dmc_item_get_live (DMC_ITEM (bank)));
  g_object_unref (bank);
}

static void
test_reset (Stage *stage, gconstpointer data)
{
  g_autoptr (DmcDomainList) list = dmc_domain_list_new (stage->endpoint, 100);

  connect_endpoint (stage);
  WAIT_FOR (dmc_item_list_get_synced (DMC_ITEM_LIST (list)));
  json_array_remove_element (stage->domains, 0);
  dmc_server_emit (stage->server, "domain", dmc_json_node ("change:s", "reset", NULL));
  WAIT_FOR (dmc_item_list_get_n_items (DMC_ITEM_LIST (list)) == 2);
  ASSERT_NAMES (list, "zero bank");
}

/* The socket answers all the time; what it leads to goes and comes back. */
static void
test_gone_behind_the_socket (Stage *stage, gconstpointer data)
{
  g_autoptr (DmcDomainList) list = dmc_domain_list_new (stage->endpoint, 100);

  connect_endpoint (stage);
  WAIT_FOR (dmc_item_list_get_synced (DMC_ITEM_LIST (list)));
  stage->gone = TRUE;
  dmc_server_emit (stage->server, "domain", dmc_json_node ("change:s", "reset", NULL));
  WAIT_FOR (dmc_endpoint_get_state (stage->endpoint) == DMC_ENDPOINT_DISCONNECTED);
  g_assert_cmpstr (dmc_endpoint_get_error_message (stage->endpoint), ==, "It is gone.");
  g_assert_false (dmc_item_list_get_synced (DMC_ITEM_LIST (list)));
  g_assert_false (dmc_item_get_live (DMC_ITEM (dmc_domain_list_find (list, 2))));
  stage->gone = FALSE;
  WAIT_FOR (dmc_item_list_get_synced (DMC_ITEM_LIST (list)));
}

static void
test_hostile_events (Stage *stage, gconstpointer data)
{
  static const char *const events[] = {
    "5",
    "null",
    "[]",
    "{}",
    "{\"change\":5}",
    "{\"change\":\"created\",\"domain\":5}",
    "{\"change\":\"created\",\"domain\":{}}",
    "{\"change\":\"created\",\"domain\":{\"id\":[1]}}",
    "{\"change\":\"gone\",\"id\":\"x\"}",
    "{\"change\":\"changed\",\"domain\":{\"id\":2,\"name\":7,\"label\":[]}}",
  };
  g_autoptr (DmcDomainList) list = dmc_domain_list_new (stage->endpoint, 100);
  DmcDomain *mail;

  connect_endpoint (stage);
  WAIT_FOR (dmc_item_list_get_synced (DMC_ITEM_LIST (list)));
  for (gsize i = 0; i < G_N_ELEMENTS (events); i++) {
    dmc_server_emit (stage->server, "domain", dmc_json_parse (events[i], -1, NULL));
    dmc_server_emit (stage->server, "stats", dmc_json_parse (events[i], -1, NULL));
  }
  dmc_server_emit (stage->server, "domain",
                   dmc_json_node ("change:s", "created", "id:i", (gint64) 9, "domain:o",
                                  make_domain (9, "last", "paused", 0), NULL));
  json_array_add_object_element (stage->domains, make_domain (9, "last", "paused", 0));
  WAIT_FOR (dmc_domain_list_find (list, 9) != NULL);
  mail = dmc_domain_list_find (list, 2);
  g_assert_true (dmc_domain_get_name (mail) == NULL
                 || g_str_equal (dmc_domain_get_name (mail), "mail"));
}

static void
note_notify (GObject *object, GParamSpec *pspec, GString *names)
{
  g_string_append_printf (names, "%s ", pspec->name);
}

static void
test_notify (Stage *stage, gconstpointer data)
{
  g_autoptr (DmcWorkspaceList) list = dmc_workspace_list_new (stage->endpoint);
  g_autoptr (DmcWorkspace) home = NULL;

  connect_endpoint (stage);
  WAIT_FOR (dmc_item_list_get_synced (DMC_ITEM_LIST (list)));
  g_assert_null (dmc_workspace_list_get_open (list));
  home = g_list_model_get_item (G_LIST_MODEL (list), 0);
  g_signal_connect (home, "notify", G_CALLBACK (note_notify), stage->changes);
  dmc_server_emit (
      stage->server, "workspace",
      dmc_json_node ("change:s", "changed", "workspace:o",
                     dmc_json_object ("id:s", "w1", "name:s", "Home", "state:s", "open", NULL),
                     NULL));
  WAIT_FOR (dmc_workspace_is_open (home));
  g_assert_nonnull (strstr (stage->changes->str, "is-open "));
  g_assert_nonnull (strstr (stage->changes->str, "state "));
  g_assert_null (strstr (stage->changes->str, "name"));
  g_assert_true (dmc_workspace_list_get_open (list) == home);
}

static void
test_apps (Stage *stage, gconstpointer data)
{
  g_autoptr (DmcAppList) list = dmc_app_list_new (stage->endpoint, "w1");
  g_autoptr (DmcApp) first = NULL;
  DmcApp *editor;

  connect_endpoint (stage);
  WAIT_FOR (dmc_item_list_get_synced (DMC_ITEM_LIST (list)));
  first = g_list_model_get_item (G_LIST_MODEL (list), 0);
  g_assert_cmpstr (dmc_app_get_name (first), ==, "Calculator");
  g_assert_false (dmc_app_is_running (first));
  editor = DMC_APP (dmc_item_list_find (DMC_ITEM_LIST (list), "edit.desktop"));
  g_assert_true (dmc_app_is_running (editor));
  g_assert_true (dmc_app_matches (editor, "edi te"));
  g_assert_true (dmc_app_matches (editor, "change"));
  g_assert_false (dmc_app_matches (editor, "editor music"));
  /* Another workspace's app of the same id is not ours. */
  dmc_server_emit (stage->server, "app",
                   dmc_json_node ("change:s", "changed", "workspace:s", "w2", "app:o",
                                  dmc_json_object ("id:s", "edit.desktop", "name:s", "Other", NULL),
                                  NULL));
  dmc_server_emit (stage->server, "app",
                   dmc_json_node ("change:s", "changed", "workspace:s", "w1", "app:o",
                                  dmc_json_object ("id:s", "calc.desktop", "name:s", "Sums", NULL),
                                  NULL));
  WAIT_FOR (g_strcmp0 (dmc_app_get_name (first), "Sums") == 0);
  g_assert_cmpstr (dmc_app_get_name (editor), ==, "Text Editor");
}

static DmcJobItem *
open_home (Stage *stage, const char *text, GError **error)
{
  g_autoptr (DmcPassphrase) passphrase = dmc_passphrase_new (text);
  g_autoptr (GAsyncResult) result = NULL;

  dmc_job_item_start_async (stage->endpoint, "workspace.open", NULL, "passphrase", passphrase, NULL,
                            keep_result, &result);
  WAIT_FOR (result != NULL);
  return dmc_job_item_start_finish (result, error);
}

static void
test_job (Stage *stage, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DmcJobItem) job = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (JsonNode) answer = NULL;

  connect_endpoint (stage);
  g_assert_null (open_home (stage, "wrong", &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_AUTH);
  g_clear_error (&error);

  job = open_home (stage, "se\"cret\nä", &error);
  g_assert_no_error (error);
  dmc_job_item_wait_async (job, NULL, keep_result, &result);
  WAIT_FOR (g_strcmp0 (dmc_job_item_get_text (job), "Unlocking") == 0);
  g_assert_cmpfloat (dmc_job_item_get_fraction (job), ==, 0.25);
  WAIT_FOR (result != NULL);
  answer = dmc_job_item_wait_finish (job, result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (dmc_json_get_string (json_node_get_object (answer), "id", NULL), ==, "w1");
  g_assert_false (dmc_job_item_is_running (job));
}

static void
test_job_cancel (Stage *stage, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DmcJobItem) job = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  connect_endpoint (stage);
  job = open_home (stage, "se\"cret\nä", &error);
  g_assert_no_error (error);
  dmc_job_item_cancel (job);
  dmc_job_item_wait_async (job, NULL, keep_result, &result);
  WAIT_FOR (result != NULL);
  g_assert_null (dmc_job_item_wait_finish (job, result, &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_CANCELLED);
  g_assert_cmpstr (dmc_job_item_get_state (job), ==, "cancelled");
}

static void
test_job_lost (Stage *stage, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DmcJobItem) job = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  connect_endpoint (stage);
  job = open_home (stage, "se\"cret\nä", &error);
  dmc_job_item_wait_async (job, NULL, keep_result, &result);
  stop_server (stage);
  WAIT_FOR (result != NULL);
  g_assert_null (dmc_job_item_wait_finish (job, result, &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_IO);
  /* The serving side's own end of the job runs out too. */
  g_autoptr (GTimer) timer = g_timer_new ();
  WAIT_FOR (g_timer_elapsed (timer, NULL) > 0.3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/models/" name, Stage, NULL, set_up, func, tear_down)
  ADD ("endpoint", test_endpoint);
  ADD ("call-while-away", test_call_while_away);
  ADD ("short-watch", test_short_watch);
  ADD ("mute-socket", test_mute_socket);
  ADD ("domains", test_domains);
  ADD ("samples", test_samples);
  ADD ("reconnect", test_reconnect);
  ADD ("reset", test_reset);
  ADD ("gone-behind-the-socket", test_gone_behind_the_socket);
  ADD ("hostile-events", test_hostile_events);
  ADD ("notify", test_notify);
  ADD ("apps", test_apps);
  ADD ("job", test_job);
  ADD ("job-cancel", test_job_cancel);
  ADD ("job-lost", test_job_lost);
  return g_test_run ();
}
