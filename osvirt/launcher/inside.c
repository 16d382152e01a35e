/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/mount.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launcher/confine.h"
#include "launcher/init.h"
#include "launcher/overlay.h"
#include "launcher/sandbox.h"
#include "launcher/steps.h"

enum { RESOLV_MAX = 64 * 1024 };

static int
make_directory (const char *path, mode_t mode, struct wire_fault *fault)
{
  if (mkdir (path, mode) != 0 && errno != EEXIST)
    return wire_fail (fault, errno, "making /%s in the workspace", path);
  return 0;
}

/* A folder of the workspace's; whoever fills the medium may have put a link to one of the host's in its place. -1 with ENOENT
 * if there is none. */
static int
clone_folder (int workspace, const char *name, unsigned attributes, struct wire_fault *fault)
{
  int folder = open_beneath (workspace, name, O_PATH | O_DIRECTORY), mount;

  if (folder < 0)
    return wire_fail (fault, errno, "opening %s in the workspace", name);
  mount = mount_clone (folder, "", false, fault);
  close (folder);
  if (mount >= 0 && mount_set (mount, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | attributes, -1, false, fault) != 0)
    close_fd (&mount);
  return mount;
}

void
inside_clear (struct inside *inside)
{
  *inside = (struct inside){
    .dev = -1, .sys = -1, .home = { -1, -1 }, .log = -1, .x11 = -1, .xauthority = -1, .resolver = -1, .init = -1,
    .control = -1, .report = -1,
  };
  for (unsigned i = 0; i < N_OWN; i++)
    inside->own[i] = -1;
}

void
inside_name (struct inside *inside, const char *hostname, const char *user, const char *name_server)
{
  snprintf (inside->hostname, sizeof inside->hostname, "%s", hostname);
  snprintf (inside->user, sizeof inside->user, "%s", user);
  inside->own_network = name_server != NULL;
  snprintf (inside->name_server, sizeof inside->name_server, "%s", name_server != NULL ? name_server : "");
}

int
inside_collect (struct inside *inside, struct wire_fault *fault)
{
  int workspace = open (STAGE_WORKSPACE, O_PATH | O_DIRECTORY | O_CLOEXEC);

  if (workspace < 0)
    return wire_fail (fault, errno, "opening the workspace");
  inside->home[0] = clone_folder (workspace, "home", 0, fault);
  inside->home[1] = inside->home[0] < 0 ? -1 : clone_folder (workspace, "home", 0, fault);
  inside->log = inside->home[1] < 0 ? -1 : clone_folder (workspace, "log", MOUNT_ATTR_NOEXEC, fault);
  close (workspace);
  if (inside->log >= 0 || (inside->home[1] >= 0 && fault->error == ENOENT)) {
    fault->error = 0; /* a folder without logs is one, too */
    return 0;
  }
  return -1;
}

void
inside_close_collected (struct inside *inside)
{
  close_fd (&inside->home[0]);
  close_fd (&inside->home[1]);
  close_fd (&inside->log);
}

static int
become_root (void *data, struct wire_fault *fault)
{
  const struct inside *inside = data;

  umask (022);
  if (inside->mapped && setgroups (0, NULL) != 0)
    return wire_fail (fault, errno, "leaving the host's groups");
  if (setresgid (0, 0, 0) != 0 || setresuid (0, 0, 0) != 0)
    return wire_fail (fault, errno, "becoming uid 0 of the workspace");
  /* The change of ids has just cleared it. */
  if (prctl (PR_SET_PDEATHSIG, SIGKILL) != 0)
    return wire_fail (fault, errno, "tying the view to its maker");
  return 0;
}

static int
make_own (void *data, struct wire_fault *fault)
{
  static const struct mount_option public[] = { { "mode", "1777" }, { NULL, NULL } };
  static const struct mount_option private[] = { { "mode", "0755" }, { NULL, NULL } };
  static const struct mount_option terminals[] = {
    { "newinstance", NULL }, { "ptmxmode", "0666" }, { "mode", "0620" }, { NULL, NULL }
  };
  enum { SAFE = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };
  static const struct {
    const char                *type;
    const struct mount_option *options;
    unsigned                   attributes;
  } kinds[N_OWN] = {
    [OWN_PROC] = { "proc", NULL, SAFE | MOUNT_ATTR_NOEXEC },
    [OWN_TERMINALS] = { "devpts", terminals, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC },
    [OWN_SHARED_MEMORY] = { "tmpfs", public, SAFE },
    [OWN_TMP] = { "tmpfs", public, SAFE },
    [OWN_RUN] = { "tmpfs", private, SAFE },
  };
  struct inside *inside = data;

  for (unsigned i = 0; i < N_OWN; i++) {
    inside->own[i] = mount_new (kinds[i].type, kinds[i].options, kinds[i].attributes, fault);
    if (inside->own[i] < 0 && i == OWN_PROC && fault->error == EPERM)
      return wire_fail (fault, EPERM, "mounting /proc: this host covers parts of its own /proc (a container does)");
    if (inside->own[i] < 0)
      return -1;
  }
  return 0;
}

static int
attach_root (void *data, struct wire_fault *fault)
{
  struct inside *inside = data;

  if (mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
    return wire_fail (fault, errno, "making the mounts private");
  /* Entered first: a path does not lead to what covers the root of a namespace. */
  if (fchdir (inside->layers[0].mount) != 0)
    return wire_fail (fault, errno, "entering the new root");
  if (mount_attach (&inside->layers[0].mount, AT_FDCWD, inside->bare ? "/" : STAGE_ROOT, fault) != 0)
    return -1;
  for (unsigned i = 1; i < inside->n_layers; i++)
    if (mount_attach (&inside->layers[i].mount, AT_FDCWD, inside->layers[i].path, fault) != 0)
      return -1;
  return 0;
}

/* Without privilege no node can be made, but the host's can be shown. */
static int
bind_nodes (struct wire_fault *fault)
{
  static const char *const nodes[] = { "null", "zero", "full", "random", "urandom", "tty" };
  static const char *const links[][2] = {
    { "pts/ptmx", "ptmx" }, { "/proc/self/fd", "fd" }, { "fd/0", "stdin" }, { "fd/1", "stdout" }, { "fd/2", "stderr" },
  };

  for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
    char host[32], path[32];
    int file, node;

    snprintf (host, sizeof host, "/dev/%s", nodes[i]);
    snprintf (path, sizeof path, "dev/%s", nodes[i]);
    file = open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
      return wire_fail (fault, errno, "making /%s", path);
    close (file);
    node = mount_clone (AT_FDCWD, host, false, fault);
    if (node < 0 || mount_attach (&node, AT_FDCWD, path, fault) != 0)
      return -1;
  }
  for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
    char path[32];

    snprintf (path, sizeof path, "dev/%s", links[i][1]);
    if (symlink (links[i][0], path) != 0)
      return wire_fail (fault, errno, "making /%s", path);
  }
  if (mkdir ("dev/pts", 0755) != 0 || mkdir ("dev/shm", 0755) != 0)
    return wire_fail (fault, errno, "making /dev");
  return 0;
}

/* Where uid 0 of the view is the host's root, who opened it without the helper, the permissions of these are no hindrance. */
static int
protect_proc (struct wire_fault *fault)
{
  static const char *const shown[] = { "proc/sys", "proc/sysrq-trigger", "proc/irq", "proc/bus", "proc/fs", "proc/scsi",
                                       "proc/acpi", "proc/asound", "proc/mtrr" };
  static const char *const hidden[] = { "proc/kcore", "proc/kmsg", "proc/keys", "proc/key-users", "proc/timer_list" };

  for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
    int copy = access (shown[i], F_OK) == 0 ? mount_clone (AT_FDCWD, shown[i], true, fault) : -1;

    if (copy < 0 ? errno != ENOENT : mount_set (copy, MOUNT_ATTR_RDONLY, -1, true, fault) != 0
                                         || mount_attach (&copy, AT_FDCWD, shown[i], fault) != 0)
      return -1;
  }
  for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
    int null = access (hidden[i], F_OK) == 0 ? mount_clone (AT_FDCWD, "dev/null", false, fault) : -1;

    if (null < 0 ? errno != ENOENT : mount_attach (&null, AT_FDCWD, hidden[i], fault) != 0)
      return -1;
  }
  return 0;
}

/* Whoever fills the medium may have put a link in place of one of these, through which folders would be made elsewhere. */
static int
check_places (struct wire_fault *fault)
{
  static const char *const places[] = { "proc", "sys", "dev", "tmp", "run", "home", "root" };

  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    struct stat info;

    if (lstat (places[i], &info) == 0 && !S_ISDIR (info.st_mode))
      return wire_fail (fault, ENOTDIR, "the workspace's layers/root/upper has something else in place of the folder /%s", places[i]);
  }
  return 0;
}

static int
attach_system (void *data, struct wire_fault *fault)
{
  struct inside *inside = data;

  if (check_places (fault) != 0 || mount_attach (&inside->own[OWN_PROC], AT_FDCWD, "proc", fault) != 0 || mount_attach (&inside->dev, AT_FDCWD, "dev", fault) != 0
      || mount_attach (&inside->sys, AT_FDCWD, "sys", fault) != 0 || (inside->bind_nodes && bind_nodes (fault) != 0)
      || (!inside->mapped && protect_proc (fault) != 0)
      || mount_attach (&inside->own[OWN_TERMINALS], AT_FDCWD, "dev/pts", fault) != 0
      || mount_attach (&inside->own[OWN_SHARED_MEMORY], AT_FDCWD, "dev/shm", fault) != 0
      || mount_attach (&inside->own[OWN_TMP], AT_FDCWD, "tmp", fault) != 0)
    return -1;
  return mount_attach (&inside->own[OWN_RUN], AT_FDCWD, "run", fault);
}

/* Both HOME and the home directory of uid 0 in the password file lead to the workspace's home. */
static int
attach_home (void *data, struct wire_fault *fault)
{
  struct inside *inside = data;
  char path[WIRE_NAME_MAX + 8];

  snprintf (path, sizeof path, "home/%s", inside->user);
  if (make_directory ("home", 0755, fault) != 0 || make_directory (path, 0700, fault) != 0
      || make_directory ("root", 0700, fault) != 0)
    return -1;
  return mount_attach (&inside->home[0], AT_FDCWD, path, fault) == 0 ? mount_attach (&inside->home[1], AT_FDCWD, "root", fault)
                                                                     : -1;
}

static int
copy_file (int from, const char *to, mode_t mode, struct wire_fault *fault)
{
  char buffer[4096];
  int out = open (to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  ssize_t got = 0;
  off_t done = 0;

  if (out < 0)
    return wire_fail (fault, errno, "making /%s", to);
  while (done < RESOLV_MAX && (got = pread (from, buffer, sizeof buffer, done)) > 0) {
    if (write (out, buffer, (size_t) got) != got) {
      got = -1;
      break;
    }
    done += got;
  }
  close (out);
  return got < 0 ? wire_fail (fault, errno, "copying /%s", to) : 0;
}

/* Where the host's resolver file lies in /run, which is private here, a copy is put at the same place. */
static int
copy_resolver (int resolver, struct wire_fault *fault)
{
  char link[64], path[PATH_MAX];
  ssize_t length;

  if (resolver < 0)
    return 0;
  snprintf (link, sizeof link, "/proc/self/fd/%d", resolver);
  length = readlink (link, path, sizeof path - 1);
  if (length <= 0 || strncmp (path, "/run/", 5) != 0)
    return 0;
  path[length] = '\0';
  for (char *slash = strchr (path + 5, '/'); slash != NULL; slash = strchr (slash + 1, '/')) {
    *slash = '\0';
    if (make_directory (path + 1, 0755, fault) != 0)
      return -1;
    *slash = '/';
  }
  return copy_file (resolver, path + 1, 0644, fault);
}

/* A base system has a resolver file of the day it was made. The host's of today covers it. */
static int
cover_resolver (int resolver, struct wire_fault *fault)
{
  int file, copy;

  if (resolver < 0)
    return 0;
  if (copy_file (resolver, "run/resolv.conf", 0644, fault) != 0)
    return -1;
  file = open ("etc/resolv.conf", O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (file < 0)
    return wire_fail (fault, errno, "making /etc/resolv.conf");
  close (file);
  copy = mount_clone (AT_FDCWD, "run/resolv.conf", false, fault);
  return copy < 0 ? -1 : mount_attach (&copy, AT_FDCWD, "etc/resolv.conf", fault);
}

/* The workspace's log folder, for what programs say; where pid 1 has a program of its own, that too: all that a process
 * has open must lie in the view, or the view could not be suspended. Who is not root may pass: bundles lie there, too; what is
 * root's alone says so itself. */
static int
attach_own (struct inside *inside, struct wire_fault *fault)
{
  struct stat info;
  int copy;

  if (make_directory ("run/domicile", 0711, fault) != 0 || make_directory (LOG_PATH + 1, 0700, fault) != 0)
    return -1;
  if (inside->log >= 0 && mount_attach (&inside->log, AT_FDCWD, LOG_PATH + 1, fault) != 0)
    return -1;
  if (inside->init < 0)
    return 0;
  copy = open (INIT_PATH + 1, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0500);
  if (copy < 0 || fstat (inside->init, &info) != 0)
    return wire_fail (fault, errno, "making " INIT_PATH);
  for (off_t done = 0; done < info.st_size;)
    if (sendfile (copy, inside->init, &done, (size_t) (info.st_size - done)) <= 0)
      return wire_fail (fault, errno, "copying " INIT_PATH);
  close (copy);
  return 0;
}

/* On a network of its own the host's name servers may be out of reach. */
static int
write_resolver (const char *name_server, struct wire_fault *fault)
{
  FILE *file = fopen ("run/resolv.conf", "we");
  int mount;

  if (file == NULL || (*name_server != '\0' && fprintf (file, "nameserver %s\n", name_server) < 0) || fclose (file) != 0)
    return wire_fail (fault, errno, "making /run/resolv.conf");
  mount = mount_clone (AT_FDCWD, "run/resolv.conf", false, fault);
  return mount < 0 ? -1 : rules_cover_file (&mount, "etc/resolv.conf", fault);
}

static int
set_resolver (const struct inside *inside, struct wire_fault *fault)
{
  if (inside->own_network)
    return write_resolver (inside->name_server, fault);
  return (inside->isolated ? cover_resolver : copy_resolver) (inside->resolver, fault);
}

static int
apply_rules (void *data, struct wire_fault *fault)
{
  struct inside *inside = data;

  return rules_apply (&inside->rules, fault);
}

static int
fill_run (void *data, struct wire_fault *fault)
{
  struct inside *inside = data;

  if (make_directory ("run/lock", 01777, fault) != 0 || make_directory ("run/user", 0755, fault) != 0
      || make_directory ("run/user/0", 0700, fault) != 0)
    return -1;
  chmod ("run/lock", 01777);
  if (attach_own (inside, fault) != 0)
    return -1;
  if (set_resolver (inside, fault) != 0)
    return -1;
  if (inside->x11 >= 0) {
    if (make_directory ("tmp/.X11-unix", 01777, fault) != 0
        || mount_attach (&inside->x11, AT_FDCWD, "tmp/.X11-unix", fault) != 0)
      return -1;
    if (inside->xauthority >= 0)
      return copy_file (inside->xauthority, "run/user/0/xauthority", 0600, fault);
  }
  return 0;
}

/* In a bare namespace what the new root covers is empty and stays, out of reach: paths start at the new root, and go up no
 * further than to what is on top. Unmounting it would take longer than all the rest. */
static int
leave_host (void *data, struct wire_fault *fault)
{
  const struct inside *inside = data;

  if (inside->bare ? chroot (".") != 0 : syscall (SYS_pivot_root, ".", ".") != 0)
    return wire_fail (fault, errno, "changing the root");
  if (!inside->bare && umount2 (".", MNT_DETACH) != 0)
    return wire_fail (fault, errno, "leaving the host's root");
  if (chdir ("/") != 0)
    return wire_fail (fault, errno, "entering the root");
  if (sethostname (inside->hostname, strlen (inside->hostname)) != 0)
    return wire_fail (fault, errno, "setting the host name");
  return 0;
}

/* No undo: what these do is in namespaces that end with this process. */
static const struct step preparing_steps[] = {
  { "taking the workspace's identity", become_root, NULL },
  { "making /proc, /tmp and /run", make_own, NULL },
  { NULL, NULL, NULL },
};

_Static_assert (sizeof preparing_steps / sizeof preparing_steps[0] - 1 == INSIDE_PREPARING, "inside.h says how many there are");

static const struct step steps[] = {
  { "attaching the root", attach_root, NULL },
  { "attaching /proc, /dev, /sys, /tmp and /run", attach_system, NULL },
  { "attaching the home directory", attach_home, NULL },
  { "filling /run", fill_run, NULL },
  { "applying the rules for paths", apply_rules, NULL },
  { "leaving the host's root", leave_host, NULL },
  { NULL, NULL, NULL },
};

void
inside_give_up (struct inside *inside, const struct wire_fault *fault)
{
  if (write (inside->report, fault, sizeof *fault) != (ssize_t) sizeof *fault)
    _exit (2);
  _exit (1);
}

/* Goes on as the program of pid 1, which tells that the view stands. */
static void
become_init (struct inside *inside, struct wire_fault *fault)
{
  char control[16], report[16], filters[16];
  char *const argv[] = { (char *) "domicile-init", control, report, filters, NULL };
  char *const none[] = { NULL };
  int file = memfd_create ("filters", 0);

  snprintf (control, sizeof control, "%d", inside->control);
  snprintf (report, sizeof report, "%d", inside->report);
  snprintf (filters, sizeof filters, "%d", file);
  if (file >= 0 && filters_write (inside->filters, file) == 0 && fcntl (inside->control, F_SETFD, 0) == 0 && fcntl (inside->report, F_SETFD, 0) == 0)
    execve (INIT_PATH, argv, none);
  wire_fail (fault, errno, "running " INIT_PATH);
}

void
inside_prepare (struct inside *inside)
{
  struct wire_fault fault = { 0 };

  if (steps_run (preparing_steps, inside, inside->fail_at, &fault) != 0)
    inside_give_up (inside, &fault);
  init_prepare ();
}

void
inside_run (struct inside *inside)
{
  const unsigned fail_at = inside->fail_at > INSIDE_PREPARING ? inside->fail_at - INSIDE_PREPARING : 0;
  struct wire_fault fault = { 0 };

  if (steps_run (steps, inside, fail_at, &fault) != 0)
    inside_give_up (inside, &fault);
  if (inside->init >= 0) {
    become_init (inside, &fault);
    inside_give_up (inside, &fault);
  }
  if (!inside->display)
    sandbox_leave_host ();
  init_run (inside->control, inside->report, inside->filters, &fault, sizeof fault);
}
