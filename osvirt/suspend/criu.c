/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspend/criu.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/overlay.h"
#include "suspend/criu-log.h"
#include "suspend/externals.h"
#include "suspend/marks.h"

/* From Linux 6.16 on, CRIU before 4.2.1 fails with any internet socket. */
enum { MAX_ARGUMENTS = 640, TIMEOUT_S = 180, OLDEST = 40100, OLDEST_FOR_NEW = 40201, NEW_KERNEL = 616 };

#define IMAGE     STAGE "/image"
#define PROCESSOR "cpuinfo.img" /* in the image, from CRIU: what the processor was capable of; of an older Domicile's it is not there */

/* Only kernels that were built with CONFIG_CHECKPOINT_RESTORE have it. */
#define CHECKPOINT_FILE "/proc/sys/kernel/ns_last_pid"

struct command {
  char     *argv[MAX_ARGUMENTS + 1];
  unsigned  count;
};

static void
append (struct command *command, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

static void
append (struct command *command, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (command->count == MAX_ARGUMENTS || vasprintf (&command->argv[command->count++], format, args) < 0)
    _exit (126);
  va_end (args);
}

/* --- in the process that becomes CRIU ----------------------------------------------------------------------------------- */

static void
raise_loopback (void)
{
  struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  if (fd < 0 || ioctl (fd, SIOCSIFFLAGS, &request) != 0)
    _exit (125);
  close (fd);
}

/* CRIU leaves a network alone that it is in itself: sockets are saved and made again there, links and addresses are not its work. */
static void
enter_network (const struct criu *criu)
{
  if (criu->network >= 0 && setns (criu->network, CLONE_NEWNET) != 0)
    _exit (125);
}

/* What the original is bound to on its network has to do on the trial's, too, which has no such address. */
static void
make_trial_network (void)
{
  static const char *const settings[] = { "/proc/sys/net/ipv4/ip_nonlocal_bind", "/proc/sys/net/ipv6/ip_nonlocal_bind" };

  if (unshare (CLONE_NEWNET) != 0)
    _exit (125);
  raise_loopback ();
  for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
    int fd = open (settings[i], O_WRONLY | O_CLOEXEC);

    if (fd >= 0 && write (fd, "1", 1) != 1)
      errno = 0; /* the trial tells whether it was needed */
    close_fd (&fd);
  }
}

/* The image's file system is attached the first time, and is then in the stage for good. */
static void
enter_stage (const struct criu *criu)
{
  struct stat there, image;
  int copy;
  struct wire_fault fault;

  if (setns (criu->stage, CLONE_NEWNS) != 0)
    _exit (124);
  if (fstat (criu->image, &image) != 0)
    _exit (123);
  copy = fcntl (criu->image, F_DUPFD_CLOEXEC, 3);
  if ((stat (IMAGE, &there) != 0 || there.st_dev != image.st_dev) && mount_attach (&copy, AT_FDCWD, IMAGE, &fault) != 0)
    _exit (123);
}

static void
append_common (struct command *command, const struct criu *criu, const char *action)
{
  append (command, "%s", criu->program);
  append (command, "%s", action);
  append (command, "--images-dir=" IMAGE);
  append (command, "--log-file=%s.log", action);
  append (command, criu->verbose ? "-v3" : "-v2");
  append (command, "--manage-cgroups=ignore");
  append (command, "--ghost-limit=256M");
  append (command, "--tcp-close");
}

/* Libraries choose once, when a program starts, how much of the processor they use: on one that lacks some of it programs would end later, by an
 * illegal instruction. */
static void
append_processor (struct command *command)
{
  append (command, "--cpu-cap=fpu,ins");
}

/* What the host has below the mask is there with ids of the view, for its overlays alone. An image can lie about the mounts of its
 * processes, which begin in a copy of what CRIU sees: so that has to be gone. */
static void
leave_lower_layers (void)
{
  DIR *list;
  struct dirent *entry;

  if (unshare (CLONE_NEWNS) != 0 || (umount2 (STAGE "/lower", MNT_DETACH) != 0 && errno != EINVAL) || (list = opendir (STAGE "/sub")) == NULL)
    _exit (124);
  while ((entry = readdir (list)) != NULL) {
    char place[sizeof STAGE "/sub/" + NAME_MAX];

    snprintf (place, sizeof place, STAGE "/sub/%s", entry->d_name);
    if (entry->d_name[strspn (entry->d_name, "0123456789")] == '\0' && umount2 (place, MNT_DETACH) != 0 && errno != EINVAL)
      _exit (124);
  }
  closedir (list);
}

_Noreturn static void
become (struct command *command, int image)
{
  char path[PATH_MAX] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *const environment[] = { path, (char *) "LANG=C.UTF-8", NULL };
  const char *own = getenv ("PATH"); /* by which criu_probe() has found it */
  int null = open ("/dev/null", O_RDWR | O_CLOEXEC);
  int out = openat (image, "output.log", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  dup2 (null, 0);
  dup2 (out, 1);
  dup2 (out, 2);
  close_range (3, ~0U, 0);
  alarm (TIMEOUT_S);
  prctl (PR_SET_PDEATHSIG, SIGKILL); /* what it holds would wait for it for ever */
  if (own != NULL)
    snprintf (path, sizeof path, "PATH=%s", own);
  execvpe (command->argv[0], command->argv, environment);
  _exit (127);
}

/* Where memory is short it shall be another's turn: a program that CRIU is just speaking in does not survive its end. */
static void
spare_from_oom (void)
{
  int fd = open ("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

  if (fd >= 0 && write (fd, "-1000", 5) != 5)
    errno = 0; /* a helper without the right to it goes on as it is */
  close_fd (&fd);
}

_Noreturn static void
run_dump (const struct criu *criu, const struct tree *tree)
{
  struct command command = { .count = 0 };
  char *marks[MAX_MARKS];
  unsigned n_marks;

  spare_from_oom ();
  enter_network (criu);
  enter_stage (criu);
  append_common (&command, criu, "dump");
  append (&command, "--tree=%d", criu->init);
  append (&command, "--leave-stopped");
  append (&command, "--file-locks");
  append_processor (&command);
  n_marks = marks_find (tree, marks);
  for (unsigned i = 0; i < n_marks; i++)
    append (&command, "--irmap-scan-path=%s", marks[i]);
  for (struct external *external = externals_read (criu->image); external != NULL; external = external->next) {
    append (&command, "--external");
    append (&command, "mnt[%s]:%s", external->place, external->place);
  }
  become (&command, criu->image);
}

_Noreturn static void
run_restore (const struct criu *criu, bool trial)
{
  struct command command = { .count = 0 };
  struct external *externals = externals_read (criu->image);
  char source[PATH_MAX];

  if (trial)
    make_trial_network ();
  else
    enter_network (criu);
  if (externals_take_beside (externals, trial ? NULL : criu->beside, criu->init) != 0)
    _exit (121);
  enter_stage (criu);
  append_common (&command, criu, "restore");
  append (&command, "--root=" STAGE_ROOT);
  append (&command, "--restore-detached");
  append (&command, "--restore-sibling");
  append (&command, "--pidfile=" IMAGE "/pid.log");
  append (&command, "--leave-stopped");
  if (faccessat (criu->image, PROCESSOR, F_OK, 0) == 0)
    append_processor (&command);
  if (!trial) /* the original is still there and holds its locks; the trial would wait for them for ever */
    append (&command, "--file-locks");
  for (struct external *external = externals; external != NULL; external = external->next) {
    if (external_source (external, criu->shares, source, sizeof source) != 0)
      _exit (122);
    append (&command, "--external");
    append (&command, "mnt[%s]:%s", external->place, source);
  }
  leave_lower_layers ();
  become (&command, criu->image);
}

/* --- outside ------------------------------------------------------------------------------------------------------------- */

static const char *
explain (int status)
{
  static const char *const own[] = {
    "a bundle is not mounted", "a folder of the workspace's is missing on this host", "attaching the image", "entering the stage", "making a network",
    "the command line of CRIU", "CRIU cannot be run",
  };
  int code = WIFEXITED (status) ? WEXITSTATUS (status) : 0;

  if (WIFSIGNALED (status))
    return "CRIU did not come to an end";
  return code >= 121 && code <= 127 ? own[code - 121] : "CRIU failed";
}

/* Waits for CRIU, which ends with @helper, if that is given; returns whether it did. */
static bool
wait_end (pid_t child, int helper, int *status)
{
  struct pollfd polled[] = { { (int) syscall (SYS_pidfd_open, child, 0), POLLIN, 0 }, { helper, POLLIN, 0 } };

  while (polled[0].fd >= 0 && poll (polled, 2, -1) < 0 && errno == EINTR)
    ;
  if (polled[1].revents != 0)
    kill (child, SIGKILL);
  close_fd (&polled[0].fd);
  while (waitpid (child, status, 0) < 0 && errno == EINTR)
    ;
  return polled[1].revents != 0;
}

/* @doing: what CRIU was started for, after “while it” */
static int
wait_for (pid_t child, int helper, const struct criu *criu, const char *action, const char *doing, pid_t *culprit, struct wire_fault *fault)
{
  char log[32], reason[120] = "";
  int status = 0;

  if (child < 0)
    return wire_fail (fault, errno, "starting CRIU");
  if (wait_end (child, helper, &status))
    return wire_fail (fault, EINTR, "domicile-helper ended while it %s", doing);
  if (WIFEXITED (status) && WEXITSTATUS (status) == 0)
    return 0;
  /* No program is in its way then. */
  if (WIFSIGNALED (status) && WTERMSIG (status) != SIGALRM)
    return wire_fail (fault, EINTR, "CRIU was ended from outside (%s) while it %s", strsignal (WTERMSIG (status)), doing);
  snprintf (log, sizeof log, "%s.log", action);
  *culprit = criu_log_read (criu->image, log, reason, sizeof reason);
  return wire_fail (fault, EBUSY, "%s%s%s", explain (status), *reason != '\0' ? ": " : "", reason);
}

int
criu_dump (const struct criu *criu, pid_t *culprit, struct wire_fault *fault)
{
  struct tree tree;
  pid_t child, host_pid = 0;
  int result;

  *culprit = 0;
  if (tree_read (criu->init, &tree, fault) != 0)
    return -1;
  if (externals_write (criu->image, criu->init, criu->shares, fault) != 0) {
    tree_free (&tree);
    return -1;
  }
  child = fork ();
  if (child == 0)
    run_dump (criu, &tree);
  result = wait_for (child, -1, criu, "dump", "saved the programs", &host_pid, fault);
  for (size_t i = 0; i < tree.count; i++)
    if (tree.list[i].pid == host_pid)
      *culprit = tree.list[i].inside;
  tree_free (&tree);
  return result;
}

/* A CRIU that was stopped from outside leaves behind what it had begun, as children of ours. */
static void
end_strays (pid_t keep)
{
  FILE *children = fopen ("/proc/thread-self/children", "re");
  int pid;

  while (children != NULL && fscanf (children, "%d", &pid) == 1)
    if (pid != keep && kill (pid, SIGKILL) == 0)
      waitpid (pid, NULL, 0);
  if (children != NULL)
    fclose (children);
}

static int
read_number (int folder, const char *name)
{
  int fd = openat (folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  char text[32] = "";

  if (fd >= 0 && read (fd, text, sizeof text - 1) < 0)
    text[0] = '\0';
  close_fd (&fd);
  return atoi (text);
}

/* What is half restored sleeps until CRIU goes on: it must not be left to nobody, whoever is killed. So this process outlives a helper
 * that ends, until it has ended what came of CRIU; from then on it and the view end with it again. */
int
criu_restore (const struct criu *criu, bool trial, pid_t *pid, pid_t *culprit, struct wire_fault *fault)
{
  int helper = (int) syscall (SYS_pidfd_open, getppid (), 0), result;
  pid_t child;

  *culprit = 0;
  *pid = -1;
  unlinkat (criu->image, "pid.log", 0);
  prctl (PR_SET_PDEATHSIG, 0);
  child = fork ();
  if (child == 0)
    run_restore (criu, trial);
  result = wait_for (child, helper, criu, "restore", trial ? "tried whether the programs come back" : "brought the programs back", culprit, fault);
  close_fd (&helper);
  if (result != 0) {
    end_strays (criu->init);
    return -1;
  }
  *pid = read_number (criu->image, "pid.log");
  return *pid > 0 ? 0 : wire_fail (fault, EIO, "CRIU does not tell what it has restored");
}

int
criu_new_image (struct wire_fault *fault)
{
  static const struct mount_option options[] = { { "mode", "0755" }, { NULL, NULL } };

  return mount_new ("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, fault);
}

/* What CRIU says of itself; -1 if it says nothing. */
static int
read_version (const char *program, unsigned version[3], struct wire_fault *fault)
{
  char command[PATH_MAX + 32], line[128] = "";
  FILE *out;
  int status;

  snprintf (command, sizeof command, "'%s' --version 2>/dev/null", program);
  out = popen (command, "re");
  if (out == NULL)
    return wire_fail (fault, errno, "starting CRIU");
  while (version[0] == 0 && fgets (line, sizeof line, out) != NULL)
    sscanf (line, "Version: %u.%u.%u", &version[0], &version[1], &version[2]);
  status = pclose (out);
  if (version[0] != 0)
    return 0;
  if (!WIFEXITED (status) || WEXITSTATUS (status) < 126)
    return wire_fail (fault, ENOPKG, "The program %.80s is no CRIU, or does not run.", program);
  return strchr (program, '/') != NULL ? wire_fail (fault, ENOPKG, "There is no CRIU at %.80s.", program)
                                       : wire_fail (fault, ENOPKG, "CRIU is not installed.");
}

int
criu_probe (const char *program, struct wire_fault *fault)
{
  unsigned version[3] = { 0 }, kernel[2] = { 0 }, oldest;
  struct utsname name;

  if (uname (&name) == 0)
    sscanf (name.release, "%u.%u", &kernel[0], &kernel[1]);
  if (access (CHECKPOINT_FILE, F_OK) != 0)
    return wire_fail (fault, ENOSYS, "This kernel cannot save programs: start one with CONFIG_CHECKPOINT_RESTORE, as those of Debian, "
                                     "Ubuntu and Fedora are built.");
  if (read_version (program, version, fault) != 0)
    return -1;
  oldest = kernel[0] * 100 + kernel[1] >= NEW_KERNEL ? OLDEST_FOR_NEW : OLDEST;
  if (version[0] * 10000 + version[1] * 100 + version[2] < oldest)
    return wire_fail (fault, ENOPKG, "CRIU %u.%u.%u is too old for this kernel, which needs %s.", version[0], version[1],
                      version[2], oldest == OLDEST ? "4.1" : "4.2.1");
  return 0;
}

int
criu_check (const char *program, struct wire_fault *fault)
{
  char command[PATH_MAX + 32], line[512], reason[120] = "";
  pid_t ignored;
  FILE *out;

  if (criu_probe (program, fault) != 0)
    return -1;
  snprintf (command, sizeof command, "'%s' check 2>&1", program);
  out = popen (command, "re");
  if (out == NULL)
    return wire_fail (fault, errno, "starting CRIU");
  while (fgets (line, sizeof line, out) != NULL)
    if (*reason == '\0')
      criu_log_take_error (line, &ignored, reason, sizeof reason);
  if (pclose (out) == 0)
    return 0;
  return wire_fail (fault, ENOSYS, "This kernel lacks what CRIU needs to save programs: %s", *reason != '\0' ? reason : "it does not say what.");
}
