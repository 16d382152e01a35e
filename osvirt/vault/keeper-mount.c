/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vault/keeper-mount.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/fuse.h"
#include "launcher/mounts.h"
#include "vault/keeper-parts.h"

/* Nothing of the host's is needed there: these namespaces are for the vault, and a view has a /run of its own. */
#define STAGE "/run"
#define EXT4 STAGE "/ext4"
#define VAULT STAGE "/vault"

enum { WRITE_BACK_TIMEOUT_MS = 30000 };

/* A program that serves a mount. */
struct server {
  const char *program, *mount;
  pid_t       pid;
  int         pidfd;
  int         words; /* a memory file with what it said */
};

static struct server ext4 = { "fuse2fs", EXT4, -1, -1, -1 };
static struct server vault = { "domicile-vault-filesystem", VAULT, -1, -1, -1 };
static int namespaces[2] = { -1, -1 };

void
keeper_note_namespaces (void)
{
  namespaces[0] = open ("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
  namespaces[1] = open ("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  if (namespaces[0] < 0 || namespaces[1] < 0)
    keeper_finish (KEEPER_NO_NAMESPACE, "opening the namespaces: %s", strerror (errno));
}

static void
start_server (struct server *server, char *const *argv, int end, int place)
{
  server->words = memfd_create ("words", MFD_CLOEXEC);
  if (server->words < 0)
    keeper_finish (KEEPER_FAILED, "making a memory file: %s", strerror (errno));
  server->pid = keeper_start (argv, 0, 1, server->words, end, place);
  server->pidfd = server->pid > 0 ? (int) syscall (SYS_pidfd_open, server->pid, 0) : -1;
  if (server->pidfd < 0)
    keeper_finish (KEEPER_FAILED, "starting %s: %s", server->program, strerror (errno));
}

/* Waits for the end of a server, which comes when the last user of its mount is gone; returns whether all went well. */
static bool
end_server (struct server *server, int timeout_ms)
{
  struct pollfd polled = { server->pidfd, POLLIN, 0 };
  int status = 0;
  bool released;

  if (server->pid <= 0)
    return true;
  umount2 (server->mount, MNT_DETACH);
  released = poll (&polled, 1, timeout_ms) > 0;
  if (!released)
    kill (server->pid, SIGTERM); /* it writes back what it has, and its users get errors */
  waitpid (server->pid, &status, 0);
  close_fd (&server->pidfd);
  close_fd (&server->words);
  server->pid = -1;
  return released && WIFEXITED (status) && WEXITSTATUS (status) == 0;
}

_Noreturn static void
explain_server (struct server *server)
{
  char text[2048];
  ssize_t length = pread (server->words, text, sizeof text - 1, 0);
  int status = 0;

  waitpid (server->pid, &status, 0);
  server->pid = -1;
  text[length > 0 ? length : 0] = '\0';
  keeper_explain (server->program, status, text);
}

static bool
is_mounted (const char *path)
{
  struct stat info, parent;

  return stat (path, &info) == 0 && stat (STAGE, &parent) == 0 && info.st_dev != parent.st_dev;
}

/* fuse2fs mounts by itself; the kernel tells when the list of mounts changes. */
static void
wait_mounted (struct server *server)
{
  struct pollfd polled[] = {
    { open ("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC), POLLPRI, 0 }, { server->pidfd, POLLIN, 0 },
    { KEEPER_SOCKET, POLLIN, 0 },
  };

  while (!is_mounted (server->mount)) {
    if (poll (polled, 3, -1) < 0 && errno != EINTR)
      break;
    if (polled[1].revents != 0)
      explain_server (server);
    if (polled[2].revents != 0)
      keeper_finish (KEEPER_FAILED, "cancelled");
  }
  close (polled[0].fd);
}

/* Returns as keeper_check(). */
static const char *
mount_ext4 (void)
{
  /* Not its default options, which would let others in. */
  char *const serve[] = {
    (char *) "fuse2fs", (char *) "-f", (char *) "-o",
    (char *) "no_default_opts,kernel_cache,use_ino,attr_timeout=0,big_writes,nosuid,nodev", (char *) "/proc/self/fd/7",
    (char *) EXT4, NULL,
  };
  const char *said = keeper_check ();

  if (mount ("tmpfs", STAGE, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700") != 0 || mkdir (EXT4, 0700) != 0
      || mkdir (VAULT, 0700) != 0)
    keeper_finish (KEEPER_NO_NAMESPACE, "mounting: %s", strerror (errno));
  start_server (&ext4, serve, KEEPER_PLAIN, KEEPER_PLAIN);
  wait_mounted (&ext4);
  close (KEEPER_PLAIN); /* now the connection ends with fuse2fs */
  return said;
}

/* Beside this program. */
static void
find_server (char *path, size_t room)
{
  ssize_t length = readlink ("/proc/self/exe", path, room - 1);
  char *slash;

  path[length > 0 ? length : 0] = '\0';
  slash = strrchr (path, '/');
  if (slash == NULL || room - (size_t) (slash + 1 - path) <= strlen (vault.program))
    keeper_finish (KEEPER_NO_PROGRAM, "%s", vault.program);
  strcpy (slash + 1, vault.program);
}

/* Returns the root directory. */
static int
mount_vault (void)
{
  struct wire_fault fault = { 0 };
  char path[PATH_MAX];
  char *const argv[] = { path, (char *) EXT4, NULL };
  int device, root, mount = fuse_mount_directory (0, 0, &device, &fault);

  if (mount < 0 || mount_attach (&mount, AT_FDCWD, VAULT, &fault) != 0)
    keeper_finish (KEEPER_NO_FUSE, "%s", fault.what);
  find_server (path, sizeof path);
  start_server (&vault, argv, device, KEEPER_FUSE);
  close (device); /* so that its end is the end of the connection */
  root = open (VAULT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root < 0)
    explain_server (&vault);
  return root;
}

static void
hand_over (int root, const char *said)
{
  struct keeper_message message = { .outcome = KEEPER_DONE };
  int fds[] = { root, namespaces[0], namespaces[1] };

  snprintf (message.text, sizeof message.text, "%s", said);
  if (wire_send (KEEPER_SOCKET, &message, sizeof message, fds, 3, 0) != 0)
    keeper_finish (KEEPER_FAILED, "the client left");
  wire_close_fds (fds, 3);
}

/* At once, as the client has files open that what is left waits for. */
static void
tell_ended (const char *program)
{
  struct keeper_message message = { .outcome = KEEPER_ENDED };

  snprintf (message.text, sizeof message.text, "%s", program);
  wire_send (KEEPER_SOCKET, &message, sizeof message, NULL, 0, MSG_DONTWAIT);
}

/* A byte asks to close, unless files are open; the end of the client, or of a server, leaves no choice. */
static void
wait_for_end (void)
{
  enum { CLIENT, VAULT_SERVER, EXT4_SERVER, CONNECTION, DAEMON, N_WATCHED };
  struct keeper_message busy = { KEEPER_BUSY, "files are open in it" };
  struct pollfd polled[N_WATCHED] = {
    [CLIENT] = { KEEPER_SOCKET, POLLIN, 0 },      [VAULT_SERVER] = { vault.pidfd, POLLIN, 0 },
    [EXT4_SERVER] = { ext4.pidfd, POLLIN, 0 },    [CONNECTION] = { KEEPER_FUSE, 0, 0 }, /* ends with fuse2fs, maybe sooner */
    [DAEMON] = { keeper_daemon_pidfd, POLLIN, 0 },
  };
  char byte;

  for (;;) {
    while (poll (polled, N_WATCHED, -1) < 0 && errno == EINTR)
      ;
    if (polled[DAEMON].revents != 0)
      close (KEEPER_FUSE); /* breaks the connection: fuse2fs shall get errors, not wait */
    if (polled[VAULT_SERVER].revents != 0)
      tell_ended (vault.program);
    else if (polled[EXT4_SERVER].revents != 0 || polled[CONNECTION].revents != 0)
      tell_ended (ext4.program);
    else if (polled[DAEMON].revents != 0)
      tell_ended ("qemu-storage-daemon");
    else if (recv (KEEPER_SOCKET, &byte, 1, 0) == 1 && umount2 (VAULT, 0) != 0 && errno == EBUSY
             && wire_send (KEEPER_SOCKET, &busy, sizeof busy, NULL, 0, 0) == 0)
      continue;
    return;
  }
}

void
keeper_unmount (void)
{
  end_server (&vault, 0);
  end_server (&ext4, WRITE_BACK_TIMEOUT_MS);
}

void
keeper_mount (void)
{
  const char *said;
  bool served, written;

  said = mount_ext4 ();
  hand_over (mount_vault (), said);
  wait_for_end ();
  served = end_server (&vault, WRITE_BACK_TIMEOUT_MS);
  written = end_server (&ext4, WRITE_BACK_TIMEOUT_MS);
  if (!served || !written)
    keeper_finish (KEEPER_FAILED, "%s ended before all was written back", written ? vault.program : ext4.program);
}
