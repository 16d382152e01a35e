/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Once an app is removed, the lists of packages and the like say again what the host's say, but the workspace's layer has copies of
 * them, which would hide what becomes of the host's. A copy that says the same is taken out of the layer. */
#include "apps/layer-return.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "launcher/mask.h"

/* What install.sh has put back as it was, and the caches and logs that came with its work: a path a line. */
#define DOMICILE  "var/lib/domicile"
#define APPS      DOMICILE "/apps"
#define RETURNED  APPS "/.returned"
#define PASSING   APPS "/.passing"
#define PACKAGES  "var/lib/dpkg/status"
#define LIBRARIES "etc/ld.so.cache"
#define MENU      "usr/local/share/applications"
#define MENU_LIST MENU "/mimeinfo.cache"
#define MAX_LINES 10000
#define MAX_SIZE  (64 << 20)
#define MAX_DEPTH 64

/* What programs of the packages' own write. */
static const char *const shared[] = {
  "etc/group", "etc/gshadow", LIBRARIES, "etc/passwd", "etc/shadow", "etc/subgid", "etc/subuid",
  "usr/share/applications/mimeinfo.cache", "usr/share/glib-2.0/schemas/gschemas.compiled",
  "usr/share/icons/hicolor/icon-theme.cache", MENU_LIST, "var/lib/dpkg/diversions",
  "var/lib/dpkg/statoverride", "var/lib/dpkg/triggers/File",
};

/* What is of use only beside another file, and goes with it. */
static const struct {
  const char *path, *beside;
} companions[] = {
  { "etc/group-", "etc/group" }, { "etc/gshadow-", "etc/gshadow" }, { "etc/passwd-", "etc/passwd" }, { "etc/shadow-", "etc/shadow" },
  { "etc/subgid-", "etc/subgid" }, { "etc/subuid-", "etc/subuid" }, { "etc/.pwd.lock", "etc/passwd" },
  { "var/cache/ldconfig/aux-cache", LIBRARIES }, { "var/cache/ldconfig", LIBRARIES }, /* the host's cannot be seen */
  { "var/lib/dpkg/diversions-old", "var/lib/dpkg/diversions" }, { "var/lib/dpkg/statoverride-old", "var/lib/dpkg/statoverride" },
};

/* The same of dpkg's list of packages, once that has gone. */
static const char *const of_packages[] = {
  "var/cache/apt/pkgcache.bin", "var/cache/apt/srcpkgcache.bin", "var/cache/debconf/config.dat", "var/cache/debconf/config.dat-old",
  "var/cache/debconf/passwords.dat", "var/cache/debconf/passwords.dat-old", "var/cache/debconf/templates.dat",
  "var/cache/debconf/templates.dat-old", "var/lib/apt/extended_states", "var/lib/dpkg/available", "var/lib/dpkg/lock", "var/lib/dpkg/lock-frontend",
  "var/lib/dpkg/status-old", "var/lib/dpkg/triggers/Lock", "var/lib/dpkg/triggers/Unincorp", "var/log/alternatives.log",
  "var/log/apt/eipp.log.xz", "var/log/apt/history.log", "var/log/apt/term.log", "var/log/dpkg.log", "var/log/fontconfig.log",
};

/* No link is followed, and no way leads out: what is in a layer is whatever programs of the workspace want. */
static int
open_below (int folder, const char *path, int flags)
{
  const int plain = (flags & O_PATH) != 0 ? 0 : O_NONBLOCK; /* nobody waits at a pipe */
  const struct open_how how = { .flags = (guint64) (flags | plain | O_CLOEXEC | O_NOFOLLOW),
                                .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };

  return (int) syscall (SYS_openat2, folder, path, &how, sizeof how);
}

/* Opens the folder that @path is in. */
static int
open_parent (int root, const char *path)
{
  g_autofree char *parent = g_path_get_dirname (path);

  return open_below (root, parent, O_PATH | O_DIRECTORY);
}

static gboolean
unlink_at (int root, const char *path, int flags)
{
  g_autofree char *name = g_path_get_basename (path);
  int parent = open_parent (root, path);
  gboolean gone = parent >= 0 && unlinkat (parent, name, flags) == 0;

  if (parent >= 0)
    close (parent);
  return gone;
}

static gboolean
same_bytes (int one, int other)
{
  char left[16384], right[16384];
  ssize_t got;

  while ((got = read (one, left, sizeof left)) > 0)
    if (read (other, right, (gsize) got) != got || memcmp (left, right, (gsize) got) != 0)
      return FALSE;
  return got == 0 && read (other, right, 1) == 0;
}

/* The mode of a file that packages have been given another mode for by the administrator's list is the host's again. */
static gboolean
same_file (int layer, int host, const char *name, gboolean any_mode)
{
  int one = open_below (layer, name, O_RDONLY), other = open_below (host, name, O_RDONLY);
  struct stat ours, theirs;
  gboolean same = one >= 0 && other >= 0 && fstat (one, &ours) == 0 && fstat (other, &theirs) == 0 && S_ISREG (ours.st_mode)
                  && S_ISREG (theirs.st_mode) && (any_mode || ours.st_mode == theirs.st_mode) && ours.st_size == theirs.st_size
                  && ours.st_size <= MAX_SIZE && same_bytes (one, other);

  if (one >= 0)
    close (one);
  if (other >= 0)
    close (other);
  return same;
}

static gboolean
is_hole (int layer, const char *name)
{
  struct stat info;

  return fstatat (layer, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISCHR (info.st_mode) && info.st_rdev == 0;
}

/* Whether all that a folder of the layer tells is that it is over one below; nothing of its own. */
static gboolean
has_marks_of_copy_only (int folder)
{
  char names[1024];
  ssize_t length = flistxattr (folder, names, sizeof names);

  for (ssize_t i = 0; i < length; i += (ssize_t) strlen (names + i) + 1)
    if (!g_str_equal (names + i, "user.overlay.origin") && !g_str_equal (names + i, "user.overlay.impure"))
      return FALSE;
  return length >= 0;
}

/* On some media everything of root belongs to whom the medium belongs to, as does the layer itself. */
static gboolean
same_owner (int layer, const struct stat *ours, const struct stat *theirs)
{
  struct stat top;

  return fstat (layer, &top) == 0 && (ours->st_uid == theirs->st_uid || (theirs->st_uid == 0 && ours->st_uid == top.st_uid))
         && (ours->st_gid == theirs->st_gid || (theirs->st_gid == 0 && ours->st_gid == top.st_gid));
}

/* Takes away an empty folder that the layer has had for its files alone. Whether it has gone. */
static gboolean
drop_folder (int layer, int host, const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  int parent = open_parent (layer, path), own = open_below (layer, path, O_RDONLY | O_DIRECTORY);
  int below = open_below (host, path, O_PATH | O_DIRECTORY);
  struct stat ours, theirs;
  gboolean gone = parent >= 0 && own >= 0 && below >= 0 && has_marks_of_copy_only (own) && fstat (own, &ours) == 0
                  && fstat (below, &theirs) == 0 && ours.st_mode == theirs.st_mode && same_owner (layer, &ours, &theirs)
                  && unlinkat (parent, name, AT_REMOVEDIR) == 0;

  if (parent >= 0)
    close (parent);
  if (own >= 0)
    close (own);
  if (below >= 0)
    close (below);
  return gone;
}

/* The same of those it is in. */
static void
drop_folders (int layer, int host, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);

  while (!g_str_equal (folder, ".") && drop_folder (layer, host, folder)) {
    char *above = g_path_get_dirname (folder);

    g_free (folder);
    folder = above;
  }
}

/* A link of the system of alternatives that leads where the host's does: it is made anew whenever one of them comes or goes. */
static void
drop_alternative (int layer, int host, const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  int ours = open_parent (layer, path), theirs = open_parent (host, path);
  char here[1024] = "", there[1024] = "";

  if (ours >= 0 && theirs >= 0 && readlinkat (ours, name, here, sizeof here - 1) > 0 && readlinkat (theirs, name, there, sizeof there - 1) > 0
      && g_str_equal (here, there) && (g_str_has_prefix (here, "/etc/alternatives/") || g_str_has_prefix (path, "etc/alternatives/")))
    unlinkat (ours, name, 0);
  if (ours >= 0)
    close (ours);
  if (theirs >= 0)
    close (theirs);
}

/* Takes away what @path has of such, and folders that are empty then, innermost first. */
static void
drop_rest_below (int layer, int host, const char *path, guint depth)
{
  int fd = depth < MAX_DEPTH ? open_below (layer, path, O_RDONLY | O_DIRECTORY) : -1;
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;

  while (dir != NULL && (entry = readdir (dir)) != NULL) {
    g_autofree char *below = g_build_filename (path, entry->d_name, NULL);

    if (entry->d_type == DT_LNK)
      drop_alternative (layer, host, below);
    else if (entry->d_type == DT_DIR && !g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
      drop_rest_below (layer, host, below, depth + 1);
  }
  if (dir != NULL)
    closedir (dir);
  else if (fd >= 0)
    close (fd);
  if (dir != NULL)
    drop_folder (layer, host, path);
}

/* Which file goes: one that is the host's in mode and content; or in content, and also a mark that only hides one; or any. */
typedef enum { SAME, RETURNED_ONE, ANY } Which;

/* Takes a file out of the layer; of what goes whatever it is, also a folder that is empty by then. */
static void
drop (int layer, int host, const char *path, Which which)
{
  g_autofree char *name = g_path_get_basename (path);
  int ours = open_parent (layer, path), theirs = open_parent (host, path);
  gboolean goes = ours >= 0 && (which == ANY || (which == RETURNED_ONE && is_hole (ours, name)) || same_file (ours, theirs, name, which == RETURNED_ONE));
  gboolean gone = goes && (unlinkat (ours, name, 0) == 0 || (which == ANY && errno == EISDIR && unlinkat (ours, name, AT_REMOVEDIR) == 0));

  if (ours >= 0)
    close (ours);
  if (theirs >= 0)
    close (theirs);
  if (gone)
    drop_folders (layer, host, path);
}

static gboolean
has (int layer, const char *path)
{
  int fd = open_below (layer, path, O_PATH);

  if (fd >= 0)
    close (fd);
  return fd >= 0;
}

/* What @list names, a path a line. */
static void
drop_listed (int layer, int host, const char *list, Which which)
{
  int fd = open_below (layer, list, O_RDONLY);
  g_autofree char *line = NULL;
  FILE *file = fd >= 0 ? fdopen (fd, "r") : NULL;
  size_t size = 0;

  for (guint i = 0; file != NULL && i < MAX_LINES && getline (&line, &size, file) > 0; i++) {
    g_strchomp (line);
    if (line[0] == '/' && line[1] != '\0')
      drop (layer, host, line + 1, which);
  }
  if (file != NULL)
    fclose (file);
  else if (fd >= 0)
    close (fd);
  unlink_at (layer, list, 0);
}

/* Whether a list of passwords has what the view makes of @source where there is none. */
static gboolean
is_as_made (int layer, const char *path, const char *source, const char *rest)
{
  g_autofree char *have = NULL, *from = NULL;
  g_autoptr (GString) made = g_string_new (NULL);
  g_auto (GStrv) lines = NULL;
  gsize length = 0;
  int fd = open_below (layer, path, O_RDONLY);
  FILE *file = fd >= 0 ? fdopen (fd, "r") : NULL;

  if (file != NULL && g_file_get_contents (source, &from, NULL, NULL)) {
    lines = g_strsplit (from, "\n", -1);
    for (gsize i = 0; lines[i] != NULL && (*lines[i] != '\0' || lines[i + 1] != NULL); i++)
      g_string_append_printf (made, "%.*s%s\n", (int) strcspn (lines[i], ":"), lines[i], rest);
    have = g_malloc (made->len + 1); /* one more, to see that it ends */
    length = fread (have, 1, made->len + 1, file);
  }
  if (file != NULL)
    fclose (file);
  else if (fd >= 0)
    close (fd);
  return have != NULL && length == made->len && memcmp (have, made->str, length) == 0;
}

/* What programs write anew as a whole, hundreds of files. */
static void
drop_below (int layer, int host, const char *folder, Which which, guint depth)
{
  int fd = open_below (layer, folder, O_RDONLY | O_DIRECTORY);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;

  while (dir != NULL && (entry = readdir (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, entry->d_name, NULL);

    if (entry->d_type == DT_REG)
      drop (layer, host, path, which);
    else if (entry->d_type == DT_DIR && entry->d_name[0] != '.' && depth > 0)
      drop_below (layer, host, path, which, depth - 1);
  }
  if (dir != NULL)
    closedir (dir);
  else if (fd >= 0)
    close (fd);
}

/* Whether a program that lists what menu entries open has found none that opens anything. */
static gboolean
lists_nothing (int layer, const char *path)
{
  static const char nothing[] = "[MIME Cache]\n";
  char data[sizeof nothing];
  int fd = open_below (layer, path, O_RDONLY);
  ssize_t length = fd >= 0 ? read (fd, data, sizeof data) : -1;

  if (fd >= 0)
    close (fd);
  return length == sizeof nothing - 1 && memcmp (data, nothing, sizeof nothing - 1) == 0;
}

/* The menu entries of a bundle are gone, and with them the last use of a folder that most hosts do not have. */
static void
drop_menu (int layer, int host, gboolean keeps_folders)
{
  static const char *const folders[] = { MENU, "usr/local/share", "usr/local" };

  if (!lists_nothing (layer, MENU_LIST) || !unlink_at (layer, MENU_LIST, 0) || keeps_folders)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    if (has (host, folders[i]) || !unlink_at (layer, folders[i], AT_REMOVEDIR))
      break; /* what the host has, too, is left to drop_rest_below() */
}

static void
drop_of_packages (int layer, int host)
{
  for (gsize i = 0; i < G_N_ELEMENTS (of_packages); i++)
    drop (layer, host, of_packages[i], ANY);
  drop_below (layer, host, "var/cache/man", ANY, 2);
  drop_listed (layer, host, PASSING, ANY);
}

static void
drop_companions (int layer, int host)
{
  for (gsize i = 0; i < G_N_ELEMENTS (companions); i++)
    if (!has (layer, companions[i].beside))
      drop (layer, host, companions[i].path, ANY);
}

/* The list of libraries says more than the host's does only where the layer has some. It need not be the same: a host writes its
 * own anew when it installs something, and not when a library is gone. */
static gboolean
has_libraries (int layer)
{
  static const char *const places[] = { "lib", "lib32", "lib64", "libx32", "usr/lib", "usr/lib32", "usr/lib64", "usr/libx32",
                                        "usr/local/lib", "etc/ld.so.conf", "etc/ld.so.conf.d" };

  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    if (has (layer, places[i]))
      return TRUE;
  return FALSE;
}

/**
 * layer_return:
 * @layer: the upper layer of a workspace that is not open, over the host's root; the caller keeps its own descriptor
 * @keeps_folders: whether empty folders stay: on a medium that is full nobody could make them again
 *
 * Takes copies of the host's own lists of packages, users, types and the like out of the layer where they say the same as the host's,
 * and so hide nothing but what will become of those; and the empty folders that are left of such. Blocks on the medium.
 */
void
layer_return (int layer, gboolean keeps_folders)
{
  static const char *const tops[] = { "etc", "opt", "srv", "usr", "var" };
  int host = open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

  if (host < 0)
    return;
  drop_listed (layer, host, RETURNED, RETURNED_ONE);
  if (is_as_made (layer, "etc/shadow", "/etc/passwd", MASK_SHADOW))
    drop (layer, host, "etc/shadow", ANY);
  if (is_as_made (layer, "etc/gshadow", "/etc/group", MASK_GSHADOW))
    drop (layer, host, "etc/gshadow", ANY);
  for (gsize i = 0; i < G_N_ELEMENTS (shared); i++)
    drop (layer, host, shared[i], SAME);
  drop_companions (layer, host);
  if (has (layer, PACKAGES))
    drop (layer, host, PACKAGES, SAME);
  if (!has (layer, PACKAGES))
    drop_of_packages (layer, host);
  drop_menu (layer, host, keeps_folders);
  if (unlink_at (layer, APPS, AT_REMOVEDIR) || !has (layer, APPS)) /* which stays while there are apps */
    unlink_at (layer, DOMICILE, AT_REMOVEDIR);
  drop_below (layer, host, "usr/share/mime", SAME, 1);
  drop_below (layer, host, "var/lib/dpkg/alternatives", SAME, 0);
  for (gsize i = 0; !keeps_folders && i < G_N_ELEMENTS (tops); i++)
    drop_rest_below (layer, host, tops[i], 0);
  if (!has_libraries (layer)) {
    drop (layer, host, LIBRARIES, ANY);
    drop_companions (layer, host);
  }
  close (host);
}
