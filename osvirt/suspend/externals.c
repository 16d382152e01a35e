/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspend/externals.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "launcher/overlay.h"
#include "launcher/submounts.h"

#define NAME "externals"

enum { MAX_EXTERNALS = 256 }; /* of more, CRIU could not be told */

/* A line of /proc/PID/mountinfo. */
struct mounted {
  struct mounted *next;
  dev_t           device;
  char            root[PATH_MAX], place[PATH_MAX], type[64];
  bool            read_only;
};

/* --- what there is -------------------------------------------------------------------------------------------------------- */

/* As the kernel writes spaces and the like: \040. */
static void
unescape (char *text)
{
  char *out = text;

  for (const char *in = text; *in != '\0'; in++) {
    unsigned code;

    if (in[0] == '\\' && sscanf (in + 1, "%3o", &code) == 1) {
      *out++ = (char) code;
      in += 3;
    } else
      *out++ = *in;
  }
  *out = '\0';
}

static struct mounted *
parse_mount (const char *line)
{
  struct mounted *mounted = calloc (1, sizeof *mounted);
  const char *rest = strstr (line, " - ");
  unsigned major_number, minor_number;
  char options[512];

  if (mounted == NULL || rest == NULL || sscanf (rest, " - %63s", mounted->type) != 1
      || sscanf (line, "%*d %*d %u:%u %4095s %4095s %511s", &major_number, &minor_number, mounted->root, mounted->place, options) != 5) {
    free (mounted);
    return NULL;
  }
  mounted->device = makedev (major_number, minor_number);
  mounted->read_only = strncmp (options, "ro", 2) == 0 && (options[2] == ',' || options[2] == '\0');
  unescape (mounted->root);
  unescape (mounted->place);
  return mounted;
}

/* In the order in which they were made; to be freed by free_mounts(). NULL with errno on failure. */
static struct mounted *
read_mounts (pid_t init)
{
  struct mounted *first = NULL, **last = &first;
  char path[32], *line = NULL;
  size_t room = 0;
  FILE *in;

  snprintf (path, sizeof path, "/proc/%d/mountinfo", init);
  in = fopen (path, "re");
  while (in != NULL && getline (&line, &room, in) > 0)
    if ((*last = parse_mount (line)) != NULL)
      last = &(*last)->next;
  free (line);
  if (in != NULL)
    fclose (in);
  return first;
}

static void
free_mounts (struct mounted *mounted)
{
  while (mounted != NULL) {
    struct mounted *next = mounted->next;

    free (mounted);
    mounted = next;
  }
}

static bool
is_shared (const struct mounted *mounted, const struct rules *shares)
{
  struct stat info;

  for (unsigned i = 0; i < shares->n; i++)
    if (shares->list[i].mount >= 0 && fstat (shares->list[i].mount, &info) == 0 && info.st_dev == mounted->device)
      return true;
  return false;
}

static bool
is_external (const struct mounted *mounted, const struct rules *shares)
{
  static const char *const by_criu[] = { "tmpfs", "proc", "devpts", "mqueue" };

  if (strcmp (mounted->place, "/") == 0)
    return false;
  if (strcmp (mounted->place, "/dev") == 0 || strcmp (mounted->place, "/sys") == 0)
    return true;
  if (is_shared (mounted, shares))
    return true;
  for (size_t i = 0; i < sizeof by_criu / sizeof by_criu[0]; i++)
    if (strcmp (mounted->type, by_criu[i]) == 0)
      return false;
  return true;
}

/* A part of the workspace that the view shows at a place of its own. */
static bool
is_of_workspace (const char *place)
{
  return strcmp (place, "/root") == 0 || strcmp (place, LOG_PATH) == 0
         || (strncmp (place, "/home/", 6) == 0 && strchr (place + 6, '/') == NULL);
}

/* Whether the stage has it without any rule. */
static bool
is_base (const struct mounted *mounted, const struct rules *shares)
{
  return is_of_workspace (mounted->place) || (strcmp (mounted->type, "overlay") == 0 && strcmp (mounted->root, "/") == 0 && !is_shared (mounted, shares));
}

/* Whether @part, a path, is @whole or below it; what comes after. */
static const char *
below (const char *part, const char *whole)
{
  size_t length = strcmp (whole, "/") == 0 ? 0 : strlen (whole);

  if (strncmp (part, whole, length) != 0 || (part[length] != '/' && part[length] != '\0'))
    return NULL;
  return part + length + (part[length] == '/');
}

static void
write_external (FILE *out, const struct mounted *all, const struct mounted *mounted, const struct rules *shares)
{
  const char *rest = NULL;

  for (const struct mounted *base = all; base != NULL; base = base->next) {
    if (!is_base (base, shares) || base->device != mounted->device || (is_base (mounted, shares) && base != mounted)
        || (rest = below (mounted->root, base->root)) == NULL)
      continue;
    fprintf (out, "%s\t%s\t%s\t%d\n", mounted->place, base->place, rest, mounted->read_only);
    return;
  }
  fprintf (out, "%s\t\t\t%d\n", mounted->place, mounted->read_only);
}

int
externals_write (int image, pid_t init, const struct rules *shares, struct wire_fault *fault)
{
  int fd = openat (image, NAME, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
  FILE *out = fd >= 0 ? fdopen (fd, "w") : NULL;
  struct mounted *all = read_mounts (init);
  bool odd = false, failed;

  for (const struct mounted *mounted = all; mounted != NULL && out != NULL; mounted = mounted->next) {
    if (!is_external (mounted, shares))
      continue;
    odd |= strpbrk (mounted->place, "\t\n") != NULL || strstr (mounted->place, "]:") != NULL || strpbrk (mounted->root, "\t\n") != NULL;
    write_external (out, all, mounted, shares);
  }
  failed = all == NULL || out == NULL || ferror (out) != 0;
  if (out != NULL)
    failed |= fclose (out) != 0;
  free_mounts (all);
  if (odd)
    return wire_fail (fault, EBUSY, "a rule is about a path with a tabulator, a line break or “]:” in it");
  return failed ? wire_fail (fault, errno, "noting the mounts of the workspace") : 0;
}

/* --- what there shall be -------------------------------------------------------------------------------------------------- */

static bool
take_column (char **at, const char *end, char *column, size_t room)
{
  size_t length = strcspn (*at, end);

  if (length >= room || (*at)[length] == '\0')
    return false;
  memcpy (column, *at, length);
  column[length] = '\0';
  *at += length + 1;
  return true;
}

static bool
parse_external (char *line, struct external *external)
{
  char read_only[8];

  /* A bracket would end the name by which CRIU asks for it. */
  if (!take_column (&line, "\t", external->place, sizeof external->place) || external->place[0] != '/'
      || strstr (external->place, "]:") != NULL
      || !take_column (&line, "\t", external->base, sizeof external->base)
      || !take_column (&line, "\t", external->rest, sizeof external->rest) || !take_column (&line, "\n", read_only, sizeof read_only))
    return false;
  external->read_only = strcmp (read_only, "1") == 0;
  external->mount = -1;
  return true;
}

struct external *
externals_read (int image)
{
  int fd = openat (image, NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  FILE *in = fd >= 0 ? fdopen (fd, "r") : NULL;
  struct external *first = NULL, **last = &first, *external;
  size_t room = 0, left = MAX_EXTERNALS;
  char *line = NULL;

  while (in != NULL && left-- > 0 && getline (&line, &room, in) > 0 && (external = calloc (1, sizeof *external)) != NULL) {
    if (!parse_external (line, external)) {
      free (external);
      break;
    }
    *last = external;
    last = &external->next;
  }
  free (line);
  if (in != NULL)
    fclose (in);
  return first;
}

static bool
is_attached (const char *place)
{
  struct statx info;

  return statx (AT_FDCWD, place, AT_SYMLINK_NOFOLLOW, 0, &info) == 0 && (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

/* A place in the stage for a detached mount of a folder or of a file. The places are on a file system that all stages share, what
 * is attached there is in one of them only. */
static int
make_place (int mount, const char *name, unsigned number, char *place, size_t room)
{
  struct stat info;
  int file;

  if (fstat (mount, &info) != 0)
    return -1;
  snprintf (place, room, STAGE "/sub/%s-%s-%u", name, S_ISDIR (info.st_mode) ? "folder" : "file", number);
  if (is_attached (place)) /* what is there may be a socket, or not to be written */
    return 0;
  if (S_ISDIR (info.st_mode))
    return mkdir (place, 0755) == 0 || errno == EEXIST ? 0 : -1;
  file = open (place, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  return file >= 0 ? close (file) : -1;
}

/* Where the stage has the file system that a base shows. */
static void
find_base (const char *base, char *source, size_t room, const char **rest)
{
  *rest = "";
  if (strcmp (base, "/") == 0)
    snprintf (source, room, STAGE_ROOT);
  else if (strcmp (base, LOG_PATH) == 0)
    snprintf (source, room, STAGE_WORKSPACE "/log");
  else if (is_of_workspace (base))
    snprintf (source, room, STAGE_WORKSPACE "/home");
  else {
    submount_place (base + 1, source, room);
    if (is_attached (source)) /* the folder alone may be there from another stage */
      return;
    /* It was a mount of its own where the view was suspended, and is none here. */
    snprintf (source, room, STAGE_ROOT);
    *rest = base + 1;
  }
}

/* A part of a base. Never through a link: the tree is the user's, and the host's lies around it. */
static int
attach_part (const char *base, const char *first, const char *second, bool read_only, char *source, size_t room)
{
  struct open_how how = {
    .flags = O_PATH | O_CLOEXEC,
    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
  };
  int root = open (base, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), part, copy, result = -1;
  struct wire_fault fault;
  static unsigned count;
  char path[2 * PATH_MAX];

  snprintf (path, sizeof path, "%s%s%s", first, *first != '\0' && *second != '\0' ? "/" : "", second);
  part = root < 0 ? -1 : *path == '\0' ? fcntl (root, F_DUPFD_CLOEXEC, 3) : (int) syscall (SYS_openat2, root, path, &how, sizeof how);
  copy = part >= 0 ? mount_clone (part, "", false, &fault) : -1;
  if (copy >= 0 && (!read_only || mount_set (copy, MOUNT_ATTR_RDONLY, -1, false, &fault) == 0)) {
    result = make_place (copy, "moved", count++, source, room);
    if (result == 0)
      result = mount_attach (&copy, AT_FDCWD, source, &fault);
  }
  close_fd (&copy);
  close_fd (&part);
  close_fd (&root);
  return result;
}

/* The share for that very path, or, where a link was in the way, the next one that no path is of. */
static int
find_share (const struct rules *shares, const char *place)
{
  static bool taken[MAX_RULES];
  int next = -1;

  for (unsigned i = 0; shares != NULL && i < shares->n; i++) {
    if (shares->list[i].mount < 0 || taken[i])
      continue;
    if (strcmp (shares->list[i].path, place + 1) == 0) {
      taken[i] = true;
      return (int) i;
    }
    next = next < 0 ? (int) i : next;
  }
  if (next >= 0)
    taken[next] = true;
  return next;
}

/* The stage keeps it, so that it serves the trial and every later one. */
static int
attach_share (const struct rules *shares, const char *place, char *source, size_t room)
{
  int index = find_share (shares, place), mount;
  struct wire_fault fault;

  if (index < 0 || make_place (shares->list[index].mount, "share", (unsigned) index, source, room) != 0)
    return -1;
  if (is_attached (source))
    return 0;
  mount = fcntl (shares->list[index].mount, F_DUPFD_CLOEXEC, 3);
  return mount_attach (&mount, AT_FDCWD, source, &fault);
}

/* Its name, or NULL for another mount. */
static const char *
name_beside (const struct external *external)
{
  const size_t length = strlen (LIVE_BUNDLES);

  return strncmp (external->place, LIVE_BUNDLES, length) == 0 && external->place[length] == '/' ? external->place + length + 1 : NULL;
}

static int
take_kept (struct beside *beside, const char *name)
{
  for (unsigned i = 0; i < beside->n; i++)
    if (strcmp (beside->names[i], name) == 0)
      return fcntl (beside->mounts[i], F_DUPFD_CLOEXEC, 3);
  return -1;
}

int
externals_take_beside (struct external *externals, struct beside *beside, pid_t init)
{
  struct wire_fault ignored;
  bool inside = false;

  for (struct external *external = externals; external != NULL; external = external->next) {
    const char *name = name_beside (external);
    char mounts[32];
    int view;

    if (name == NULL)
      continue;
    if (beside == NULL && !inside) {
      snprintf (mounts, sizeof mounts, "/proc/%d/ns/mnt", init);
      view = open (mounts, O_RDONLY | O_CLOEXEC);
      inside = view >= 0 && setns (view, CLONE_NEWNS) == 0;
      close_fd (&view);
    }
    if (beside != NULL)
      external->mount = take_kept (beside, name);
    else if (inside)
      external->mount = mount_clone (AT_FDCWD, external->place, false, &ignored);
    if (external->mount < 0)
      return -1;
  }
  return 0;
}

/* The stage may have one from an earlier trial, which somebody else's may be by now. */
static int
attach_beside (struct external *external, char *source, size_t room)
{
  static unsigned count;
  struct wire_fault fault;

  if (make_place (external->mount, "beside", count++, source, room) != 0)
    return -1;
  if (is_attached (source))
    umount2 (source, MNT_DETACH | UMOUNT_NOFOLLOW);
  return mount_attach (&external->mount, AT_FDCWD, source, &fault);
}

int
external_source (struct external *external, const struct rules *shares, char *source, size_t room)
{
  const char *place = external->place, *first;

  if (strcmp (place, "/dev") == 0 || strcmp (place, "/sys") == 0) {
    snprintf (source, room, STAGE "%s", place);
    return 0;
  }
  if (external->mount >= 0)
    return attach_beside (external, source, room);
  if (*external->base == '\0')
    return attach_share (shares, place, source, room);
  find_base (external->base, source, room, &first);
  /* By its name only what is the stage's own: what lies in the workspace may be replaced by a link at any time. */
  if (*first == '\0' && *external->rest == '\0' && !external->read_only && !is_of_workspace (external->base))
    return access (source, F_OK);
  return attach_part (source, first, external->rest, external->read_only, source, room);
}
