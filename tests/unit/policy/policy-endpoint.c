/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An endpoint that has nothing but a policy: policy-endpoint SOCKET POLICY-FILE. Its method
 * test.access asks as an endpoint does that is about to act. Runs until its standard input ends. */
#include <stdio.h>
#include <unistd.h>

#include <glib-unix.h>

#include "policy-doc/service.h"
#include "rpc/json.h"

static const char document[]
    = "{\"openrpc\":\"1.2.6\",\"info\":{\"title\":\"test\",\"version\":\"1\"},\"methods\":["
      "{\"name\":\"test.access\",\"params\":["
      "{\"name\":\"subject\",\"required\":true,\"schema\":{\"type\":\"string\"}},"
      "{\"name\":\"object\",\"required\":true,\"schema\":{\"type\":\"string\"}},"
      "{\"name\":\"class\",\"required\":true,\"schema\":{\"type\":\"string\"}},"
      "{\"name\":\"permission\",\"required\":true,\"schema\":{\"type\":\"string\"}},"
      "{\"name\":\"audit_allowed\",\"schema\":{\"type\":\"boolean\"}}],"
      "\"result\":{\"name\":\"r\",\"schema\":{\"type\":\"object\"}}},"
      "{\"name\":\"test.app_label\",\"params\":[{\"name\":\"app\",\"schema\":{\"type\":\"string\"}}"
      "],"
      "\"result\":{\"name\":\"r\",\"schema\":{\"type\":\"object\"}}}]}";

static void
server_info (DmcRequest *request, JsonObject *params, gpointer server)
{
  JsonObject *info = dmc_server_info_base (server, request);
  JsonArray *capabilities = json_array_new ();

  json_array_add_string_element (capabilities, "policy");
  json_object_set_array_member (info, "capabilities", capabilities);
  dmc_request_reply (request, dmc_json_take_object (info));
}

static void
test_access (DmcRequest *request, JsonObject *params, gpointer service)
{
  GError *error = NULL;

  dmc_policy_service_set_audit_allowed (service,
                                        dmc_json_get_boolean (params, "audit_allowed", FALSE));
  if (dmc_policy_service_check (service, dmc_json_get_string (params, "subject", ""),
                                dmc_json_get_string (params, "object", ""),
                                dmc_json_get_string (params, "class", ""),
                                dmc_json_get_string (params, "permission", ""), &error))
    dmc_request_reply (request, dmc_json_node ("went_on:b", TRUE, NULL));
  else
    dmc_request_fail (request, error);
}

static void
test_app_label (DmcRequest *request, JsonObject *params, gpointer service)
{
  g_autofree char *label
      = dmc_policy_service_app_label (service, dmc_json_get_string (params, "app", NULL));

  dmc_request_reply (request, dmc_json_node ("label:s", label, NULL));
}

/* Takes back 3 accesses whenever another policy is loaded. */
static void
revoke_three (DmcPolicyService *service, GAsyncReadyCallback callback, gpointer callback_data, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (service, NULL, callback, callback_data);

  g_task_return_int (task, 3);
}

static gboolean
on_input (int fd, GIOCondition condition, gpointer loop)
{
  char byte;

  if (read (fd, &byte, 1) > 0)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GBytes) openrpc = g_bytes_new_static (document, sizeof document - 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (DmcServer) server = dmc_server_new ("agent", openrpc, &error);
  g_autoptr (DmcPolicyService) service = NULL;

  g_assert_cmpint (argc, ==, 3);
  g_assert_no_error (error);
  service = dmc_policy_service_new (server, argv[2], &error);
  if (service == NULL) {
    fprintf (stderr, "%s\n", error->message);
    return 1;
  }
  dmc_policy_service_set_revoke_func (service, NULL, revoke_three, NULL, NULL);
  dmc_server_add_method (server, "server.info", server_info, server, NULL);
  dmc_server_add_method (server, "test.access", test_access, service, NULL);
  dmc_server_add_method (server, "test.app_label", test_app_label, service, NULL);
  if (!dmc_server_listen (server, argv[1], &error))
    g_error ("%s", error->message);
  puts ("ready");
  fflush (stdout);
  g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, on_input, loop);
  g_main_loop_run (loop);
  dmc_server_close (server);
  return 0;
}
