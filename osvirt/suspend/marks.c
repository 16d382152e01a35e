/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspend/marks.h"

#include <dirent.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/inside.h"
#include "launcher/overlay.h"

/* How overlayfs wraps the handle of a real file, see fs/overlayfs/overlayfs.h: 3 bytes of padding, version, magic, length,
 * flags, type, UUID, handle. */
enum {
  WRAP_PADDING = 3,
  WRAP_MAGIC_AT = 1,
  WRAP_LENGTH_AT = 2,
  WRAP_FLAGS_AT = 3,
  WRAP_TYPE_AT = 4,
  WRAP_UUID_AT = 5,
  WRAP_HEAD = 21,
  WRAP_MAGIC = 0xfb,
  WRAP_IS_UPPER = 1 << 2,
};

/* FS_IOC_GETFSUUID, Linux 6.9. */
struct fs_uuid {
  unsigned char length, uuid[16];
};
#define GET_FS_UUID _IOR (0x15, 0, struct fs_uuid)

/* A place in the stage that a real file of the view may lie at. */
struct real_layer {
  char path[64], inside[256]; /* and what that is inside; what comes after is the same */
  bool in_workspace, is_upper;
};

static const struct real_layer layers_of_root[] = {
  { STAGE_WORKSPACE "/layers/root/upper", "", true, true }, { STAGE_WORKSPACE "/" CARRIED_FILES, "", true, false },
  { STAGE "/carried", "", false, false }, { STAGE "/base", "", false, false }, { STAGE "/mask", "", false, false },
  { STAGE "/lower", "", false, false },
};

enum { N_OF_ROOT = sizeof layers_of_root / sizeof layers_of_root[0] };

struct marks {
  pid_t        pid;
  char       **paths;
  unsigned     count;
  struct real_layer layers[N_OF_ROOT + MAX_LAYERS];
  unsigned     n_layers;
};

static size_t
read_hex (const char *text, unsigned char *bytes, size_t room)
{
  size_t count = 0;
  unsigned value;

  while (count < room && sscanf (text + 2 * count, "%2x", &value) == 1)
    bytes[count++] = (unsigned char) value;
  return count;
}

static bool
is_that_file (pid_t pid, const char *path, unsigned long inode)
{
  char full[PATH_MAX + 32];
  struct stat info;

  snprintf (full, sizeof full, "/proc/%d/root%s", pid, *path != '\0' ? path : "/");
  return lstat (full, &info) == 0 && info.st_ino == inode;
}

static void
add (struct marks *marks, const char *path)
{
  for (unsigned i = 0; i < marks->count; i++)
    if (strcmp (marks->paths[i], path) == 0)
      return;
  if (marks->count < MAX_MARKS && (marks->paths[marks->count] = strdup (path)) != NULL)
    marks->count++;
}

/* A handle means nothing to another file system; ext4 even believes itself damaged by one. So where the kernel does not tell
 * a file system's UUID, a handle of the lower layers is never tried in the workspace. */
static bool
is_of_layer (const struct real_layer *layer, int mount, const unsigned char *wrapped)
{
  const bool upper = (wrapped[WRAP_FLAGS_AT] & WRAP_IS_UPPER) != 0;
  struct fs_uuid own = { 0 };

  if (upper != layer->is_upper)
    return false;
  if (ioctl (mount, GET_FS_UUID, &own) == 0 && own.length == sizeof own.uuid)
    return memcmp (own.uuid, wrapped + WRAP_UUID_AT, sizeof own.uuid) == 0;
  return upper || !layer->in_workspace;
}

/* The path inside of a real file, if it is the one with @inode there. */
static bool
add_real (struct marks *marks, const char *real, unsigned long inode)
{
  for (unsigned i = 0; i < marks->n_layers; i++) {
    const struct real_layer *layer = &marks->layers[i];
    const size_t prefix = strlen (layer->path);
    char path[PATH_MAX + sizeof layer->inside];

    if (strncmp (real, layer->path, prefix) != 0 || (real[prefix] != '/' && real[prefix] != '\0'))
      continue;
    snprintf (path, sizeof path, "%s%s", layer->inside, real + prefix);
    if (!is_that_file (marks->pid, path, inode))
      continue;
    add (marks, *path != '\0' ? path : "/");
    return true;
  }
  return false;
}

/* Opens the real file in a layer; false if it is not the one with @inode inside. */
static bool
try_layer (struct marks *marks, const struct real_layer *layer, const unsigned char *wrapped, struct file_handle *handle,
           unsigned long inode)
{
  int mount = open (layer->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1;
  char link[32], real[PATH_MAX];
  ssize_t length = -1;

  if (mount >= 0 && is_of_layer (layer, mount, wrapped))
    fd = open_by_handle_at (mount, handle, O_PATH | O_CLOEXEC);
  if (fd >= 0) {
    snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink (link, real, sizeof real - 1);
    close (fd);
  }
  if (mount >= 0)
    close (mount);
  if (length <= 0)
    return false;
  real[length] = '\0';
  return add_real (marks, real, inode);
}

/* A carried file has another name where it is kept, and by its handle it may be found under that. They are few, and the number of a file is its own
 * on all of an overlay. */
static bool
try_carried (struct marks *marks, unsigned long inode)
{
  char root[] = STAGE_WORKSPACE "/" CARRIED_FILES, *const roots[] = { root, NULL };
  FTS *walk = fts_open (roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
  FTSENT *entry;
  bool found = false;

  while (walk != NULL && !found && (entry = fts_read (walk)) != NULL) {
    const char *path = entry->fts_path + sizeof root - 1;

    if (entry->fts_info != FTS_F || !is_that_file (marks->pid, path, inode))
      continue;
    add (marks, path);
    found = true;
  }
  if (walk != NULL)
    fts_close (walk);
  return found;
}

static void
take_line (struct marks *marks, const char *line)
{
  struct {
    struct file_handle head;
    unsigned char      bytes[128];
  } handle;
  unsigned char wrapped[256];
  unsigned long inode;
  const char *hex = strstr (line, "f_handle:");
  size_t size, length;

  if (hex == NULL || sscanf (line, "inotify wd:%*x ino:%lx", &inode) != 1)
    return;
  size = read_hex (hex + strlen ("f_handle:"), wrapped, sizeof wrapped);
  if (size < WRAP_PADDING + WRAP_HEAD || wrapped[WRAP_PADDING + WRAP_MAGIC_AT] != WRAP_MAGIC)
    return; /* not on an overlay: CRIU finds it alone */
  length = wrapped[WRAP_PADDING + WRAP_LENGTH_AT];
  if (length <= WRAP_HEAD || length > size - WRAP_PADDING || length - WRAP_HEAD > sizeof handle.bytes)
    return;
  handle.head.handle_bytes = (unsigned) (length - WRAP_HEAD);
  handle.head.handle_type = wrapped[WRAP_PADDING + WRAP_TYPE_AT];
  memcpy (handle.head.f_handle, wrapped + WRAP_PADDING + WRAP_HEAD, length - WRAP_HEAD);
  for (unsigned i = 0; i < marks->n_layers; i++)
    if (try_layer (marks, &marks->layers[i], wrapped + WRAP_PADDING, &handle.head, inode))
      return;
  try_carried (marks, inode);
}

static void
take_descriptor (pid_t pid, const char *fd, const char *target, void *data)
{
  struct marks *marks = data;
  char path[320], line[1024];
  FILE *in;

  if (strcmp (target, "anon_inode:inotify") != 0)
    return;
  marks->pid = pid;
  snprintf (path, sizeof path, "/proc/%d/fdinfo/%s", pid, fd);
  in = fopen (path, "re");
  while (in != NULL && fgets (line, sizeof line, in) != NULL)
    take_line (marks, line);
  if (in != NULL)
    fclose (in);
}

/* What the host has mounted below its root lies at a place of its own, and is an overlay of its own in the view. */
static void
find_layers (struct marks *marks, pid_t init)
{
  char path[64], *line = NULL;
  size_t room = 0;
  FILE *in;

  memcpy (marks->layers, layers_of_root, sizeof layers_of_root);
  marks->n_layers = N_OF_ROOT;
  snprintf (path, sizeof path, "/proc/%d/mountinfo", init);
  in = fopen (path, "re");
  while (in != NULL && marks->n_layers < N_OF_ROOT + MAX_LAYERS && getline (&line, &room, in) > 0) {
    struct real_layer *layer = &marks->layers[marks->n_layers];
    const char *sub = strstr (line, " - overlay ") != NULL ? strstr (line, STAGE "/sub/") : NULL; /* its last layer */
    unsigned number;

    *layer = (struct real_layer){ 0 };
    if (sub == NULL || sscanf (sub, STAGE "/sub/%u", &number) != 1 || sscanf (line, "%*d %*d %*s %*s %255s", layer->inside) != 1)
      continue;
    snprintf (layer->path, sizeof layer->path, STAGE "/sub/%u", number);
    marks->n_layers++;
  }
  free (line);
  if (in != NULL)
    fclose (in);
}

/* CRIU walks through all of a directory that is not the one it looks for: deep ones, which are small, come first. */
static int
by_depth (const void *a, const void *b)
{
  int depth[2] = { 0, 0 };

  for (int i = 0; i < 2; i++)
    for (const char *p = *(char *const *) (i == 0 ? a : b); *p != '\0'; p++)
      depth[i] += *p == '/';
  return depth[1] - depth[0];
}

unsigned
marks_find (const struct tree *tree, char **paths)
{
  struct marks marks = { .paths = paths };

  find_layers (&marks, tree->list[0].pid);
  for (size_t i = 0; i < tree->count; i++)
    tree_each_descriptor (tree->list[i].pid, take_descriptor, &marks);
  qsort (paths, marks.count, sizeof *paths, by_depth);
  return marks.count;
}
