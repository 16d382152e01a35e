/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mounts that hide the host, and namespaces that would give the right to change them. */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempts.h"

enum { OPEN_TREE_ATTR = 467, X32 = 0x40000000 };

static int
mount_new (void)
{
  return outcome (mount ("none", "/tmp", "tmpfs", 0, NULL));
}

static int
mount_again_writable (void)
{
  return outcome (mount (NULL, "/sys", NULL, MS_REMOUNT | MS_BIND, NULL));
}

static int
unmount_mask (void)
{
  return outcome (umount2 ("/proc", MNT_DETACH));
}

static int
new_mount_interface (void)
{
  return outcome (syscall (SYS_fsopen, "tmpfs", 0));
}

static int
clone_mounts (void)
{
  return outcome (syscall (SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | AT_RECURSIVE));
}

/* Newer than the filter. */
static int
clone_mounts_lately (void)
{
  struct mount_attr attr = { 0 };
  long result = syscall (OPEN_TREE_ATTR, AT_FDCWD, "/", OPEN_TREE_CLONE, &attr, sizeof attr);

  return result < 0 && errno == ENOSYS ? ENOTSUP : outcome (result);
}

static int
map_ids_of_mount (void)
{
  struct mount_attr attr = { .attr_clr = MOUNT_ATTR_RDONLY };

  return outcome (syscall (SYS_mount_setattr, AT_FDCWD, "/", 0, &attr, sizeof attr));
}

static int
exchange_root (void)
{
  return outcome (syscall (SYS_pivot_root, ".", "."));
}

/* CVE-2022-0185, CVE-2022-0492 and most kernel holes since begin so. */
static int
user_namespace (void)
{
  return outcome (unshare (CLONE_NEWUSER));
}

static int
user_namespace_by_clone (void)
{
  long pid = syscall (SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

  if (pid == 0)
    _exit (0);
  return outcome (pid);
}

static int
user_namespace_by_clone3 (void)
{
  struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
  long pid = syscall (SYS_clone3, &args, sizeof args);

  if (pid == 0)
    _exit (0);
  return outcome (pid);
}

/* The same calls by other conventions, which a filter may have forgotten. */
static int
mount_as_32_bit (void)
{
#ifdef __x86_64__
  long result;

  __asm__ volatile ("int $0x80" : "=a"(result) : "a"(21 /* mount */), "b"(0), "c"(0), "d"(0), "S"(0), "D"(0) : "memory");
  return result == -EFAULT || result == -EINVAL ? 0 : (int) -result;
#else
  return ENOTSUP;
#endif
}

static int
mount_as_x32 (void)
{
#ifdef __x86_64__
  long result = syscall (X32 | SYS_mount, NULL, NULL, NULL, 0, NULL);

  return result < 0 && errno != EFAULT && errno != EINVAL ? errno : 0;
#else
  return ENOTSUP;
#endif
}

/* Out of a chroot by a directory that was open before, up, and up. */
static int
leave_by_chroot (void)
{
  int before = open ("/", O_RDONLY | O_DIRECTORY), secret;

  mkdir ("/tmp/jail", 0700);
  if (before < 0 || chroot ("/tmp/jail") != 0 || fchdir (before) != 0)
    return errno;
  for (int i = 0; i < 64; i++)
    if (chdir ("..") != 0)
      return errno;
  if (chroot (".") != 0)
    return errno;
  secret = open (given ("ESCAPE_SECRET"), O_RDONLY);
  return outcome (secret);
}

static int
climb_out (void)
{
  char path[600];

  snprintf (path, sizeof path, "../../../../../../../../../../..%s", given ("ESCAPE_SECRET"));
  return outcome (open (path, O_RDONLY));
}

static int
below_the_root (void)
{
  char path[600];

  /* What the root may cover is what "/.." would lead to. */
  snprintf (path, sizeof path, "/..%s", given ("ESCAPE_SECRET"));
  if (open (path, O_RDONLY) >= 0)
    return 0;
  return access ("/../run/lower", F_OK) == 0 || access ("/../run/workspace", F_OK) == 0 ? 0 : errno;
}

/* "Shocker": files by number, past every mount. */
static int
open_by_handle (void)
{
  union {
    struct file_handle handle;
    char               room[sizeof (struct file_handle) + MAX_HANDLE_SZ];
  } buffer = { .handle.handle_bytes = MAX_HANDLE_SZ };
  int place = open ("/tmp", O_RDONLY | O_DIRECTORY), id;

  if (name_to_handle_at (AT_FDCWD, "/tmp", &buffer.handle, &id, 0) != 0)
    return errno;
  return outcome (open_by_handle_at (place, &buffer.handle, O_RDONLY | O_DIRECTORY));
}

const struct attempt mount_attempts[] = {
  { "mount", mount_new },
  { "remount-sys", mount_again_writable },
  { "unmount-mask", unmount_mask },
  { "fsopen", new_mount_interface },
  { "open-tree", clone_mounts },
  { "open-tree-attr", clone_mounts_lately },
  { "mount-setattr", map_ids_of_mount },
  { "pivot-root", exchange_root },
  { "user-namespace", user_namespace },
  { "user-namespace-clone", user_namespace_by_clone },
  { "user-namespace-clone3", user_namespace_by_clone3 },
  { "mount-32-bit", mount_as_32_bit },
  { "mount-x32", mount_as_x32 },
  { "chroot", leave_by_chroot },
  { "climb-out", climb_out },
  { "below-the-root", below_the_root },
  { "open-by-handle", open_by_handle },
  { NULL, NULL },
};
