/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host's people and services have: files, sockets, memory, and what a sandbox's maker may have left open. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <mqueue.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "attempts.h"

static int
hidden_file (void)
{
  return outcome (open (given ("ESCAPE_SECRET"), O_RDONLY));
}

/* CVE-2024-21626, CVE-2016-9962: a descriptor that was open in the sandbox's maker. */
static int
leaked_descriptor (void)
{
  DIR *open_files = opendir ("/proc/self/fd");
  struct dirent *entry;
  int found = ENOENT;

  while (open_files != NULL && (entry = readdir (open_files)) != NULL) {
    const int fd = atoi (entry->d_name);
    struct stat info;

    /* The three that it was started with, and this folder; the fourth is the pipe to our parent. */
    if (fd > 2 && fd != dirfd (open_files) && fstat (fd, &info) == 0 && !S_ISFIFO (info.st_mode))
      found = 0;
  }
  return found;
}

/* CVE-2024-21626: a working directory that lies on the host, from which ".." leads on. */
static int
leaked_working_directory (void)
{
  char path[4096];

  if (syscall (SYS_getcwd, path, sizeof path) > 0 && strncmp (path, "(unreachable)", 13) == 0)
    return 0;
  snprintf (path, sizeof path, "/proc/self/cwd/../../../../../../../..%s", given ("ESCAPE_SECRET"));
  return outcome (open (path, O_RDONLY));
}

static int
leaked_environment (void)
{
  static const char *const names[] = { "DBUS_SESSION_BUS_ADDRESS=", "DBUS_SYSTEM_BUS_ADDRESS=", "SSH_AUTH_SOCK=", "GPG_AGENT_INFO=",
                                       "XDG_SESSION_ID=", "WAYLAND_DISPLAY=", "DISPLAY=", "LD_PRELOAD=", "ESCAPE_LEAK=" };

  for (char **entry = environ; *entry != NULL; entry++)
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
      if (strncmp (*entry, names[i], strlen (names[i])) == 0)
        return 0;
  return ENOENT;
}

static int
connect_to (const struct sockaddr_un *address, size_t length)
{
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  return fd < 0 ? errno : outcome (connect (fd, (const struct sockaddr *) address, (socklen_t) length));
}

/* CVE-2020-15257: containerd's shim listened where every process of the host's network could reach it; X servers do. */
static int
abstract_socket (void)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  const char *name = given ("ESCAPE_ABSTRACT");

  memcpy (address.sun_path + 1, name, strlen (name));
  return connect_to (&address, offsetof (struct sockaddr_un, sun_path) + 1 + strlen (name));
}

/* A service of the host's: a message bus that would start programs for us, Docker's, an X server's. */
static int
host_socket (void)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  snprintf (address.sun_path, sizeof address.sun_path, "%s", given ("ESCAPE_SOCKET"));
  return connect_to (&address, sizeof address);
}

static int
shared_memory (void)
{
  return outcome (shmget ((key_t) strtol (given ("ESCAPE_KEY"), NULL, 0), 0, 0));
}

static int
message_queue (void)
{
  return outcome (mq_open (given ("ESCAPE_QUEUE"), O_RDONLY));
}

/* A program of the host's root with the set-user-id bit, carried on the medium: it tells whether it has gained another's rights. */
static int
carried_set_user_id (void)
{
  pid_t child = fork ();
  int status = 0;

  if (child == 0) {
    execl (given ("ESCAPE_SUID"), "escape", "--has-gained", (char *) NULL);
    _exit (1);
  }
  if (child < 0 || waitpid (child, &status, 0) < 0)
    return errno;
  return WIFEXITED (status) && WEXITSTATUS (status) == 0 ? 0 : EPERM;
}

static int
copy_self (const char *path)
{
  int copy = open (path, O_WRONLY | O_CREAT | O_TRUNC, 0755), self = open ("/proc/self/exe", O_RDONLY);
  char buffer[65536];
  ssize_t got;

  while ((got = read (self, buffer, sizeof buffer)) > 0)
    if (write (copy, buffer, (size_t) got) != got)
      return -1;
  close (self);
  return close (copy);
}

/* By another uid than the one that made it. */
static int
gains_by_running (const char *path)
{
  pid_t child = fork ();
  int status = 0;

  if (child == 0) {
    if (setresgid (1000, 1000, 1000) != 0 || setresuid (1000, 1000, 1000) != 0)
      _exit (2);
    execl (path, "escape", "--has-gained", (char *) NULL);
    _exit (1);
  }
  if (child < 0 || waitpid (child, &status, 0) < 0)
    return errno;
  unlink (path);
  if (WIFEXITED (status) && WEXITSTATUS (status) == 2)
    return ENOTSUP; /* there is no other uid */
  return WIFEXITED (status) && WEXITSTATUS (status) == 0 ? 0 : EPERM;
}

/* The same from inside: made by uid 0 of the workspace, run by another uid of it. */
static int
own_set_user_id (void)
{
  return copy_self ("/tmp/suid") != 0 || chmod ("/tmp/suid", 04755) != 0 ? errno : gains_by_running ("/tmp/suid");
}

/* Capabilities that a program of ours brings along, as those did that were carried out of an overlay. */
static int
own_file_capability (void)
{
  static const struct vfs_cap_data one = { VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE, { { 1 << CAP_CHOWN, 0 }, { 0, 0 } } };

  if (copy_self ("/tmp/capable") != 0 || setxattr ("/tmp/capable", "security.capability", &one, sizeof one, 0) != 0)
    return errno;
  return gains_by_running ("/tmp/capable");
}

const struct attempt host_attempts[] = {
  { "hidden-file", hidden_file },
  { "leaked-descriptor", leaked_descriptor },
  { "leaked-working-directory", leaked_working_directory },
  { "leaked-environment", leaked_environment },
  { "abstract-socket", abstract_socket },
  { "host-socket", host_socket },
  { "shared-memory", shared_memory },
  { "message-queue", message_queue },
  { "carried-set-user-id", carried_set_user_id },
  { "own-set-user-id", own_set_user_id },
  { "own-file-capability", own_file_capability },
  { NULL, NULL },
};
