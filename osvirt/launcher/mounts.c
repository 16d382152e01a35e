/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

/* The kernel explains a refused mount in messages that are read from the context. */
static int
context_fail (int context, const char *type, const char *what, struct wire_fault *fault)
{
  int error = errno;
  char text[WIRE_TEXT_MAX / 2];
  ssize_t got = read (context, text, sizeof text - 1);

  text[got > 0 ? got : 0] = '\0';
  close (context);
  return wire_fail (fault, error, "mounting %s (%s)%s%s", type, what, got > 0 ? ": " : "", text);
}

static int
set_option (int context, const struct mount_option *option)
{
  if (option->text != NULL)
    return (int) syscall (SYS_fsconfig, context, FSCONFIG_SET_STRING, option->key, option->text, 0);
  return (int) syscall (SYS_fsconfig, context, FSCONFIG_SET_FLAG, option->key, NULL, 0);
}

int
mount_new (const char *type, const struct mount_option *options, unsigned attributes, struct wire_fault *fault)
{
  int context = (int) syscall (SYS_fsopen, type, FSOPEN_CLOEXEC);
  int mount;

  if (context < 0)
    return wire_fail (fault, errno, "this kernel has no file system %s", type);
  for (; options != NULL && options->key != NULL; options++)
    if (set_option (context, options) != 0)
      return context_fail (context, type, options->key, fault);
  if (syscall (SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0)
    return context_fail (context, type, "create", fault);
  mount = (int) syscall (SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes);
  if (mount < 0)
    return context_fail (context, type, "fsmount", fault);
  close (context);
  return mount;
}

int
mount_clone (int dir, const char *path, bool recursive, struct wire_fault *fault)
{
  unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
  struct mount_attr alone = { .propagation = MS_PRIVATE };
  int mount = (int) syscall (SYS_open_tree, dir, path, flags);

  if (mount < 0 || syscall (SYS_mount_setattr, mount, "", flags & (AT_EMPTY_PATH | AT_RECURSIVE), &alone, sizeof alone) != 0) {
    wire_fail (fault, errno, "binding %s", *path != '\0' ? path : "a directory");
    close_fd (&mount);
  }
  return mount;
}

int
mount_set (int mount, unsigned attributes, int userns, bool recursive, struct wire_fault *fault)
{
  struct mount_attr attr = { .attr_set = attributes };

  if (userns >= 0) {
    attr.attr_set |= MOUNT_ATTR_IDMAP;
    attr.userns_fd = (unsigned) userns;
  }
  if (syscall (SYS_mount_setattr, mount, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr, sizeof attr) != 0)
    return wire_fail (fault, errno, "setting the attributes of a mount%s", userns >= 0 ? " (mapping its ids)" : "");
  return 0;
}

int
mount_attach (int *mount, int dir, const char *path, struct wire_fault *fault)
{
  int result = 0;

  if (syscall (SYS_move_mount, *mount, "", dir, path, MOVE_MOUNT_F_EMPTY_PATH) != 0)
    result = wire_fail (fault, errno, "attaching a mount at /%s", path);
  close_fd (mount);
  return result;
}

int
proc_write (pid_t pid, const char *file, const char *text, struct wire_fault *fault)
{
  char path[64];
  int fd;
  ssize_t done;

  snprintf (path, sizeof path, "/proc/%d/%s", (int) pid, file);
  fd = open (path, O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return wire_fail (fault, errno, "opening %s", path);
  done = write (fd, text, strlen (text));
  if (done != (ssize_t) strlen (text)) {
    int error = errno;

    close (fd);
    return wire_fail (fault, error, "writing %s", path);
  }
  close (fd);
  return 0;
}

static void
hold_userns (int ready)
{
  if (unshare (CLONE_NEWUSER) == 0 && write (ready, "x", 1) == 1)
    pause ();
  _exit (1);
}

int
userns_new (const char *uid_map, const char *gid_map, struct wire_fault *fault)
{
  int ready[2], userns = -1;
  char byte, path[64];
  pid_t child;

  if (pipe2 (ready, O_CLOEXEC) != 0)
    return wire_fail (fault, errno, "making a pipe");
  child = fork ();
  if (child == 0) {
    close (ready[0]);
    hold_userns (ready[1]);
  }
  close (ready[1]);
  if (child < 0)
    wire_fail (fault, errno, "starting a process");
  else if (read (ready[0], &byte, 1) != 1)
    wire_fail (fault, EPERM, "this kernel or its settings forbid user namespaces");
  else if (proc_write (child, "uid_map", uid_map, fault) == 0 && proc_write (child, "gid_map", gid_map, fault) == 0) {
    snprintf (path, sizeof path, "/proc/%d/ns/user", (int) child);
    userns = open (path, O_RDONLY | O_CLOEXEC);
    if (userns < 0)
      wire_fail (fault, errno, "opening a user namespace");
  }
  close (ready[0]);
  if (child > 0) {
    kill (child, SIGKILL);
    waitpid (child, NULL, 0);
  }
  return userns;
}
