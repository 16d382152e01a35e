/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "registry/host-values.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <unistd.h>

/* A folder of settings holds secrets of many programs: only these files of it are taken. */
static const char *const registry_files[] = {
  "dconf/user",       "mimeapps.list", "gtk-3.0/settings.ini", "gtk-4.0/settings.ini", "fontconfig/fonts.conf",
  "user-dirs.locale", "kdeglobals",
};

/* Programs that save their settings write several files, or one several times. */
#define SETTLE_MS 200

struct _HostValuesWatch {
  GPtrArray *monitors; /* of GFileMonitor */
  guint settle_source;
  GSourceFunc changed;
  gpointer user_data;
};

static int
open_nothing (GError **error)
{
  int fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);

  if (fd < 0)
    g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_MFILE, "/dev/null cannot be opened");
  return fd;
}

/* Has tar write @names below @folder to a pipe; returns its end. The program ends when nobody reads. */
static int
stream (const char *folder, GPtrArray *names, GError **error)
{
  static const char *const head[] = { "tar", "-c", "-h", "-f", "-", "-C" };
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GSubprocess) process = NULL;
  int ends[2];

  if (!g_unix_open_pipe (ends, FD_CLOEXEC, error))
    return -1;
  for (gsize i = 0; i < G_N_ELEMENTS (head); i++)
    g_ptr_array_add (argv, (gpointer) head[i]);
  g_ptr_array_add (argv, (gpointer) folder);
  g_ptr_array_add (argv, (gpointer) "--");
  g_ptr_array_extend (argv, names, NULL, NULL);
  g_ptr_array_add (argv, NULL);
  g_subprocess_launcher_take_stdout_fd (launcher, ends[1]);
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv->pdata, error);
  if (process != NULL)
    return ends[0];
  close (ends[0]);
  return -1;
}

static void
add_file (GPtrArray *names, const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
    g_ptr_array_add (names, (gpointer) name);
}

/**
 * host_values_stream_config:
 * @error: where to leave why there is nothing
 *
 * Returns: a descriptor from which a tar archive comes, or nothing; -1 on failure
 */
int
host_values_stream_config (GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (registry_files); i++)
    add_file (names, g_get_user_config_dir (), registry_files[i]);
  return names->len > 0 ? stream (g_get_user_config_dir (), names, error) : open_nothing (error);
}

static char *
fonts_folder (void)
{
  return g_build_filename (g_get_user_data_dir (), "fonts", NULL);
}

/* Whether the host's user has installed any. */
gboolean
host_values_has_fonts (void)
{
  g_autofree char *fonts = fonts_folder ();

  return g_file_test (fonts, G_FILE_TEST_IS_DIR);
}

/* The same for the fonts that the host's user has installed. */
int
host_values_stream_fonts (GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  if (!host_values_has_fonts ())
    return open_nothing (error);
  g_ptr_array_add (names, (gpointer) "fonts");
  return stream (g_get_user_data_dir (), names, error);
}

/* --- changes ---------------------------------------------------------------------------------------------- */

static gboolean
on_settled (gpointer data)
{
  HostValuesWatch *self = data;

  self->settle_source = 0;
  self->changed (self->user_data);
  return G_SOURCE_REMOVE;
}

static void
on_changed (HostValuesWatch *self)
{
  g_clear_handle_id (&self->settle_source, g_source_remove);
  self->settle_source = g_timeout_add (SETTLE_MS, on_settled, self);
}

/**
 * host_values_watch_new:
 * @changed: called from the main loop some time after a change; its result does not matter
 * @user_data: for @changed
 *
 * Returns: (transfer full): a watch
 */
HostValuesWatch *
host_values_watch_new (GSourceFunc changed, gpointer user_data)
{
  HostValuesWatch *self = g_new0 (HostValuesWatch, 1);

  self->monitors = g_ptr_array_new_with_free_func (g_object_unref);
  self->changed = changed;
  self->user_data = user_data;
  for (gsize i = 0; i < G_N_ELEMENTS (registry_files); i++) {
    g_autoptr (GFile) file = g_file_new_build_filename (g_get_user_config_dir (), registry_files[i], NULL);
    GFileMonitor *monitor = g_file_monitor_file (file, G_FILE_MONITOR_NONE, NULL, NULL);

    if (monitor == NULL) /* of inotify there is only so much */
      continue;
    g_signal_connect_swapped (monitor, "changed", G_CALLBACK (on_changed), self);
    g_ptr_array_add (self->monitors, monitor);
  }
  return self;
}

void
host_values_watch_free (HostValuesWatch *self)
{
  for (guint i = 0; i < self->monitors->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->monitors, i), self);
  g_clear_handle_id (&self->settle_source, g_source_remove);
  g_ptr_array_unref (self->monitors);
  g_free (self);
}
