/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/catalogue.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apps/app-record.h"
#include "apps/picture-export.h"
#include "rpc/error.h"
#include "rpc/json.h"
#include "storage/read-file.h"
#include "storage/remove-tree.h"
#include "stream/http-source.h"

#define FOLDER "state/catalogues"
#define INDEX  "index.json"
#define SOURCE "source.json"
#define ICONS  "icons"

enum { MAX_CATALOGUES = 64 };

void
catalogue_free (Catalogue *self)
{
  g_free (self->url);
  g_free (self->signer);
  g_clear_pointer (&self->index, catalogue_index_free);
  g_free (self);
}

/* --- files of the vault ------------------------------------------------------------------------------------ */

/* A medium may hold links that lead out of it. */
static int
open_folder (int vault, const char *path)
{
  const struct open_how how = {
    .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
  };

  return (int) syscall (SYS_openat2, vault, path, &how, sizeof how);
}

static int
open_catalogue (int vault, const char *id)
{
  g_autofree char *path = g_strconcat (FOLDER "/", id, NULL);

  return open_folder (vault, path);
}

static gboolean
make_folder (int vault, const char *path)
{
  return mkdirat (vault, path, 0700) == 0 || errno == EEXIST;
}

static int
make_catalogue (int vault, const char *id)
{
  g_autofree char *path = g_strconcat (FOLDER "/", id, NULL), *icons = g_strconcat (path, "/" ICONS, NULL);

  return make_folder (vault, FOLDER) && make_folder (vault, path) && make_folder (vault, icons) ? open_folder (vault, path) : -1;
}

static gboolean
not_kept (int code, GError **error)
{
  const gboolean full = code == ENOSPC || code == EDQUOT;

  g_propagate_error (error, dmc_error_new (full ? DMC_ERROR_RESOURCE : DMC_ERROR_IO, full ? "Remove something, or make the workspace larger." : NULL,
                                           "The catalogue cannot be kept in the workspace: %s.", g_strerror (code)));
  return FALSE;
}

static GBytes *
read_at (int folder, const char *name, gsize max)
{
  int fd = openat (folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  char *data = NULL;
  gsize length = 0;
  gboolean ok = fd >= 0 && read_fd (fd, max, &data, &length, NULL);

  if (fd >= 0)
    close (fd);
  return ok ? g_bytes_new_take (data, length) : NULL;
}

/* A new file takes the old one's place, so that no link is followed. */
static gboolean
write_at (int folder, const char *name, GBytes *data, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d/%s", folder, name);
  g_autoptr (GError) local = NULL;
  gsize size = 0;
  const char *bytes = g_bytes_get_data (data, &size);

  if (g_file_set_contents_full (path, bytes, (gssize) size, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &local))
    return TRUE;
  return not_kept (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOSPC) ? ENOSPC : EIO, error);
}

/* --- fetching ---------------------------------------------------------------------------------------------- */

static GBytes *
get (const char *url, gsize max, GCancellable *cancellable, GError **error)
{
  g_autoptr (HttpSource) source = http_source_new (url, error);

  return source != NULL ? http_source_read_whole (source, max, cancellable, error) : NULL;
}

static char *
resolve (const char *url, const char *path)
{
  return g_uri_resolve_relative (url, path, G_URI_FLAGS_ENCODED, NULL);
}

/* Returns: (transfer full): where a bundle of it is */
char *
catalogue_dup_bundle_url (const Catalogue *self, const CatalogueApp *app)
{
  return resolve (self->url, app->bundle);
}

static char *
icon_name (const CatalogueApp *app)
{
  return g_strconcat (ICONS "/", app->icon_sha256, ".png", NULL);
}

/* An icon that cannot be had is left out; one that is not what was signed condemns the catalogue. */
static gboolean
get_icon (const Catalogue *self, int folder, const CatalogueApp *app, GCancellable *cancellable, GError **error)
{
  g_autofree char *url = resolve (self->url, app->icon), *name = icon_name (app);
  g_autoptr (GBytes) kept = read_at (folder, name, CATALOGUE_ICON_MAX);
  g_autoptr (GBytes) icon = NULL;
  g_autoptr (GError) local = NULL;

  if (kept != NULL && catalogue_icon_check (app, kept, NULL))
    return TRUE;
  icon = url != NULL ? get (url, CATALOGUE_ICON_MAX, cancellable, &local) : NULL;
  if (icon != NULL)
    return catalogue_icon_check (app, icon, error) && write_at (folder, name, icon, error);
  if (g_error_matches (local, DMC_ERROR, DMC_ERROR_CANCELLED) || g_error_matches (local, DMC_ERROR, DMC_ERROR_RESOURCE)) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  g_info ("The icon of “%s” is left out: %s", app->id, local != NULL ? local->message : "its address is none");
  return TRUE;
}

static gboolean
has_icon (const Catalogue *self, const char *file)
{
  for (guint i = 0; i < self->index->apps->len; i++) {
    const CatalogueApp *app = g_ptr_array_index (self->index->apps, i);

    if (app->icon != NULL && g_str_has_prefix (file, app->icon_sha256))
      return TRUE;
  }
  return FALSE;
}

/* Those of another index would only take room. */
static void
drop_other_icons (const Catalogue *self, int folder)
{
  int fd = open_folder (folder, ICONS);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;

  while (dir != NULL && (entry = readdir (dir)) != NULL)
    if (entry->d_name[0] != '.' && !has_icon (self, entry->d_name))
      unlinkat (fd, entry->d_name, 0);
  if (dir != NULL)
    closedir (dir);
  else if (fd >= 0)
    close (fd);
}

/* What cannot be kept whole leaves what there was before, or nothing. */
static gboolean
keep (Catalogue *self, int vault, const Catalogue *before, GBytes *index, GCancellable *cancellable, GError **error)
{
  g_autoptr (JsonNode) source = dmc_json_node ("url:s", self->url, "signer:s", self->signer, "updated_us:i", self->updated_us, NULL);
  gsize length = 0;
  char *text = dmc_json_print (source, &length);
  g_autoptr (GBytes) bytes = g_bytes_new_take (text, length);
  int folder = make_catalogue (vault, self->index->id);
  gboolean ok = folder >= 0 || not_kept (errno, error);

  for (guint i = 0; ok && i < self->index->apps->len; i++) {
    const CatalogueApp *app = g_ptr_array_index (self->index->apps, i);
    ok = app->icon == NULL || get_icon (self, folder, app, cancellable, error);
  }
  ok = ok && write_at (folder, INDEX, index, error) && write_at (folder, SOURCE, bytes, error);
  if (!ok && before == NULL)
    catalogue_remove (vault, self->index->id, NULL);
  else if (folder >= 0)
    drop_other_icons (ok ? self : before, folder);
  if (folder >= 0)
    close (folder);
  return ok;
}

/* The key of a catalogue is asked about once. */
static gboolean
check_signer (const Catalogue *self, const Catalogue *before, const char *trust, GError **error)
{
  if (before != NULL && !g_str_equal (before->signer, self->signer)) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_DENIED, "Ask whoever keeps it; then remove the catalogue, and add it again.",
                                             "The catalogue “%s” is signed by %s now, and not by whom you trust.", self->index->id, self->signer));
    return FALSE;
  }
  if (before != NULL && self->index->made_us < before->index->made_us) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, "Try again later, or ask whoever keeps it.",
                                             "The server gives an older catalogue than the one that you have."));
    return FALSE;
  }
  if (before != NULL || g_strcmp0 (trust, self->signer) == 0)
    return TRUE;
  g_propagate_error (error, dmc_error_new (DMC_ERROR_DENIED, "If this is the key of those whose apps you want, add it with “trust” set to the key.",
                                           "The catalogue “%s” is signed by %s, whom this workspace does not know.", self->index->name, self->signer));
  dmc_error_set_data (*error, "signer", json_node_init_string (json_node_alloc (), self->signer));
  return FALSE;
}

static gboolean
fetch (Catalogue *self, int vault, const Catalogue *before, const char *trust, GCancellable *cancellable, GError **error)
{
  g_autofree char *place = g_strconcat (self->url, CATALOGUE_SIGNATURE_SUFFIX, NULL);
  g_autoptr (GBytes) index = get (self->url, CATALOGUE_INDEX_MAX, cancellable, error);
  g_autoptr (GBytes) signature = index != NULL ? get (place, CATALOGUE_SIGNATURE_MAX, cancellable, error) : NULL;

  if (signature == NULL)
    return FALSE;
  self->signer = catalogue_signature_check (index, signature, error);
  self->index = self->signer != NULL ? catalogue_index_parse (index, error) : NULL;
  self->updated_us = g_get_real_time ();
  if (self->index == NULL)
    return FALSE;
  if (before == NULL) {
    g_autoptr (Catalogue) same = catalogue_load (vault, self->index->id, NULL);

    if (same != NULL) {
      g_propagate_error (error, dmc_error_new (DMC_ERROR_EXISTS, "Remove it first, if it shall be this one.",
                                               "The workspace has a catalogue “%s” already.", self->index->id));
      return FALSE;
    }
  } else if (!g_str_equal (before->index->id, self->index->id)) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, NULL, "There is another catalogue at that address now."));
    return FALSE;
  }
  return check_signer (self, before, trust, error) && keep (self, vault, before, index, cancellable, error);
}

/**
 * catalogue_fetch:
 * @url: of an index
 * @trust: (nullable): whose catalogue it is, as the user says
 * @cancellable: (nullable): to stop
 * @error: %DMC_ERROR_DENIED (data "signer"), %DMC_ERROR_EXISTS, %DMC_ERROR_INTEGRITY, and as of http_source_read_whole()
 *
 * Adds a catalogue to a workspace.
 */
Catalogue *
catalogue_fetch (int vault, const char *url, const char *trust, GCancellable *cancellable, GError **error)
{
  g_autoptr (Catalogue) self = g_new0 (Catalogue, 1);

  self->url = g_strdup (url);
  return fetch (self, vault, NULL, trust, cancellable, error) ? g_steal_pointer (&self) : NULL;
}

/* Fetches it again: by the same signer, and not older. */
Catalogue *
catalogue_refresh (int vault, const char *id, GCancellable *cancellable, GError **error)
{
  g_autoptr (Catalogue) before = catalogue_load (vault, id, error);
  g_autoptr (Catalogue) self = g_new0 (Catalogue, 1);

  if (before == NULL)
    return NULL;
  self->url = g_strdup (before->url);
  return fetch (self, vault, before, NULL, cancellable, error) ? g_steal_pointer (&self) : NULL;
}

/* --- what there is ----------------------------------------------------------------------------------------- */

static Catalogue *
load_from (int folder)
{
  g_autoptr (GBytes) index = read_at (folder, INDEX, CATALOGUE_INDEX_MAX);
  g_autoptr (GBytes) source = read_at (folder, SOURCE, CATALOGUE_SIGNATURE_MAX * 16);
  g_autoptr (JsonNode) node = index != NULL && source != NULL
                                  ? dmc_json_parse (g_bytes_get_data (source, NULL), (gssize) g_bytes_get_size (source), NULL) : NULL;
  g_autoptr (CatalogueIndex) parsed = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? catalogue_index_parse (index, NULL) : NULL;
  Catalogue *self;

  if (parsed == NULL)
    return NULL;
  self = g_new0 (Catalogue, 1);
  self->index = g_steal_pointer (&parsed);
  self->url = g_strdup (dmc_json_get_string (json_node_get_object (node), "url", ""));
  self->signer = g_strdup (dmc_json_get_string (json_node_get_object (node), "signer", ""));
  self->updated_us = dmc_json_get_int (json_node_get_object (node), "updated_us", 0);
  return self;
}

Catalogue *
catalogue_load (int vault, const char *id, GError **error)
{
  int folder = app_record_key_is_valid (id) ? open_catalogue (vault, id) : -1;
  Catalogue *self = folder >= 0 ? load_from (folder) : NULL;

  if (folder >= 0)
    close (folder);
  if (self == NULL)
    g_propagate_error (error, dmc_error_new (DMC_ERROR_NOT_FOUND, "The list of its catalogues names those that it has.",
                                             "The workspace has no catalogue “%s”.", id));
  return self;
}

/* Returns: (transfer full) (element-type Catalogue): by name; a damaged one is left out */
GPtrArray *
catalogue_load_all (int vault)
{
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) catalogue_free);
  int fd = open_folder (vault, FOLDER);
  struct dirent **names = NULL;
  int count = fd >= 0 ? scandirat (fd, ".", &names, NULL, alphasort) : 0;

  for (int i = 0; i < count; i++) {
    Catalogue *one = names[i]->d_name[0] != '.' && all->len < MAX_CATALOGUES ? catalogue_load (vault, names[i]->d_name, NULL) : NULL;

    if (one != NULL)
      g_ptr_array_add (all, one);
    free (names[i]);
  }
  free (names);
  if (fd >= 0)
    close (fd);
  return all;
}

gboolean
catalogue_remove (int vault, const char *id, GError **error)
{
  int folder = app_record_key_is_valid (id) ? open_catalogue (vault, id) : -1, all = open_folder (vault, FOLDER);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d/%s", all, id);
  gboolean ok = folder >= 0 && all >= 0 && remove_tree (path, error);

  if (folder < 0)
    g_propagate_error (error, dmc_error_new (DMC_ERROR_NOT_FOUND, "The list of its catalogues names those that it has.",
                                             "The workspace has no catalogue “%s”.", id));
  if (folder >= 0)
    close (folder);
  if (all >= 0)
    close (all);
  return ok;
}

/**
 * catalogue_export_icon:
 * @folder: of the host, takes the drawing
 * @drawer: who draws it: the signer vouches for what the picture is, not for what it does to whoever draws it
 *
 * Returns: (transfer full) (nullable): an app's icon as a PNG that a console can read
 */
char *
catalogue_export_icon (int vault, const Catalogue *self, const CatalogueApp *app, const char *folder, PictureDrawer *drawer)
{
  g_autofree char *name = NULL;
  g_autoptr (GBytes) icon = NULL;
  int from;

  if (app->icon == NULL)
    return NULL;
  from = open_catalogue (vault, self->index->id);
  name = icon_name (app);
  icon = from >= 0 ? read_at (from, name, CATALOGUE_ICON_MAX) : NULL;
  if (from >= 0)
    close (from);
  if (icon == NULL || !catalogue_icon_check (app, icon, NULL))
    return NULL;
  return picture_export (drawer, g_bytes_get_data (icon, NULL), g_bytes_get_size (icon), folder);
}
