/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib/gstdio.h>
#include <libpeas/peas.h>

#include "plugin/page-plugin.h"
#include "rpc/json.h"
#include "rpc/server.h"

/* --- a host with nothing around it ------------------------------------------------------------ */

#define TEST_TYPE_HOST (test_host_get_type ())
G_DECLARE_FINAL_TYPE (TestHost, test_host, TEST, HOST, GObject)

struct _TestHost {
  GObject      parent_instance;
  GtkWidget   *window;
  GtkWidget   *page;
  DmcEndpoint *control;
  DmcEndpoint *agent;
};

static void test_host_iface_init (DmcHostInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TestHost, test_host, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (DMC_TYPE_HOST, test_host_iface_init))

static void
add_page (DmcHost *host,
          GtkWidget *widget,
          const char *id,
          const char *title,
          const char *icon_name,
          int position)
{
  TestHost *self = TEST_HOST (host);

  g_assert_cmpstr (id, ==, "server_info");
  self->page = widget;
  gtk_container_add (GTK_CONTAINER (self->window), widget);
}

static void
remove_page (DmcHost *host, GtkWidget *widget)
{
  TestHost *self = TEST_HOST (host);

  g_assert_true (widget == self->page);
  gtk_container_remove (GTK_CONTAINER (self->window), widget);
  self->page = NULL;
}

static DmcEndpoint *
get_endpoint (DmcHost *host, const char *name)
{
  TestHost *self = TEST_HOST (host);

  return g_str_equal (name, "control") ? self->control
         : g_str_equal (name, "agent") ? self->agent
                                       : NULL;
}

static void
test_host_iface_init (DmcHostInterface *iface)
{
  iface->add_page = add_page;
  iface->remove_page = remove_page;
  iface->get_endpoint = get_endpoint;
}

static void
test_host_class_init (TestHostClass *klass)
{
}

static void
test_host_init (TestHost *self)
{
}

/* --- endpoints -------------------------------------------------------------------------------- */

static void
info (DmcRequest *request, JsonObject *params, gpointer server)
{
  JsonObject *object = dmc_server_info_base (server, request);

  json_object_set_array_member (object, "capabilities", json_array_new ());
  dmc_request_reply (request, dmc_json_take_object (object));
}

static DmcServer *
serve (const char *folder, const char *name)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.sock", folder, name);
  g_autoptr (GError) error = NULL;
  DmcServer *server = dmc_server_new (name, NULL, &error);

  g_assert_no_error (error);
  dmc_server_add_method (server, "server.info", info, server, NULL);
  g_assert_true (dmc_server_listen (server, path, &error));
  return server;
}

static DmcEndpoint *
reach (const char *folder, const char *name)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.sock", folder, name);
  DmcEndpoint *endpoint = dmc_endpoint_new (name, path);

  dmc_endpoint_start (endpoint);
  return endpoint;
}

/* --- the test --------------------------------------------------------------------------------- */

static void
collect_text (GtkWidget *widget, gpointer text)
{
  if (GTK_IS_LABEL (widget))
    g_string_append_printf (text, "%s\n", gtk_label_get_text (GTK_LABEL (widget)));
  else if (GTK_IS_CONTAINER (widget))
    gtk_container_forall (GTK_CONTAINER (widget), collect_text, text);
}

static gboolean
shows (GtkWidget *page, const char *what)
{
  g_autoptr (GString) text = g_string_new (NULL);

  collect_text (page, text);
  return strstr (text->str, what) != NULL;
}

static gboolean
too_late (gpointer what)
{
  g_error ("Waited in vain for %s", (const char *) what);
  return G_SOURCE_REMOVE;
}

static void
wait_for (GtkWidget *page, const char *what)
{
  guint deadline = g_timeout_add_seconds (20, too_late, (gpointer) what);

  while (!shows (page, what))
    gtk_main_iteration ();
  g_source_remove (deadline);
}

static void
activate (PeasExtensionSet *set, PeasPluginInfo *plugin, PeasExtension *extension, gpointer host)
{
  dmc_page_plugin_activate (DMC_PAGE_PLUGIN (extension), host);
}

static void
deactivate (PeasExtensionSet *set, PeasPluginInfo *plugin, PeasExtension *extension, gpointer host)
{
  dmc_page_plugin_deactivate (DMC_PAGE_PLUGIN (extension));
}

static void
test_page (void)
{
  g_autofree char *folder = g_dir_make_tmp ("dmc-test-XXXXXX", NULL);
  DmcServer *control = serve (folder, "control");
  DmcServer *agent = serve (folder, "agent");
  TestHost *host = g_object_new (TEST_TYPE_HOST, NULL);
  PeasEngine *engine = peas_engine_get_default ();
  PeasExtensionSet *extensions;
  PeasPluginInfo *plugin;

  host->control = reach (folder, "control");
  host->agent = reach (folder, "agent");
  host->window = gtk_window_new (GTK_WINDOW_TOPLEVEL);
  gtk_widget_show (host->window);

  peas_engine_enable_loader (engine, "python3");
  peas_engine_add_search_path (engine, g_getenv ("PLUGIN_FOLDER"), NULL);
  extensions = peas_extension_set_new (engine, DMC_TYPE_PAGE_PLUGIN, NULL);
  g_signal_connect (extensions, "extension-added", G_CALLBACK (activate), host);
  g_signal_connect (extensions, "extension-removed", G_CALLBACK (deactivate), host);
  plugin = peas_engine_get_plugin_info (engine, "server_info");
  g_assert_nonnull (plugin);
  g_assert_true (peas_engine_load_plugin (engine, plugin));
  g_assert_nonnull (host->page);

  wait_for (host->page, "\"endpoint\" : \"control\"");
  wait_for (host->page, "\"endpoint\" : \"agent\"");
  dmc_server_close (agent);
  wait_for (host->page, "Not connected: ");
  g_assert_true (shows (host->page, "\"endpoint\" : \"control\""));

  g_assert_true (peas_engine_unload_plugin (engine, plugin));
  g_assert_null (host->page);

  g_object_unref (extensions);
  gtk_widget_destroy (host->window);
  dmc_endpoint_stop (host->control);
  dmc_endpoint_stop (host->agent);
  dmc_server_close (control);
  g_object_unref (host->control);
  g_object_unref (host->agent);
  g_object_unref (host);
  g_object_unref (control);
  g_object_unref (agent);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  g_test_add_func ("/python-plugin/page", test_page);
  return g_test_run ();
}
