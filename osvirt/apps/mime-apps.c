/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apps/mime-apps.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/app-catalog.h"
#include "rpc/error.h"

#define DEFAULTS "Default Applications"
#define ADDED    "Added Associations"
#define REMOVED  "Removed Associations"
#define SNIFFED  4096 /* what telling a file's type by its content takes */

/* Where lists are, the nearest first; the first is below the home folder, and so is the third. */
static const char *const lists[] = {
  "~/" MIME_APPS_LIST,
  "/etc/xdg/mimeapps.list",
  "~/.local/share/applications/mimeapps.list",
  "/usr/local/share/applications/mimeapps.list",
  "/usr/share/applications/mimeapps.list",
};

/* Whether @type is one in form: two words with a slash between them. */
gboolean
mime_apps_type_is_valid (const char *type)
{
  const char *slash = strchr (type, '/');

  return slash != NULL && slash > type && slash[1] != '\0' && strlen (type) <= 255
         && strspn (type, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "!#$&^_.+-/") == strlen (type) && strchr (slash + 1, '/') == NULL;
}

static GKeyFile *
read_list (const RootDir *root, const char *path)
{
  g_autofree char *full = path[0] == '~' ? g_build_filename (root->home, path + 1, NULL) : g_strdup (path);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *data = NULL;
  gsize length = 0;

  if (root_dir_read (root, full, MIME_APPS_MAX_SIZE, &data, &length, NULL))
    g_key_file_load_from_data (file, data, length, G_KEY_FILE_NONE, NULL); /* one that is damaged says nothing */
  return g_steal_pointer (&file);
}

typedef struct {
  GPtrArray *catalog;
  GPtrArray *found;
  GPtrArray *refused; /* DesktopEntry that a nearer list takes the type from */
} Search;

static void
add (Search *search, DesktopEntry *entry)
{
  if (entry != NULL && entry->exec != NULL && !g_ptr_array_find (search->refused, entry, NULL)
      && !g_ptr_array_find (search->found, entry, NULL))
    g_ptr_array_add (search->found, entry);
}

/* What one group of a list names for @type. */
static void
take (Search *search, GKeyFile *list, const char *group, const char *type, gboolean refused)
{
  g_auto (GStrv) ids = g_key_file_get_string_list (list, group, type, NULL, NULL);

  for (gsize i = 0; ids != NULL && ids[i] != NULL; i++) {
    DesktopEntry *entry = app_catalog_find (search->catalog, ids[i]);

    if (entry != NULL && refused)
      g_ptr_array_add (search->refused, entry);
    else
      add (search, entry);
  }
}

/* Those whose own entry names @type, or where @broader, one that @type is a kind of. */
static void
take_entries (Search *search, const char *type, gboolean broader)
{
  for (guint i = 0; i < search->catalog->len; i++) {
    DesktopEntry *entry = g_ptr_array_index (search->catalog, i);

    for (gsize j = 0; entry->mime_types[j] != NULL; j++)
      if (broader ? g_content_type_is_a (type, entry->mime_types[j]) : g_str_equal (type, entry->mime_types[j]))
        add (search, entry);
  }
}

/**
 * mime_apps_find:
 * @root: a workspace's root
 * @catalog: (element-type DesktopEntry): its apps
 * @type: a MIME type, or x-scheme-handler/SCHEME
 *
 * Blocks on the medium.
 *
 * Returns: (transfer container) (element-type DesktopEntry): the apps that open such files; the first does so unless told
 * otherwise
 */
GPtrArray *
mime_apps_find (const RootDir *root, GPtrArray *catalog, const char *type)
{
  g_autoptr (GPtrArray) refused = g_ptr_array_new ();
  g_autoptr (GPtrArray) read = g_ptr_array_new_with_free_func ((GDestroyNotify) g_key_file_unref);
  Search search = { .catalog = catalog, .found = g_ptr_array_new (), .refused = refused };

  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    g_ptr_array_add (read, read_list (root, lists[i]));
  for (guint i = 0; i < read->len; i++)
    take (&search, g_ptr_array_index (read, i), DEFAULTS, type, FALSE);
  for (guint i = 0; i < read->len; i++) {
    take (&search, g_ptr_array_index (read, i), ADDED, type, FALSE);
    take (&search, g_ptr_array_index (read, i), REMOVED, type, TRUE);
  }
  take_entries (&search, type, FALSE);
  take_entries (&search, type, TRUE);
  return search.found;
}

/**
 * mime_apps_type_of:
 * @root: a workspace's root
 * @file: a file's absolute path in it, or a URI
 * @error: %DMC_ERROR_NOT_FOUND, %DMC_ERROR_UNSUPPORTED
 *
 * Tells by name and content what a file is. Blocks on the medium.
 *
 * Returns: (transfer full) (nullable): its MIME type; x-scheme-handler/SCHEME for a URI
 */
char *
mime_apps_type_of (const RootDir *root, const char *file, GError **error)
{
  g_autofree char *scheme = g_uri_parse_scheme (file);
  guchar begin[SNIFFED];
  struct stat info = { 0 };
  ssize_t got = 0;
  int fd;

  if (scheme != NULL)
    return g_strconcat ("x-scheme-handler/", scheme, NULL);
  fd = root_dir_open (root, file, O_RDONLY | O_NONBLOCK);
  if (fd < 0 || fstat (fd, &info) != 0) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_NOT_FOUND, "Give the path that the file has in the workspace.",
                                             "“%s” cannot be read in the workspace: %s.", file, g_strerror (errno)));
    return NULL;
  }
  if (S_ISREG (info.st_mode))
    got = read (fd, begin, sizeof begin);
  g_close (fd, NULL);
  if (S_ISDIR (info.st_mode))
    return g_strdup ("inode/directory");
  g_autofree char *content = g_content_type_guess (file, begin, got > 0 ? (gsize) got : 0, NULL);
  return g_content_type_get_mime_type (content);
}

#define READ_FLAGS (G_KEY_FILE_KEEP_COMMENTS | G_KEY_FILE_KEEP_TRANSLATIONS)

/* A file may have a key several times, of which GLib removes one at a time. */
static void
drop_default (GKeyFile *file, const char *type)
{
  while (g_key_file_remove_key (file, DEFAULTS, type, NULL)) {
    gsize length = 0;
    g_autofree char *text = g_key_file_to_data (file, &length, NULL);

    g_key_file_load_from_data (file, text, length, READ_FLAGS, NULL);
  }
}

/**
 * mime_apps_with_default:
 * @text: (nullable): what the user's list says now
 * @type: a MIME type
 * @app: a desktop file's id; %NULL takes the choice back
 *
 * Returns: (transfer full): the list with that app as the default for @type; everything else stays
 */
char *
mime_apps_with_default (const char *text, const char *type, const char *app)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();

  if (text != NULL)
    g_key_file_load_from_data (file, text, strlen (text), READ_FLAGS, NULL);
  drop_default (file, type);
  if (app != NULL) {
    const char *const ids[] = { app };
    g_key_file_set_string_list (file, DEFAULTS, type, ids, G_N_ELEMENTS (ids));
  }
  return g_key_file_to_data (file, NULL, NULL);
}
