/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domicile-vault-keeper open|mount|create SIZE|rekey: see keeper.h. Started by libdomicile's vault only. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/fuse.h"
#include "vault/keeper-mount.h"
#include "vault/keeper-parts.h"

/* libfuse takes a connection that is open already by a mount point of this name; QEMU wants its mount point to be a
 * regular file. In the keeper's own mount namespace it is both. */
#define PLACE "/dev"
#define MOUNT_POINT PLACE "/fd/6"
#define LABEL       "domicile" /* of the file system */

enum {
  KEY_TIME_MS = 200, /* what guessing one passphrase shall cost on the machine that makes the vault; making it costs six times that */
  RELEASE_TIMEOUT_MS = 30000,
  TIMING_TRIES = 50,
};

static pid_t daemon_pid = -1;
int keeper_daemon_pidfd = -1;
bool keeper_mounts;

_Noreturn void
keeper_finish (enum keeper_outcome outcome, const char *format, ...)
{
  struct keeper_message message = { .outcome = outcome };
  va_list args;

  va_start (args, format);
  vsnprintf (message.text, sizeof message.text, format, args);
  va_end (args);
  keeper_unmount ();
  if (daemon_pid > 0) {
    kill (daemon_pid, SIGTERM);
    waitpid (daemon_pid, NULL, 0);
  }
  wire_send (KEEPER_SOCKET, &message, sizeof message, NULL, 0, 0);
  _exit (outcome == KEEPER_DONE ? 0 : 1);
}

static void
write_map (const char *path, const char *text)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);

  if (fd < 0 || write (fd, text, strlen (text)) != (ssize_t) strlen (text))
    keeper_finish (KEEPER_NO_NAMESPACE, "%s: %s", path, strerror (errno));
  close (fd);
}

/* @own_user: with a user namespace, for root too. */
static void
enter_namespace (bool own_user)
{
  const uid_t uid = getuid ();
  const gid_t gid = getgid ();
  char map[64];

  if (unshare (CLONE_NEWNS | (own_user ? CLONE_NEWUSER : 0)) != 0)
    keeper_finish (KEEPER_NO_NAMESPACE, "making a mount namespace: %s", strerror (errno));
  if (own_user) {
    write_map ("/proc/self/setgroups", "deny");
    snprintf (map, sizeof map, "0 %u 1", uid);
    write_map ("/proc/self/uid_map", map);
    snprintf (map, sizeof map, "0 %u 1", gid);
    write_map ("/proc/self/gid_map", map);
  }
  if (mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
    keeper_finish (KEEPER_NO_NAMESPACE, "mounting: %s", strerror (errno));
}

/* Where the daemon believes to mount; it covers /dev, so what is needed of that is opened before. */
static void
make_place (void)
{
  int place;

  if (mount ("tmpfs", PLACE, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700") != 0 || mkdir (PLACE "/fd", 0700) != 0)
    keeper_finish (KEEPER_NO_NAMESPACE, "mounting: %s", strerror (errno));
  place = open (MOUNT_POINT, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (place < 0)
    keeper_finish (KEEPER_FAILED, "making %s: %s", MOUNT_POINT, strerror (errno));
  close (place);
}

/* Makes the connection and its file where no helper has: good for all but a loop device, which wants it to be of the
 * initial user namespace. */
static void
make_connection (void)
{
  struct wire_fault fault = { 0 };
  int device, plain;

  if (fcntl (KEEPER_FUSE, F_GETFD) >= 0)
    return;
  plain = fuse_mount_file (0, 0, &device, &fault);
  if (plain < 0)
    keeper_finish (KEEPER_NO_FUSE, "%s", fault.what);
  /* Out of each other's way first; the client started us with no more than the secret. */
  device = fcntl (device, F_DUPFD_CLOEXEC, KEEPER_PLAIN + 1);
  plain = fcntl (plain, F_DUPFD_CLOEXEC, KEEPER_PLAIN + 1);
  dup3 (device, KEEPER_FUSE, O_CLOEXEC);
  dup3 (plain, KEEPER_PLAIN, O_CLOEXEC);
  close_range (KEEPER_PLAIN + 1, ~0U, 0);
}

pid_t
keeper_start (char *const *argv, int in, int out, int err, int end, int place)
{
  const pid_t keeper = getpid ();
  pid_t child = fork ();

  if (child != 0)
    return child;
  /* Only against the keeper's own sudden death; else it ends them in order. */
  if (!keeper_mounts || place != KEEPER_FUSE || end != place)
    prctl (PR_SET_PDEATHSIG, SIGTERM);
  if (getppid () != keeper)
    _exit (126);
  signal (SIGPIPE, SIG_DFL);
  dup2 (in, 0);
  dup2 (out, 1);
  dup2 (err, 2);
  close (KEEPER_SOCKET);
  fcntl (KEEPER_IMAGE, F_SETFD, 0);
  fcntl (KEEPER_SECRET, F_SETFD, 0);
  if (end != place)
    dup2 (end, place);
  else
    fcntl (end, F_SETFD, 0);
  execvp (argv[0], argv);
  _exit (127);
}

/* The last line that tells something: before it stands what failed because of it. e2fsck adds what to do about it, and that it
 * finds no /dev/null here. */
static const char *
last_words (const char *text)
{
  const char *last = text;

  for (const char *line = text; *line != '\0'; line += strcspn (line, "\n"), line += *line == '\n') {
    const size_t length = strcspn (line, "\n");

    if (length > 0 && *line != '\t' && memmem (line, length, "UNEXPECTED INCONSISTENCY", 24) == NULL
        && memmem (line, length, "/dev/null", 9) == NULL)
      last = line;
  }
  return last;
}

/* Past the program's name, and the option that it says it of: neither means anything to the reader. */
static const char *
skip_origin (const char *line, const char *program)
{
  const size_t length = strlen (program);
  const char *rest;

  if (strncmp (line, program, length) == 0 && strncmp (line + length, ": ", 2) == 0)
    line += length + 2;
  if (strncmp (line, LABEL ": ", sizeof LABEL + 1) == 0)
    line += sizeof LABEL + 1;
  rest = strncmp (line, "--", 2) == 0 ? strstr (line, ": ") : NULL;
  return rest != NULL ? rest + 2 : line;
}

/* QEMU says in words what went wrong; these are stable since LUKS support came (2.6). */
_Noreturn void
keeper_explain (const char *program, int status, const char *text)
{
  static const struct {
    const char         *words;
    enum keeper_outcome outcome;
  } known[] = {
    { "Invalid password", KEEPER_WRONG_KEY }, { "LUKS", KEEPER_DAMAGED },  { "luks", KEEPER_DAMAGED },
    { "/dev/fuse", KEEPER_NO_FUSE },          { "fuse", KEEPER_NO_FUSE },  { "FUSE", KEEPER_NO_FUSE },
    { "Failed to get", KEEPER_BUSY },         { "cipher", KEEPER_DAMAGED }, { "slot", KEEPER_DAMAGED },
  };
  char line[WIRE_TEXT_MAX];
  const char *fatal = strstr (text, "e2fsck: "), *last = fatal != NULL ? fatal : last_words (text);

  if (WIFEXITED (status) && WEXITSTATUS (status) == 127)
    keeper_finish (KEEPER_NO_PROGRAM, "%s", program);
  last = skip_origin (last, program);
  snprintf (line, sizeof line, "%.*s", (int) strcspn (last, "\n"), last);
  for (size_t length = strlen (line); length > 0 && strchr (" .", line[length - 1]) != NULL; length--)
    line[length - 1] = '\0';
  if (strstr (text, strerror (ENOSPC)) != NULL)
    keeper_finish (KEEPER_FULL, "%s", line);
  if (strstr (text, "too large") != NULL) /* QEMU has words of its own for EFBIG */
    keeper_finish (KEEPER_TOO_LARGE, "%s", line);
  if (strcmp (program, "e2fsck") == 0)
    keeper_finish (KEEPER_NEEDS_CHECK, "%s", line);
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (strstr (text, known[i].words) != NULL)
      keeper_finish (known[i].outcome, "%s", line);
  keeper_finish (KEEPER_FAILED, "%s: %s", program, line);
}

/* Waits until there is something to read from @fd; if the client leaves meanwhile, ends @child and this process. */
static void
wait_for (int fd, pid_t child)
{
  struct pollfd polled[] = { { fd, POLLIN, 0 }, { KEEPER_SOCKET, POLLIN, 0 } };

  while (poll (polled, 2, -1) < 0 && errno == EINTR)
    ;
  if (polled[1].revents == 0)
    return;
  close (KEEPER_PLAIN);
  kill (child, SIGKILL);
  waitpid (child, NULL, 0);
  if (child == daemon_pid)
    daemon_pid = -1;
  keeper_finish (KEEPER_FAILED, "cancelled");
}

/* Reads to the end of @fd, which @child has open as long as it lives. */
static void
read_text (int fd, pid_t child, char *text, size_t room)
{
  size_t used = 0;
  ssize_t got = 1;

  while (got > 0 && used < room - 1) {
    wait_for (fd, child);
    got = read (fd, text + used, room - 1 - used);
    used += got > 0 ? (size_t) got : 0;
  }
  text[used] = '\0';
}

/* Runs a program to its end, with @end besides the image and the secret. What it said is in @text. */
static int
run_once (char *const *argv, int end, char *text, size_t room)
{
  int err[2], status;
  pid_t child;

  if (pipe2 (err, O_CLOEXEC) != 0)
    keeper_finish (KEEPER_FAILED, "making a pipe: %s", strerror (errno));
  child = keeper_start (argv, 0, err[1], err[1], end, end);
  close (err[1]);
  read_text (err[0], child, text, room);
  close (err[0]);
  waitpid (child, &status, 0);
  return status;
}

/* QEMU times a short piece of key derivation, and gives up when the clock of a busy machine does not tick meanwhile. */
static int
run_patiently (char *const *argv, int end, char *text, size_t room)
{
  int status, tries = 0;

  do
    status = run_once (argv, end, text, room);
  while (strstr (text, "accurate CPU usage") != NULL && ++tries < TIMING_TRIES);
  return status;
}

void
keeper_run (char *const *argv, int worst)
{
  char text[2048];
  const int status = run_patiently (argv, KEEPER_PLAIN, text, sizeof text);

  if (!WIFEXITED (status) || WEXITSTATUS (status) > worst)
    keeper_explain (argv[0], status, text);
}

/* The daemon greets over QMP when everything before --monitor on its command line is done, or ends and says why. */
static void
start_daemon (void)
{
  char *const argv[] = {
    (char *) "qemu-storage-daemon",
    (char *) "--object", (char *) "secret,id=key,file=/proc/self/fd/5",
    (char *) "--blockdev", (char *) "driver=file,node-name=file,filename=/proc/self/fd/4,discard=unmap",
    (char *) "--blockdev", (char *) "driver=luks,node-name=clear,file=file,key-secret=key,discard=unmap",
    (char *) "--export", (char *) "type=fuse,id=export,node-name=clear,mountpoint=" MOUNT_POINT ",writable=on,allow-other=off",
    (char *) "--chardev", (char *) "stdio,id=qmp,signal=off", (char *) "--monitor", (char *) "chardev=qmp", NULL,
  };
  char text[2048], byte;
  int in[2], out[2], err[2], status;

  if (pipe2 (in, O_CLOEXEC) != 0 || pipe2 (out, O_CLOEXEC) != 0 || pipe2 (err, O_CLOEXEC) != 0)
    keeper_finish (KEEPER_FAILED, "preparing: %s", strerror (errno));
  daemon_pid = keeper_start (argv, in[0], out[1], err[1], KEEPER_FUSE, KEEPER_FUSE);
  close (in[0]);
  close (out[1]);
  close (err[1]);
  wait_for (out[0], daemon_pid);
  if (read (out[0], &byte, 1) == 1)
    return; /* in[1], out[0] and err[0] stay open, for the daemon's sake */
  read_text (err[0], daemon_pid, text, sizeof text);
  waitpid (daemon_pid, &status, 0);
  daemon_pid = -1;
  keeper_explain (argv[0], status, text);
}

/* The connection breaks when the last user of the file is gone: a loop device, or the program that made the file system.
 * By then everything is written to it; and the daemon writes out what it has when it is asked to end. */
static void
stop_daemon (void)
{
  struct pollfd polled = { KEEPER_FUSE, 0, 0 };
  int released = poll (&polled, 1, RELEASE_TIMEOUT_MS);

  kill (daemon_pid, SIGTERM);
  waitpid (daemon_pid, NULL, 0);
  daemon_pid = -1;
  if (fsync (KEEPER_IMAGE) != 0)
    keeper_finish (KEEPER_FAILED, "not everything could be written to the medium: %s", strerror (errno));
  if (released == 0)
    keeper_finish (KEEPER_BUSY, "the vault was still in use when its storage daemon was ended");
}

static void
wipe (int secret)
{
  char zeros[4096] = { 0 };
  struct stat info;

  if (fstat (secret, &info) != 0)
    return;
  for (off_t at = 0; at < info.st_size; at += (off_t) sizeof zeros)
    if (pwrite (secret, zeros, sizeof zeros, at) < 0)
      break;
  close (secret);
}

static void
create (const char *size)
{
  char options[256];
  char *const image[] = {
    (char *) "qemu-img", (char *) "create", (char *) "-q", (char *) "-f", (char *) "luks", (char *) "--object",
    (char *) "secret,id=key,file=/proc/self/fd/5", (char *) "-o", options, (char *) "/proc/self/fd/4", (char *) size, NULL,
  };
  char *const filesystem[] = {
    /* Blocks as large as the loop device's. A journal need not be wiped where nothing was written with this key before: an
     * image takes what is in it, not 32 MiB of zeroes. */
    (char *) "mke2fs", (char *) "-q", (char *) "-F", (char *) "-t", (char *) "ext4", (char *) "-b", (char *) "4096", (char *) "-m", (char *) "0",
    (char *) "-L", (char *) LABEL, (char *) "-E", (char *) "nodiscard,lazy_journal_init=1,root_owner=0:0", (char *) "/proc/self/fd/7", NULL,
  };

  snprintf (options, sizeof options,
            "key-secret=key,iter-time=%d,cipher-alg=aes-256,cipher-mode=xts,ivgen-alg=plain64,hash-alg=sha256",
            KEY_TIME_MS);
  keeper_run (image, 0);
  start_daemon ();
  keeper_run (filesystem, 0);
  wipe (KEEPER_SECRET);
  close (KEEPER_PLAIN);
  stop_daemon ();
  keeper_finish (KEEPER_DONE, "created");
}

/* First the new passphrase gets a key slot, then the old one loses its own: however far this gets, one of them opens the vault. */
static void
rekey (void)
{
  char image[] = "driver=luks,key-secret=old,file.driver=file,file.filename=/proc/self/fd/4", change[128];
  char *const argv[] = {
    (char *) "qemu-img", (char *) "amend", (char *) "-q", (char *) "--object", (char *) "secret,id=old,file=/proc/self/fd/5",
    (char *) "--object", (char *) "secret,id=new,file=/proc/self/fd/6", (char *) "--image-opts", image, (char *) "-o", change, NULL,
  };
  char text[2048];
  int status;

  snprintf (change, sizeof change, "state=active,new-secret=new,iter-time=%d", KEY_TIME_MS);
  status = run_patiently (argv, KEEPER_NEW_SECRET, text, sizeof text);
  if (status != 0)
    keeper_explain (argv[0], status, text);
  memcpy (strstr (image, "old"), "new", 3);
  snprintf (change, sizeof change, "state=inactive,old-secret=old");
  status = run_once (argv, KEEPER_NEW_SECRET, text, sizeof text);
  wipe (KEEPER_SECRET);
  wipe (KEEPER_NEW_SECRET);
  if (status != 0 || fsync (KEEPER_IMAGE) != 0)
    keeper_finish (KEEPER_FAILED, "the new passphrase opens it now, but the old one may do so, too; change it once more");
  keeper_finish (KEEPER_DONE, "changed");
}

static uint32_t
little_endian (const uint8_t *at)
{
  return (uint32_t) at[0] | (uint32_t) at[1] << 8 | (uint32_t) at[2] << 16 | (uint32_t) at[3] << 24;
}

/* Of an ext4 superblock. */
enum { SUPERBLOCK = 1024, BLOCKS = 4, LOG_SIZE = 24, MAGIC = 56, STATE = 58, BLOCKS_HIGH = 336, EXT_MAGIC = 0xef53, STATE_VALID = 1 };

static bool
read_superblock (uint8_t block[512])
{
  int plain = open ("/proc/self/fd/7", O_RDONLY | O_CLOEXEC);
  ssize_t length = plain >= 0 ? pread (plain, block, 512, SUPERBLOCK) : -1;

  if (plain >= 0)
    close (plain);
  return length == 512 && (little_endian (block + MAGIC) & 0xffff) == EXT_MAGIC && little_endian (block + LOG_SIZE) <= 6;
}

/* A file system that is larger than what it is in was cut off, which is beyond mending: said before e2fsck tries. */
static void
check_size (const uint8_t block[512])
{
  const uint64_t blocks = little_endian (block + BLOCKS) | (uint64_t) little_endian (block + BLOCKS_HIGH) << 32;
  const uint64_t size = blocks << (10 + little_endian (block + LOG_SIZE));
  struct stat info;

  if (fstat (KEEPER_PLAIN, &info) == 0 && size > (uint64_t) info.st_size)
    keeper_finish (KEEPER_DAMAGED, "it is cut off: %llu of %llu MiB are there", (unsigned long long) info.st_size >> 20,
                   (unsigned long long) size >> 20);
}

/* Of a file system that was in use. There may be no copy of a superblock that is half new: then what it says is believed, and
 * compared with all the rest. */
static int
mend (char text[2048])
{
  char *const believe[] = { (char *) "debugfs", (char *) "-w", (char *) "-n", (char *) "-R", (char *) "set_super_value state 0",
                            (char *) "/proc/self/fd/7", NULL };
  char *const decide[] = { (char *) "e2fsck", (char *) "-f", (char *) "-y", (char *) "/proc/self/fd/7", NULL };

  if (strstr (text, "Superblock checksum") != NULL)
    run_once (believe, KEEPER_PLAIN, text, 2048);
  return run_patiently (decide, KEEPER_PLAIN, text, 2048);
}

/* What the kernel has written its journal mends. What fuse2fs was writing when it, or the power, went is in any order, down to a
 * superblock that is half new: of a file system that was in use without a journal, e2fsck decides itself what is to be done. */
const char *
keeper_check (void)
{
  char *const check[] = { (char *) "e2fsck", (char *) "-p", (char *) "/proc/self/fd/7", NULL };
  const int worst = 1; /* it has mended something */
  bool in_use = false;
  uint8_t block[512];
  char text[2048];
  int status;

  if (read_superblock (block)) { /* else e2fsck knows */
    check_size (block);
    in_use = (block[STATE] & STATE_VALID) == 0;
  }
  status = run_patiently (check, KEEPER_PLAIN, text, sizeof text);
  in_use = in_use && WIFEXITED (status) && WEXITSTATUS (status) > worst && WEXITSTATUS (status) < 127;
  if (in_use)
    status = mend (text);
  if (!WIFEXITED (status) || WEXITSTATUS (status) > worst)
    keeper_explain (check[0], status, text);
  return in_use ? KEEPER_MENDED : "";
}

static void
keep (void)
{
  struct keeper_message message = { .outcome = KEEPER_DONE };
  struct pollfd polled[] = { { KEEPER_SOCKET, POLLIN, 0 }, { KEEPER_FUSE, 0, 0 }, { -1, POLLIN, 0 } };

  start_daemon ();
  polled[2].fd = (int) syscall (SYS_pidfd_open, daemon_pid, 0);
  wipe (KEEPER_SECRET);
  snprintf (message.text, sizeof message.text, "%s", keeper_check ());
  close (KEEPER_PLAIN);
  if (wire_send (KEEPER_SOCKET, &message, sizeof message, NULL, 0, 0) != 0)
    keeper_finish (KEEPER_FAILED, "the client left");
  /* A byte, the end of the client, or of the file system: all mean that the vault is done with. */
  while (poll (polled, 3, -1) < 0 && errno == EINTR)
    ;
  if (polled[0].revents == 0 && polled[1].revents == 0) {
    close (KEEPER_FUSE); /* breaks the connection: who writes to the vault shall get errors, not wait for ever */
    keeper_finish (KEEPER_ENDED, "qemu-storage-daemon");
  }
  stop_daemon ();
  keeper_finish (KEEPER_DONE, "closed");
}

/* Processes that do nothing but this: when the keeper dies suddenly, fuse2fs is asked to end and writes back what it has;
 * only then, which breaks the connection, may the storage daemon end. Two, as one may be killed together with the keeper. */
static void
start_guard (void)
{
  struct pollfd polled[] = { { KEEPER_FUSE, 0, 0 }, { keeper_daemon_pidfd, POLLIN, 0 } };

  if (fork () != 0)
    return;
  prctl (PR_SET_NAME, "vault-guard");
  close_range (0, KEEPER_FUSE - 1, 0);
  close (KEEPER_PLAIN);
  close_range (KEEPER_PLAIN + 1, (unsigned) keeper_daemon_pidfd - 1, 0);
  close_range ((unsigned) keeper_daemon_pidfd + 1, ~0U, 0);
  while (poll (polled, 2, -1) < 0 && errno == EINTR)
    ;
  syscall (SYS_pidfd_send_signal, keeper_daemon_pidfd, SIGTERM, NULL, 0);
  _exit (0);
}

static void
keep_mounted (void)
{
  start_daemon ();
  keeper_daemon_pidfd = (int) syscall (SYS_pidfd_open, daemon_pid, 0);
  if (keeper_daemon_pidfd <= KEEPER_PLAIN)
    keeper_finish (KEEPER_FAILED, "watching the storage daemon: %s", strerror (errno));
  start_guard ();
  start_guard ();
  wipe (KEEPER_SECRET);
  if (umount2 (PLACE, 0) != 0) /* the daemon is past needing it; the view shows this /dev */
    keeper_finish (KEEPER_FAILED, "uncovering " PLACE ": %s", strerror (errno));
  keeper_mount ();
  stop_daemon ();
  keeper_finish (KEEPER_DONE, "closed");
}

int
main (int argc, char **argv)
{
  struct stat info;
  int null;

  if (argc < 2 || fstat (KEEPER_SOCKET, &info) != 0 || !S_ISSOCK (info.st_mode)) {
    fputs ("domicile-vault-keeper is started by Domicile and is of no use by itself.\n", stderr);
    return 2;
  }
  keeper_mounts = strcmp (argv[1], "mount") == 0;
  for (int fd = KEEPER_SOCKET; fd <= KEEPER_PLAIN; fd++)
    fcntl (fd, F_SETFD, FD_CLOEXEC);
  prctl (PR_SET_NAME, "vault-keeper");
  /* Before /dev is covered, and whatever the client had there: what QEMU says is read from pipes. */
  null = open ("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; fd++)
    dup2 (null, fd);
  if (null > 2)
    close (null); /* else it would pass for what the client did not give */
  setenv ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1); /* the system's programs, with mke2fs, and no others */
  setenv ("LC_ALL", "C", 1); /* what they say is looked at */
  setsid (); /* a Ctrl-C on the client's terminal is the client's matter */
  signal (SIGPIPE, SIG_IGN);
  if (strcmp (argv[1], "rekey") == 0) {
    prctl (PR_SET_DUMPABLE, 0);
    rekey ();
  }
  enter_namespace (getuid () != 0 || keeper_mounts);
  if (keeper_mounts || strcmp (argv[1], "create") == 0)
    make_connection ();
  if (keeper_mounts)
    keeper_note_namespaces ();
  make_place ();
  prctl (PR_SET_DUMPABLE, 0); /* not before: the maps of a new user namespace are then root's to write */
  if (strcmp (argv[1], "create") == 0 && argc == 3)
    create (argv[2]);
  if (keeper_mounts)
    keep_mounted ();
  keep ();
}
