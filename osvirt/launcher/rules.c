/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launcher/mounts.h"

enum { OPEN_TRIES = 1000 };

#define EMPTY_FILE "run/domicile/empty"

/* --- what a client has sent --- */

/* "/a/b" with nothing that climbs or stays, and not one of the view's own parts. */
static bool
is_plain (const char *path)
{
  static const char *const reserved[] = { "/proc", "/sys", "/dev", "/run/domicile" };

  if (path[0] != '/' || path[1] == '\0')
    return false;
  for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
    size_t length = strlen (reserved[i]);

    if (strncmp (path, reserved[i], length) == 0 && (path[length] == '\0' || path[length] == '/'))
      return false;
  }
  for (const char *part = path; *part != '\0';) {
    size_t length = strcspn (++part, "/");

    if (length == 0 || length > NAME_MAX || (length == 1 && part[0] == '.') || (length == 2 && part[0] == '.' && part[1] == '.'))
      return false;
    part += length;
  }
  return true;
}

/* The next string of the text, which ends with an empty one. */
static const char *
next_text (const char **at, const char *end)
{
  const char *text = *at, *stop = text < end ? memchr (text, '\0', (size_t) (end - text)) : NULL;

  if (stop == NULL || stop == text)
    return NULL;
  *at = stop + 1;
  return text;
}

int
rules_parse (const char *text, const int *fds, unsigned n_fds, struct rules *rules, struct wire_fault *fault)
{
  const char *at = text, *end = text + sizeof ((struct helper_request *) NULL)->rules, *word;

  *rules = (struct rules){ .n = 0 };
  while ((word = next_text (&at, end)) != NULL) {
    struct rule *rule = &rules->list[rules->n];
    const char *source = word[0] == RULE_REDIRECT ? next_text (&at, end) : NULL;

    if (rules->n == MAX_RULES || strchr ("hrswm", word[0]) == NULL || !is_plain (word + 1)
        || (word[0] == RULE_REDIRECT && (source == NULL || !is_plain (source))))
      return wire_fail (fault, EINVAL, "a rule for a path is not one");
    *rule = (struct rule){ word[0], word + 2, source != NULL ? source + 1 : NULL, -1 };
    if (rule->kind == RULE_SHARE || rule->kind == RULE_SHARE_WRITABLE) {
      if (n_fds == 0)
        return wire_fail (fault, EINVAL, "a rule shares nothing");
      rule->mount = *fds++;
      n_fds--;
    }
    rules->n++;
  }
  return at == end || *at == '\0' ? 0 : wire_fail (fault, EINVAL, "the rules for paths have no end");
}

unsigned
rules_count_shared (const struct rules *rules)
{
  unsigned n = 0;

  for (unsigned i = 0; i < rules->n; i++)
    n += rules->list[i].kind == RULE_SHARE || rules->list[i].kind == RULE_SHARE_WRITABLE;
  return n;
}

static unsigned
share_attributes (const struct rule *rule)
{
  return MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (rule->kind == RULE_SHARE ? MOUNT_ATTR_RDONLY : 0);
}

/* To connect to a socket changes no file, but where its owner is none of the mapped ids the kernel takes it for that. So one that is
 * shared to be read is as it is on the host, for others there. */
static bool
is_unmapped (const struct rule *rule)
{
  struct stat info;

  return rule->kind == RULE_SHARE && fstat (rule->mount, &info) == 0 && S_ISSOCK (info.st_mode);
}

static int
mount_mapped (struct rule *rule, int userns, struct wire_fault *fault)
{
  int mount = mount_clone (rule->mount, "", false, fault);

  if (mount < 0)
    return -1;
  if (mount_set (mount, share_attributes (rule), is_unmapped (rule) ? -1 : userns, false, fault) == 0
      || (rule->kind == RULE_SHARE && mount_set (mount, share_attributes (rule), -1, false, fault) == 0)) {
    rule->mount = mount;
    return 0;
  }
  close (mount);
  return wire_fail (fault, EOPNOTSUPP, "the file system of what is shared as /%.60s cannot map user ids; share it to be read only",
                    rule->path);
}

int
rules_mount (struct rules *rules, int userns, struct wire_fault *fault)
{
  for (unsigned i = 0; i < rules->n; i++) {
    if (rules->list[i].mount < 0 || mount_mapped (&rules->list[i], userns, fault) == 0)
      continue;
    for (unsigned k = i; k < rules->n; k++)
      rules->list[k].mount = -1; /* the caller's still */
    rules_close (rules);
    return -1;
  }
  return 0;
}

int
rules_mount_again (struct rules *rules, struct wire_fault *fault)
{
  for (unsigned i = 0; i < rules->n; i++) {
    struct rule *rule = &rules->list[i];
    char link[32], path[PATH_MAX];
    ssize_t length;

    if (rule->mount < 0)
      continue;
    snprintf (link, sizeof link, "/proc/self/fd/%d", rule->mount);
    length = readlink (link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    rule->mount = mount_clone (AT_FDCWD, path, true, fault);
    if (rule->mount < 0 || mount_set (rule->mount, share_attributes (rule), -1, true, fault) != 0)
      return -1;
  }
  return 0;
}

void
rules_close (struct rules *rules)
{
  for (unsigned i = 0; i < rules->n; i++)
    close_fd (&rules->list[i].mount);
}

/* --- in the tree of the view --- */

/* Links lead where they will lead for the programs inside, never out of the tree. */
static int
open_inside (const char *path, int flags, mode_t mode)
{
  struct open_how how = {
    .flags = (uint64_t) (flags | O_CLOEXEC),
    .mode = mode,
    .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
  };
  int root = open (".", O_PATH | O_DIRECTORY | O_CLOEXEC), fd, tries = OPEN_TRIES;

  do /* a mount or a rename somewhere on the host has crossed a ".." of a link's */
    fd = root < 0 ? -1 : (int) syscall (SYS_openat2, root, path, &how, sizeof how);
  while (fd < 0 && errno == EAGAIN && --tries > 0);
  close_fd (&root);
  return fd;
}

/* One part of a path whose folder is there. */
static int
make_part (const char *part, bool file)
{
  const char *slash = strrchr (part, '/');
  const char *name = slash != NULL ? slash + 1 : part;
  char folder[PATH_MAX];
  int above, made, result;

  snprintf (folder, sizeof folder, "%.*s", slash != NULL ? (int) (slash - part) : 1, slash != NULL ? part : ".");
  above = open_inside (folder, O_PATH | O_DIRECTORY, 0);
  made = above < 0 || !file ? -1 : openat (above, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  result = above < 0 ? -1 : file ? (made >= 0 ? 0 : -1) : mkdirat (above, name, 0755);
  if (made >= 0)
    close (made);
  if (above >= 0)
    close (above);
  return result;
}

/* Opens @path; where it is not there, makes it a folder or an empty file, and the folders above it. */
static int
open_or_make (const char *path, bool folder, struct wire_fault *fault)
{
  char part[PATH_MAX];

  for (size_t end = strcspn (path, "/");; end += 1 + strcspn (path + end + 1, "/")) {
    const bool last = path[end] == '\0';
    int fd;

    snprintf (part, sizeof part, "%.*s", (int) end, path);
    fd = open_inside (part, O_PATH, 0);
    if (fd < 0 && errno == ENOENT && make_part (part, last && !folder) == 0)
      fd = open_inside (part, O_PATH, 0);
    if (fd < 0)
      return wire_fail (fault, errno == EOVERFLOW ? EACCES : errno, "making /%.100s in the workspace, as a rule for paths says", part);
    if (last)
      return fd;
    close (fd);
  }
}

static bool
is_folder (int fd)
{
  struct stat info;

  return fstat (fd, &info) == 0 && S_ISDIR (info.st_mode);
}

static int
attach_at (int *mount, int place, const char *path, struct wire_fault *fault)
{
  int result = 0;

  if (syscall (SYS_move_mount, *mount, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
    result = wire_fail (fault, errno, "putting something in place of /%.100s", path);
  close_fd (mount);
  return result;
}

/* An empty folder, or an empty file. That stays so, but that another rule may show something in the folder: it is closed when
 * all are applied. */
static int
make_nothing (int place, struct wire_fault *fault)
{
  static const struct mount_option options[] = { { "mode", "0755" }, { "size", "4k" }, { NULL, NULL } };
  const unsigned attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  int mount;

  if (is_folder (place))
    return mount_new ("tmpfs", options, attributes & ~(unsigned) MOUNT_ATTR_RDONLY, fault);
  mount = open (EMPTY_FILE, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0444);
  if (mount < 0)
    return wire_fail (fault, errno, "making /" EMPTY_FILE);
  close (mount);
  mount = mount_clone (AT_FDCWD, EMPTY_FILE, false, fault);
  if (mount >= 0 && mount_set (mount, attributes, -1, false, fault) != 0)
    close_fd (&mount);
  return mount;
}

/* The rules on what is there already; what is not there cannot be hidden. */
static int
apply_to_present (struct rule *rule, struct wire_fault *fault)
{
  int place = open_inside (rule->path, O_PATH, 0), mount, result = -1;

  if (place < 0)
    return errno == ENOENT || errno == ENOTDIR ? 0 : wire_fail (fault, errno, "opening /%.100s in the workspace", rule->path);
  if (rule->kind == RULE_HIDE) {
    mount = make_nothing (place, fault);
    rule->mount = mount < 0 ? -1 : fcntl (mount, F_DUPFD_CLOEXEC, 3);
  } else {
    mount = mount_clone (place, "", true, fault);
    if (mount >= 0 && mount_set (mount, MOUNT_ATTR_RDONLY, -1, true, fault) != 0)
      close_fd (&mount);
  }
  if (mount >= 0)
    result = attach_at (&mount, place, rule->path, fault);
  close (place);
  return result;
}

static int
redirect (const struct rule *rule, struct wire_fault *fault)
{
  int source = open_or_make (rule->source, true, fault), mount, place, result = -1;

  if (source < 0)
    return -1;
  mount = mount_clone (source, "", true, fault);
  place = mount < 0 ? -1 : open_or_make (rule->path, is_folder (source), fault);
  if (place >= 0)
    result = attach_at (&mount, place, rule->path, fault);
  close_fd (&place);
  close_fd (&mount);
  close (source);
  return result;
}

static int
share (struct rule *rule, struct wire_fault *fault)
{
  int place = open_or_make (rule->path, is_folder (rule->mount), fault), result;

  if (place < 0)
    return -1;
  result = attach_at (&rule->mount, place, rule->path, fault);
  close (place);
  return result;
}

int
rules_apply (struct rules *rules, struct wire_fault *fault)
{
  int result = 0;

  for (unsigned i = 0; result == 0 && i < rules->n; i++) {
    struct rule *rule = &rules->list[i];

    result = rule->kind == RULE_REDIRECT ? redirect (rule, fault)
             : rule->mount >= 0          ? share (rule, fault)
                                         : apply_to_present (rule, fault);
  }
  for (unsigned i = 0; i < rules->n; i++)
    if (rules->list[i].mount >= 0) {
      if (result == 0)
        result = mount_set (rules->list[i].mount, MOUNT_ATTR_RDONLY, -1, false, fault);
      close_fd (&rules->list[i].mount);
    }
  return result;
}

int
rules_cover_file (int *mount, const char *path, struct wire_fault *fault)
{
  int place = open_or_make (path, false, fault), result;

  if (place < 0) {
    close_fd (mount);
    return -1;
  }
  result = attach_at (mount, place, path, fault);
  close (place);
  return result;
}
