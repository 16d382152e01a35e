/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/reduced.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/inside.h"
#include "launcher/overlay.h"
#include "launcher/steps.h"

struct build {
  const struct reduced_request *request;
  struct inside                 inside;
  int                           workspace; /* detached mount */
};

/* --- inside the new namespaces --- */

static int
collect (void *data, struct wire_fault *fault)
{
  const unsigned attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  static const struct mount_option options[] = { { "mode", "0755" }, { "size", "64k" }, { NULL, NULL } };
  struct build *build = data;

  if (mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
    return wire_fail (fault, errno, "making the mounts private");
  /* The maker's working directory is the workspace, and has been carried over into this mount namespace; a descriptor of
   * it has not. */
  build->workspace = mount_clone (AT_FDCWD, ".", false, fault);
  if (build->workspace < 0
      || mount_set (build->workspace, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, -1, false, fault) != 0)
    return -1;
  if (build->request->display)
    build->inside.x11 = mount_clone (AT_FDCWD, "/tmp/.X11-unix", false, fault);
  build->inside.dev = mount_new ("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, fault);
  build->inside.sys = mount_clone (AT_FDCWD, "/sys", true, fault);
  if (build->inside.dev < 0 || build->inside.sys < 0)
    return -1;
  return mount_set (build->inside.sys, attributes, -1, true, fault);
}

static int
collect_shared (void *data, struct wire_fault *fault)
{
  return rules_mount_again (&((struct build *) data)->inside.rules, fault);
}

static int
make_stage (void *data, struct wire_fault *fault)
{
  struct build *build = data;
  int stage = mount_new ("tmpfs", NULL, 0, fault);

  if (stage < 0 || mount_attach (&stage, AT_FDCWD, STAGE, fault) != 0)
    return -1;
  if (mkdir (STAGE_ROOT, 0755) != 0 || mkdir (STAGE_WORKSPACE, 0755) != 0 || mkdir (STAGE "/skeleton", 0755) != 0)
    return wire_fail (fault, errno, "making the stage");
  return mount_attach (&build->workspace, AT_FDCWD, STAGE_WORKSPACE, fault);
}

static bool
is_own (const char *name)
{
  static const char *const own[] = { "proc", "sys", "dev", "run", "tmp", "home", "root", "lost+found", "media", "mnt", "boot" };

  for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
    if (strcmp (name, own[i]) == 0)
      return true;
  return false;
}

/* In the root layer's lower directory: what the host has at its top, as empty directories and links. */
static int
add_to_skeleton (const char *name, unsigned char type, struct wire_fault *fault)
{
  char path[PATH_MAX], host[PATH_MAX], target[PATH_MAX];
  ssize_t length;

  snprintf (path, sizeof path, STAGE "/skeleton/%s", name);
  snprintf (host, sizeof host, "/%s", name);
  if (type == DT_DIR)
    return mkdir (path, 0755) == 0 ? 0 : wire_fail (fault, errno, "making %.100s", path);
  length = readlink (host, target, sizeof target - 1);
  if (length < 0)
    return 0;
  target[length] = '\0';
  return symlink (target, path) == 0 ? 0 : wire_fail (fault, errno, "making %.100s", path);
}

/* Names a layer for a top directory; attached in order later. */
static int
add_layer (struct build *build, const char *path, const char *lower, struct wire_fault *fault)
{
  const unsigned attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  struct layer *layer = &build->inside.layers[build->inside.n_layers];

  snprintf (layer->path, sizeof layer->path, "%s", path);
  layer->mount = overlay_in_workspace (lower, path, fault);
  /* A directory with mounts of the host below it cannot be a lower layer here: it is shown with them, to be read. */
  if (layer->mount < 0 && fault->error == EINVAL && *path != '\0') {
    layer->mount = mount_clone (AT_FDCWD, lower, true, fault);
    if (layer->mount >= 0 && mount_set (layer->mount, attributes, -1, true, fault) != 0)
      close_fd (&layer->mount);
  }
  if (layer->mount < 0)
    return -1;
  build->inside.n_layers++;
  return 0;
}

/* Merged directories look like their topmost one: so these are the workspace's own, and can be written to. */
static int
make_writable (struct wire_fault *fault)
{
  static const char *const directories[] = { "etc", "opt", "srv", "usr/local/bin", "usr/local/etc", "usr/local/games",
                                             "usr/local/include", "usr/local/lib", "usr/local/sbin", "usr/local/share",
                                             "usr/local/src", "var/lib", "var/cache", "var/log" };
  int upper = open (STAGE_WORKSPACE "/layers/root/upper", O_PATH | O_DIRECTORY | O_CLOEXEC), made = -1;

  if (upper < 0)
    return wire_fail (fault, errno, "opening the workspace's root layer");
  for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++) {
    made = make_beneath (upper, directories[i], fault);
    if (made < 0)
      break;
    close (made);
  }
  close (upper);
  return made < 0 ? -1 : overlay_make_tmp (fault);
}

static int
make_layers (void *data, struct wire_fault *fault)
{
  struct build *build = data;
  char names[MAX_LAYERS - 1][256];
  unsigned n_names = 0;
  DIR *root = opendir ("/");
  struct dirent *entry;
  int result = root == NULL ? wire_fail (fault, errno, "reading the host's root") : make_writable (fault);

  while (result == 0 && (entry = readdir (root)) != NULL) {
    char host[300];

    snprintf (host, sizeof host, "/%s", entry->d_name);
    if (entry->d_name[0] == '.' || is_own (entry->d_name) || (entry->d_type != DT_DIR && entry->d_type != DT_LNK))
      continue;
    if (entry->d_type == DT_DIR && (access (host, R_OK | X_OK) != 0 || strpbrk (host, ":,\\") != NULL))
      continue;
    if (entry->d_type == DT_DIR && n_names < MAX_LAYERS - 1)
      strcpy (names[n_names++], entry->d_name);
    result = add_to_skeleton (entry->d_name, entry->d_type, fault);
  }
  if (root != NULL)
    closedir (root);
  for (size_t i = 0; result == 0 && i < 7; i++)
    result = add_to_skeleton ((const char *const[]){ "proc", "sys", "dev", "run", "tmp", "mnt", "media" }[i], DT_DIR, fault);
  if (result == 0)
    result = add_layer (build, "", STAGE "/skeleton", fault);
  for (unsigned i = 0; result == 0 && i < n_names; i++) {
    char host[300];

    snprintf (host, sizeof host, "/%.255s", names[i]);
    result = add_layer (build, names[i], host, fault);
  }
  return result == 0 ? inside_collect (&build->inside, fault) : -1;
}

/* No undo: all of it is in namespaces that end with this process. */
static const struct step inside_steps[] = {
  { "collecting what the host gives", collect, NULL },
  { "collecting what is shared", collect_shared, NULL },
  { "making the stage", make_stage, NULL },
  { "laying the workspace over the host", make_layers, NULL },
  { NULL, NULL, NULL },
};

_Noreturn static void
become_view (struct build *build, int go)
{
  const unsigned own = sizeof inside_steps / sizeof inside_steps[0] - 1;
  struct wire_fault fault = { 0 };
  char byte;

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (read (go, &byte, 1) != 1)
    _exit (1);
  if (steps_run (inside_steps, build, build->request->fail_step, &fault) != 0)
    inside_give_up (&build->inside, &fault);
  if (build->request->fail_step > own)
    build->inside.fail_at = build->request->fail_step - own;
  inside_prepare (&build->inside);
  inside_run (&build->inside);
}

/* --- outside --- */

static int
write_maps (pid_t pid, struct wire_fault *fault)
{
  char map[64];

  if (proc_write (pid, "setgroups", "deny", fault) != 0)
    return -1;
  snprintf (map, sizeof map, "0 %u 1", getuid ());
  if (proc_write (pid, "uid_map", map, fault) != 0)
    return -1;
  snprintf (map, sizeof map, "0 %u 1", getgid ());
  return proc_write (pid, "gid_map", map, fault);
}

static void
kill_init (struct full_view *view)
{
  if (view->pid > 0) {
    kill (view->pid, SIGKILL);
    waitpid (view->pid, NULL, 0);
  }
  close_fd (&view->pidfd);
  view->pid = -1;
}

static int
start_init (struct build *build, struct full_view *view, struct wire_fault *fault)
{
  struct clone_args args = {
    .flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_PIDFD,
    .pidfd = (uint64_t) (uintptr_t) &view->pidfd,
    .exit_signal = SIGCHLD,
  };
  int report[2], go[2], result;
  long pid;

  if (pipe2 (report, O_CLOEXEC) != 0 || pipe2 (go, O_CLOEXEC) != 0)
    return wire_fail (fault, errno, "making a pipe");
  build->inside.report = report[1];
  pid = syscall (SYS_clone3, &args, sizeof args);
  if (pid == 0) {
    close (go[1]);
    become_view (build, go[0]);
  }
  close (report[1]);
  close (go[0]);
  view->pid = (pid_t) pid;
  result = pid < 0 ? wire_fail (fault, WIRE_NO_NAMESPACES, "making a user namespace")
                   : write_maps (view->pid, fault);
  if (result == 0 && write (go[1], "x", 1) != 1)
    result = wire_fail (fault, errno, "starting pid 1");
  close (go[1]);
  if (result == 0)
    return wait_for_view (report[0], fault);
  close (report[0]);
  return -1;
}

static void
add_hidden (struct rules *rules, const char *path)
{
  if (rules->n == MAX_RULES || strlen (path) < 2)
    return;
  memmove (rules->list + 1, rules->list, rules->n * sizeof *rules->list);
  rules->list[0] = (struct rule){ .kind = RULE_HIDE, .path = path + 1, .mount = -1 };
  rules->n++;
}

/* What is the user's own on the host they could read in the view, too, and so could every program there. Before the rules that
 * may share parts of it. */
static void
hide_own (struct rules *rules)
{
  static char home[PATH_MAX], mail[2][sizeof "/var/spool/mail/" + LOGIN_NAME_MAX];
  FILE *file = fopen ("/etc/passwd", "re"); /* who comes from elsewhere has a home in /home, or is told by the next line */
  const struct passwd *user = NULL;
  const char *named = getenv ("HOME");
  struct stat info;

  while (file != NULL && (user = fgetpwent (file)) != NULL && user->pw_uid != getuid ())
    ;
  if (user != NULL && (size_t) snprintf (mail[0], sizeof mail[0], "/var/mail/%s", user->pw_name) < sizeof mail[0]
      && (size_t) snprintf (mail[1], sizeof mail[1], "/var/spool/mail/%s", user->pw_name) < sizeof mail[1]) {
    add_hidden (rules, mail[1]);
    add_hidden (rules, mail[0]);
  }
  if (user != NULL)
    named = user->pw_dir;
  if (named != NULL && named[0] == '/' && realpath (named, home) != NULL && strncmp (home, "/home/", 6) != 0
      && strcmp (home, "/root") != 0 && stat (home, &info) == 0 && info.st_uid == getuid ())
    add_hidden (rules, home);
  if (file != NULL)
    fclose (file);
}

/* A vault that is mounted without privilege is in namespaces of its own; the view's are made below these. */
static int
enter_workspace (const struct reduced_request *request, struct wire_fault *fault)
{
  if (request->namespaces[0] >= 0
      && (setns (request->namespaces[0], CLONE_NEWUSER) != 0 || setns (request->namespaces[1], CLONE_NEWNS) != 0))
    return wire_fail (fault, errno, "entering the namespaces of the vault");
  if (request->network[0] >= 0 && request->namespaces[0] < 0 && setns (request->network[0], CLONE_NEWUSER) != 0)
    return wire_fail (fault, errno, "entering the user namespace of the network");
  if (request->network[1] >= 0 && setns (request->network[1], CLONE_NEWNET) != 0)
    return wire_fail (fault, errno, "entering the network");
  if (fchdir (request->workspace) != 0)
    return wire_fail (fault, errno, "entering the workspace's folder");
  return 0;
}

int
reduced_open (const struct reduced_request *request, struct full_view *view, struct wire_fault *fault)
{
  struct build build = {
    .request = request,
    .workspace = -1,
  };
  int result;

  inside_clear (&build.inside);
  inside_name (&build.inside, request->hostname, request->user, request->name_server);
  build.inside.resolver = open ("/etc/resolv.conf", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  build.inside.xauthority = request->xauthority;
  build.inside.control = request->control;
  build.inside.rules = *request->rules;
  hide_own (&build.inside.rules);
  build.inside.filters = request->filters;
  build.inside.bind_nodes = true;
  build.inside.display = request->display;
  *view = (struct full_view) NO_VIEW;
  result = enter_workspace (request, fault);
  if (result == 0)
    result = start_init (&build, view, fault);
  close_fd (&build.inside.resolver);
  if (result != 0)
    kill_init (view);
  return result;
}

static int
try_overlay (void)
{
  static const struct mount_option options[] = {
    { "lowerdir", STAGE "/a" }, { "upperdir", STAGE "/b" }, { "workdir", STAGE "/c" }, { "userxattr", NULL }, { NULL, NULL },
  };
  struct wire_fault fault;
  int stage = mount_new ("tmpfs", NULL, 0, &fault), overlay;

  if (stage < 0 || mount_attach (&stage, AT_FDCWD, STAGE, &fault) != 0 || mkdir (STAGE "/a", 0700) != 0
      || mkdir (STAGE "/b", 0700) != 0 || mkdir (STAGE "/c", 0700) != 0)
    return 1;
  overlay = mount_new ("overlay", options, 0, &fault);
  return overlay < 0 ? 2 : 0;
}

/* Nothing can be made in a file system before the namespace has ids, so this waits for them. */
_Noreturn static void
try_in_namespace (int go)
{
  char byte;

  if (read (go, &byte, 1) != 1)
    _exit (1);
  _exit (mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ? 1 : try_overlay ());
}

int
reduced_probe (struct wire_fault *fault)
{
  struct clone_args args = { .flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID, .exit_signal = SIGCHLD };
  int status = 0, go[2];
  long pid;

  if (pipe2 (go, O_CLOEXEC) != 0)
    return wire_fail (fault, errno, "This process has too many open files.");
  pid = syscall (SYS_clone3, &args, sizeof args);
  if (pid == 0) {
    close (go[1]);
    try_in_namespace (go[0]);
  }
  close (go[0]);
  if (pid < 0) {
    close (go[1]);
    return wire_fail (fault, WIRE_NO_NAMESPACES, "making a user namespace");
  }
  if (write_maps ((pid_t) pid, fault) == 0 && write (go[1], "", 1) != 1)
    wire_fail (fault, errno, "asking the trial process");
  close (go[1]);
  waitpid ((pid_t) pid, &status, 0);
  if (WIFEXITED (status) && WEXITSTATUS (status) == 0)
    return 0;
  return wire_fail (fault, EOPNOTSUPP, WIFEXITED (status) && WEXITSTATUS (status) == 2
                                           ? "This kernel lets no ordinary user mount an overlay (Linux 5.11 does)."
                                           : "This host lets no ordinary user mount in a namespace of their own.");
}
