/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/loop.h>
#include <linux/mount.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/mounts.h"

enum { ATTEMPTS = 16, BLOCK_SIZE = 4096, POLL_MS = 2 };

/* Binds @image to @device with @flags more. Returns an errno value. */
static int
configure (int device, int image, unsigned flags)
{
  struct loop_config config = {
    .fd = (uint32_t) image,
    .block_size = BLOCK_SIZE,
    .info = { .lo_flags = LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO | flags },
  };

  return ioctl (device, LOOP_CONFIGURE, &config) == 0 ? 0 : errno;
}

/* Whose file the image is: opened by this process; opened by the client; or to be opened by the client for writing. */
enum whose { OURS, GIVEN, CLIENTS };

struct binding {
  int        image;
  enum whose whose;
  uid_t      uid;
  gid_t      gid;
};

static int
configure_given (int device, int image)
{
  struct stat info;

  if (fstat (image, &info) != 0)
    return errno;
  return S_ISREG (info.st_mode) ? configure (device, image, LO_FLAGS_READ_ONLY) : EINVAL;
}

/* A FUSE file system answers only to its owner. So a process that has become the client opens the file and binds it to the
 * device, which was opened before, as root. Returns an errno value. */
static int
bind_as_client (int device, const struct binding *binding)
{
  char path[32];
  int fd;

  if (setgroups (0, NULL) != 0 || setresgid (binding->gid, binding->gid, binding->gid) != 0
      || setresuid (binding->uid, binding->uid, binding->uid) != 0)
    return errno;
  if (binding->whose == GIVEN)
    return configure_given (device, binding->image);
  snprintf (path, sizeof path, "/proc/self/fd/%d", binding->image);
  fd = open (path, O_RDWR | O_CLOEXEC);
  return fd < 0 ? errno : configure (device, fd, 0);
}

static int
bind_image (int device, const struct binding *binding)
{
  int status;
  pid_t child;

  if (binding->whose == OURS)
    return configure (device, binding->image, LO_FLAGS_READ_ONLY);
  child = fork ();
  if (child == 0)
    _exit (bind_as_client (device, binding));
  if (child < 0)
    return errno;
  while (waitpid (child, &status, 0) < 0)
    if (errno != EINTR)
      return errno;
  return WIFEXITED (status) ? WEXITSTATUS (status) : EIO;
}

static int
attach (struct loop *loop, const struct binding *binding, struct wire_fault *fault)
{
  int control = open ("/dev/loop-control", O_RDWR | O_CLOEXEC);
  int error = EBUSY;

  if (control < 0)
    return errno == ENOENT ? wire_fail (fault, ENODEV, "this kernel does not have loop devices")
                           : wire_fail (fault, errno, "opening the loop device control");
  for (int i = 0; i < ATTEMPTS && error == EBUSY; i++) {
    int number = ioctl (control, LOOP_CTL_GET_FREE), device;

    if (number < 0) {
      error = errno;
      break;
    }
    snprintf (loop->path, sizeof loop->path, "/dev/loop%d", number);
    device = open (loop->path, (binding->whose == CLIENTS ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    error = device < 0 ? errno : bind_image (device, binding);
    if (error == 0) {
      close (control);
      return device;
    }
    close_fd (&device); /* another program was faster: try the next */
  }
  close_fd (&control);
  loop->path[0] = '\0';
  return wire_fail (fault, error, "binding a file to a loop device");
}

int
loop_attach (struct loop *loop, int image, uid_t uid, gid_t gid, struct wire_fault *fault)
{
  return attach (loop, &(struct binding){ image, CLIENTS, uid, gid }, fault);
}

int
loop_attach_readonly (struct loop *loop, int image, struct wire_fault *fault)
{
  return attach (loop, &(struct binding){ .image = image, .whose = OURS }, fault);
}

int
loop_attach_given (struct loop *loop, int image, uid_t uid, gid_t gid, struct wire_fault *fault)
{
  return attach (loop, &(struct binding){ image, GIVEN, uid, gid }, fault);
}

static int
with_ids (int mount, int userns, struct wire_fault *fault)
{
  if (mount >= 0 && mount_set (mount, 0, userns, false, fault) != 0)
    close_fd (&mount);
  return mount;
}

int
loop_mount (const struct loop *loop, int userns, struct wire_fault *fault)
{
  const struct mount_option options[] = { { "source", loop->path }, { "errors", "remount-ro" }, { "discard", NULL },
                                          { "noinit_itable", NULL }, /* no zeroes written behind the user's back: a stick is slow, and wears */
                                          { NULL, NULL } };

  return with_ids (mount_new ("ext4", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, fault), userns, fault);
}

int
loop_mount_base (const struct loop *loop, int userns, struct wire_fault *fault)
{
  const struct mount_option options[] = { { "source", loop->path }, { "ro", NULL }, { NULL, NULL } };

  return with_ids (mount_new ("erofs", options, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV, fault), userns, fault);
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
