/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin-loader.h"

#include <glib/gi18n.h>

#include "paths.h"
#include "plugin/page-plugin.h"

/* The time that the first page gets for itself: to be drawn and to have its first answers shown. */
#define SETTLE_MS 100

struct _DmcPluginLoader {
  GObject parent_instance;

  DmcHost *host;
  PeasEngine *engine;
  PeasExtensionSet *extensions;
  GHashTable *disabled; /* module names */
  GList *waiting; /* PeasPluginInfo, owned by the engine; loaded one a turn of the main loop */
  guint idle;
};

G_DEFINE_FINAL_TYPE (DmcPluginLoader, dmc_plugin_loader, G_TYPE_OBJECT)

static void
on_extension_added (PeasExtensionSet *set,
                    PeasPluginInfo *info,
                    GObject *extension,
                    gpointer user_data)
{
  DmcPluginLoader *self = user_data;

  dmc_page_plugin_activate (DMC_PAGE_PLUGIN (extension), self->host);
}

static void
on_extension_removed (PeasExtensionSet *set,
                      PeasPluginInfo *info,
                      GObject *extension,
                      gpointer user_data)
{
  dmc_page_plugin_deactivate (DMC_PAGE_PLUGIN (extension));
}

static gboolean
load (DmcPluginLoader *self, PeasPluginInfo *info)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *what = NULL;

  if (peas_engine_load_plugin (self->engine, info))
    return TRUE;
  if (peas_plugin_info_is_available (info, &error))
    g_set_error (&error, DMC_ERROR, DMC_ERROR_INTERNAL, _ ("its module has no usable page"));
  what = g_strdup_printf (_ ("The plugin “%s” could not be loaded"),
                          peas_plugin_info_get_name (info));
  g_warning ("%s: %s", what, error->message);
  dmc_host_show_error (self->host, what, error);
  return FALSE;
}

static gboolean
load_next (gpointer user_data)
{
  DmcPluginLoader *self = user_data;
  PeasPluginInfo *info = self->waiting != NULL ? self->waiting->data : NULL;

  self->waiting = g_list_delete_link (self->waiting, self->waiting);
  if (info != NULL)
    load (self, info);
  if (self->waiting != NULL)
    return G_SOURCE_CONTINUE;
  self->idle = 0;
  return G_SOURCE_REMOVE;
}

static gboolean
start_loading (gpointer user_data)
{
  DmcPluginLoader *self = user_data;

  self->idle = g_idle_add_full (G_PRIORITY_LOW, load_next, self, NULL);
  return G_SOURCE_REMOVE;
}

static int
position_of (PeasPluginInfo *info)
{
  const char *position = peas_plugin_info_get_external_data (info, "Position");

  return position != NULL ? (int)g_ascii_strtoll (position, NULL, 10) : G_MAXINT;
}

static int
compare_positions (gconstpointer a, gconstpointer b)
{
  int pa = position_of ((PeasPluginInfo *)a), pb = position_of ((PeasPluginInfo *)b);

  return pa != pb ? (pa > pb) - (pa < pb)
                  : g_strcmp0 (peas_plugin_info_get_module_name ((PeasPluginInfo *)a),
                               peas_plugin_info_get_module_name ((PeasPluginInfo *)b));
}

static void
add_search_paths (DmcPluginLoader *self)
{
  const char *extra = g_getenv ("DOMICILE_PLUGIN_PATH");
  g_auto (GStrv) folders = g_strsplit (extra != NULL ? extra : "", ":", -1);
  g_autofree char *user = g_build_filename (g_get_user_data_dir (), "domicile", "plugins", NULL);
  g_autofree char *own = dmc_path_plugins ();

  for (char **folder = folders; *folder != NULL; folder++)
    if (**folder != '\0')
      peas_engine_add_search_path (self->engine, *folder, NULL);
  peas_engine_add_search_path (self->engine, user, NULL);
  peas_engine_add_search_path (self->engine, own, NULL);
}

static void
dmc_plugin_loader_dispose (GObject *object)
{
  DmcPluginLoader *self = DMC_PLUGIN_LOADER (object);

  g_clear_handle_id (&self->idle, g_source_remove);
  g_clear_pointer (&self->waiting, g_list_free);
  g_clear_object (&self->extensions);
  g_clear_object (&self->engine);
  g_clear_object (&self->host);
  g_clear_pointer (&self->disabled, g_hash_table_unref);
  G_OBJECT_CLASS (dmc_plugin_loader_parent_class)->dispose (object);
}

static void
dmc_plugin_loader_class_init (DmcPluginLoaderClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dmc_plugin_loader_dispose;
}

static void
dmc_plugin_loader_init (DmcPluginLoader *self)
{
  self->disabled = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/**
 * dmc_plugin_loader_new:
 * @host: (transfer none): what the plugins are given
 * @disabled: (nullable): module names of plugins that are switched off
 *
 * Returns: (transfer full): the loader; it has looked for plugins and loaded none
 */
DmcPluginLoader *
dmc_plugin_loader_new (DmcHost *host, const char *const *disabled)
{
  DmcPluginLoader *self = g_object_new (DMC_TYPE_PLUGIN_LOADER, NULL);

  for (; disabled != NULL && *disabled != NULL; disabled++)
    g_hash_table_add (self->disabled, g_strdup (*disabled));
  self->host = g_object_ref (host);
  self->engine = peas_engine_new ();
  /* Only allowed here: the interpreter starts with the first plugin that needs it. */
  peas_engine_enable_loader (self->engine, "python3");
  add_search_paths (self);
  self->extensions = peas_extension_set_new (self->engine, DMC_TYPE_PAGE_PLUGIN, NULL);
  g_signal_connect (self->extensions, "extension-added", G_CALLBACK (on_extension_added), self);
  g_signal_connect (self->extensions, "extension-removed", G_CALLBACK (on_extension_removed), self);
  return self;
}

/**
 * dmc_plugin_loader_run:
 * @self: the loader
 * @first_page: (nullable): the page the user asked for; NULL means the first by position
 *
 * Loads the plugin of the first page now and the others later.
 */
void
dmc_plugin_loader_run (DmcPluginLoader *self, const char *first_page)
{
  g_autoptr (GList) plugins = dmc_plugin_loader_get_plugins (self);
  PeasPluginInfo *first = NULL;

  for (GList *l = plugins; l != NULL; l = l->next) {
    if (!dmc_plugin_loader_is_enabled (self, l->data))
      continue;
    if (first == NULL || g_strcmp0 (peas_plugin_info_get_module_name (l->data), first_page) == 0)
      first = l->data;
  }
  for (GList *l = plugins; l != NULL; l = l->next)
    if (l->data != first && dmc_plugin_loader_is_enabled (self, l->data))
      self->waiting = g_list_append (self->waiting, l->data);
  if (first != NULL)
    load (self, first);
  if (self->waiting != NULL)
    self->idle = g_timeout_add (SETTLE_MS, start_loading, self);
}

/**
 * dmc_plugin_loader_get_plugins:
 * @self: the loader
 *
 * Returns: (transfer container) (element-type PeasPluginInfo): all visible plugins in the order of
 * their pages
 */
GList *
dmc_plugin_loader_get_plugins (DmcPluginLoader *self)
{
  GList *visible = NULL;

  for (const GList *l = peas_engine_get_plugin_list (self->engine); l != NULL; l = l->next)
    if (!peas_plugin_info_is_hidden (l->data))
      visible = g_list_prepend (visible, l->data);
  return g_list_sort (visible, compare_positions);
}

/**
 * dmc_plugin_loader_is_enabled:
 * @self: the loader
 * @info: a plugin
 *
 * Returns: whether the user wants it to run
 */
gboolean
dmc_plugin_loader_is_enabled (DmcPluginLoader *self, PeasPluginInfo *info)
{
  return !g_hash_table_contains (self->disabled, peas_plugin_info_get_module_name (info));
}

/**
 * dmc_plugin_loader_set_enabled:
 * @self: the loader
 * @info: a plugin
 * @enabled: whether it should run
 *
 * Returns: whether that succeeded; a failure to load has been reported to the host
 */
gboolean
dmc_plugin_loader_set_enabled (DmcPluginLoader *self, PeasPluginInfo *info, gboolean enabled)
{
  const char *name = peas_plugin_info_get_module_name (info);

  self->waiting = g_list_remove (self->waiting, info);
  if (enabled) {
    g_hash_table_remove (self->disabled, name);
    return peas_plugin_info_is_loaded (info) || load (self, info);
  }
  g_hash_table_add (self->disabled, g_strdup (name));
  return !peas_plugin_info_is_loaded (info) || peas_engine_unload_plugin (self->engine, info);
}

/**
 * dmc_plugin_loader_dup_disabled:
 * @self: the loader
 *
 * Returns: (transfer full): module names of the plugins that are switched off
 */
char **
dmc_plugin_loader_dup_disabled (DmcPluginLoader *self)
{
  GPtrArray *names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, self->disabled);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_add (names, NULL);
  return (char **)g_ptr_array_free (names, FALSE);
}
