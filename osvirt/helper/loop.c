/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/loop.h>
#include <linux/mount.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/mounts.h"

enum { ATTEMPTS = 16, BLOCK_SIZE = 4096, POLL_MS = 2 };

/* A FUSE file system answers only to its owner. So a process that has become the client opens the file and binds it to the
 * device, which was opened before, as root. Returns an errno value. */
static int
bind_as_client (int device, int image, uid_t uid, gid_t gid)
{
  struct loop_config config = {
    .block_size = BLOCK_SIZE,
    .info = { .lo_flags = LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO },
  };
  char path[32];
  int fd;

  if (setgroups (0, NULL) != 0 || setresgid (gid, gid, gid) != 0 || setresuid (uid, uid, uid) != 0)
    return errno;
  snprintf (path, sizeof path, "/proc/self/fd/%d", image);
  fd = open (path, O_RDWR | O_CLOEXEC);
  if (fd < 0)
    return errno;
  config.fd = (uint32_t) fd;
  return ioctl (device, LOOP_CONFIGURE, &config) == 0 ? 0 : errno;
}

static int
bind_image (int device, int image, uid_t uid, gid_t gid)
{
  int status;
  pid_t child = fork ();

  if (child == 0)
    _exit (bind_as_client (device, image, uid, gid));
  if (child < 0)
    return errno;
  while (waitpid (child, &status, 0) < 0)
    if (errno != EINTR)
      return errno;
  return WIFEXITED (status) ? WEXITSTATUS (status) : EIO;
}

int
loop_attach (struct loop *loop, int image, uid_t uid, gid_t gid, struct wire_fault *fault)
{
  int control = open ("/dev/loop-control", O_RDWR | O_CLOEXEC);
  int error = EBUSY;

  if (control < 0)
    return wire_fail (fault, errno == ENOENT ? ENODEV : errno, "opening the loop device control");
  for (int i = 0; i < ATTEMPTS && error == EBUSY; i++) {
    int number = ioctl (control, LOOP_CTL_GET_FREE), device;

    if (number < 0) {
      error = errno;
      break;
    }
    snprintf (loop->path, sizeof loop->path, "/dev/loop%d", number);
    device = open (loop->path, O_RDWR | O_CLOEXEC);
    error = device < 0 ? errno : bind_image (device, image, uid, gid);
    if (error == 0) {
      close (control);
      return device;
    }
    close_fd (&device); /* another program was faster: try the next */
  }
  close_fd (&control);
  loop->path[0] = '\0';
  return wire_fail (fault, error, "binding the vault to a loop device");
}

int
loop_mount (const struct loop *loop, int userns, struct wire_fault *fault)
{
  const struct mount_option options[] = { { "source", loop->path }, { "errors", "remount-ro" }, { "discard", NULL },
                                          { NULL, NULL } };
  int mount = mount_new ("ext4", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, fault);

  if (mount >= 0 && mount_set (mount, 0, userns, false, fault) != 0)
    close_fd (&mount);
  return mount;
}

int
loop_wait_free (struct loop *loop, int timeout_ms, struct wire_fault *fault)
{
  struct loop_info64 info;

  if (loop->path[0] == '\0')
    return 0;
  /* The kernel tears a file system down after the last descriptor is closed and tells nobody. */
  for (int waited = 0; waited <= timeout_ms; waited += POLL_MS) {
    int device = open (loop->path, O_RDONLY | O_CLOEXEC);
    int bound = device >= 0 && ioctl (device, LOOP_GET_STATUS64, &info) == 0;

    close_fd (&device);
    if (!bound) {
      loop->path[0] = '\0';
      return 0;
    }
    poll (NULL, 0, POLL_MS);
  }
  return wire_fail (fault, EBUSY, "the vault is still in use");
}
