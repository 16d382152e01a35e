/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspend/marks.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

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

struct marks {
  pid_t     pid;
  char    **paths;
  unsigned  count;
};

/* The places in the stage that a real file of the view may lie at; what comes after is its path inside. */
static const struct {
  const char *path;
  bool        in_workspace, is_upper;
} layers[] = {
  { STAGE_WORKSPACE "/layers/root/upper", true, true }, { STAGE_WORKSPACE "/" CARRIED_FILES, true, false },
  { STAGE "/base", false, false }, { STAGE "/mask", false, false }, { STAGE "/lower", false, false },
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
is_of_layer (unsigned layer, int mount, const unsigned char *wrapped)
{
  const bool upper = (wrapped[WRAP_FLAGS_AT] & WRAP_IS_UPPER) != 0;
  struct fs_uuid own = { 0 };

  if (upper != layers[layer].is_upper)
    return false;
  if (ioctl (mount, GET_FS_UUID, &own) == 0 && own.length == sizeof own.uuid)
    return memcmp (own.uuid, wrapped + WRAP_UUID_AT, sizeof own.uuid) == 0;
  return upper || !layers[layer].in_workspace;
}

/* Opens the real file in a layer; false if it is not the one with @inode inside. */
static bool
try_layer (struct marks *marks, unsigned layer, const unsigned char *wrapped, struct file_handle *handle,
           unsigned long inode)
{
  int mount = open (layers[layer].path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1;
  char link[32], real[PATH_MAX];
  ssize_t length = -1;
  bool found = false;

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
  for (size_t i = 0; i < sizeof layers / sizeof layers[0] && !found; i++) {
    size_t prefix = strlen (layers[i].path);

    if (strncmp (real, layers[i].path, prefix) != 0 || (real[prefix] != '/' && real[prefix] != '\0')
        || !is_that_file (marks->pid, real + prefix, inode))
      continue;
    add (marks, real[prefix] != '\0' ? real + prefix : "/");
    found = true;
  }
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
  for (unsigned i = 0; i < sizeof layers / sizeof layers[0]; i++)
    if (try_layer (marks, i, wrapped + WRAP_PADDING, &handle.head, inode))
      return;
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

  for (size_t i = 0; i < tree->count; i++)
    tree_each_descriptor (tree->list[i].pid, take_descriptor, &marks);
  qsort (paths, marks.count, sizeof *paths, by_depth);
  return marks.count;
}
