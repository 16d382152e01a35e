/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/full.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "launcher/confine.h"
#include "launcher/inside.h"
#include "launcher/mask.h"
#include "launcher/overlay.h"
#include "launcher/program.h"
#include "launcher/seed.h"
#include "launcher/steps.h"
#include "launcher/submounts.h"
#include "launcher/workdir.h"

/* System users and nobody. Files of people are not in it: whatever uid 0 of the view may do, over those it has no
 * more rights than any stranger on the host. */
#define SYSTEM_IDS "0 " VIEW_ID_TEXT (VIEW_ID_BASE) " 1000\n65534 165534 1"

struct build {
  const struct full_request *request;
  struct seed                seed;
  struct inside              inside;
  struct submount            submounts[MAX_LAYERS - 1];
  unsigned                   n_submounts;
  const char                *carried; /* where the files are that the workspace has carried along; NULL */
  bool                       staged; /* this process is in a copy of the stage, or where there are no mounts */
  int                        stage;  /* that copy; -1 */
  int                        work;   /* the folder of the work directories; -1 */
};

/* --- once --- */

/* Device nodes cannot be made in the view's user namespace, and would not work on a file system of it: so one tmpfs of the
 * host's serves all views, read-only. */
static int
make_dev (struct wire_fault *fault)
{
  static const struct {
    const char *name;
    unsigned    major, minor;
  } nodes[] = {
    { "null", 1, 3 }, { "zero", 1, 5 }, { "full", 1, 7 }, { "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 },
  };
  static const struct {
    const char *name, *target;
  } links[] = {
    { "ptmx", "pts/ptmx" }, { "fd", "/proc/self/fd" }, { "stdin", "fd/0" }, { "stdout", "fd/1" }, { "stderr", "fd/2" },
  };
  static const struct mount_option options[] = { { "mode", "0755" }, { "size", "64k" }, { NULL, NULL } };
  int dev = mount_new ("tmpfs", options, 0, fault);

  if (dev < 0)
    return -1;
  for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++)
    if (mknodat (dev, nodes[i].name, S_IFCHR | 0666, makedev (nodes[i].major, nodes[i].minor)) != 0
        || fchmodat (dev, nodes[i].name, 0666, 0) != 0)
      return wire_fail (fault, errno, "making device node %s", nodes[i].name);
  for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
    if (symlinkat (links[i].target, dev, links[i].name) != 0)
      return wire_fail (fault, errno, "making /dev/%s", links[i].name);
  if (mkdirat (dev, "pts", 0755) != 0 || mkdirat (dev, "shm", 0755) != 0)
    return wire_fail (fault, errno, "making /dev");
  if (mount_set (dev, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, -1, false, fault) != 0)
    return -1;
  return dev;
}

static int
make_sys (struct wire_fault *fault)
{
  const unsigned attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  int sys = mount_clone (AT_FDCWD, "/sys", false, fault);

  return sys < 0 || mount_set (sys, attributes, -1, false, fault) != 0 ? -1 : sys;
}

static int
attach_lower (int ids, struct wire_fault *fault)
{
  int lower = mount_clone (AT_FDCWD, "/", false, fault);

  if (lower < 0 || mount_set (lower, MOUNT_ATTR_RDONLY, ids, false, fault) != 0)
    return -1;
  return mount_attach (&lower, AT_FDCWD, STAGE "/lower", fault);
}

static int
make_stage (struct host *host, struct wire_fault *fault)
{
  static const char *const places[] = { "root", "workspace", "lower", "base", "mask", "dev", "sys", "sub", "image", "carried" };
  int stage, dev, sys;

  stage = mount_new ("tmpfs", NULL, 0, fault);
  if (stage < 0 || mount_attach (&stage, AT_FDCWD, STAGE, fault) != 0)
    return -1;
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    char path[64];

    snprintf (path, sizeof path, STAGE "/%s", places[i]);
    if (mkdir (path, 0755) != 0)
      return wire_fail (fault, errno, "making %s", path);
  }
  if (attach_lower (host->system_ids, fault) != 0 || (dev = make_dev (fault)) < 0
      || mount_attach (&dev, AT_FDCWD, STAGE "/dev", fault) != 0 || (sys = make_sys (fault)) < 0
      || mount_attach (&sys, AT_FDCWD, STAGE "/sys", fault) != 0)
    return -1;
  return 0;
}

/* A mount namespace that a view's root can cover. The kernel lets a user namespace mount /proc only where it sees one. */
static int
make_empty (struct wire_fault *fault)
{
  int root, proc = mount_clone (AT_FDCWD, "/proc", true, fault);

  if (proc < 0)
    return -1;
  if (unshare (CLONE_NEWNS) != 0)
    return wire_fail (fault, errno, "making a mount namespace");
  root = mount_new ("tmpfs", NULL, 0, fault);
  if (root < 0 || mkdirat (root, "proc", 0555) != 0)
    return wire_fail (fault, errno, "making an empty root");
  if (mount_set (root, MOUNT_ATTR_RDONLY, -1, false, fault) != 0 || fchdir (root) != 0
      || mount_attach (&root, AT_FDCWD, STAGE "/root", fault) != 0 || mount_attach (&proc, AT_FDCWD, "proc", fault) != 0)
    return -1;
  if (syscall (SYS_pivot_root, ".", ".") != 0 || umount2 (".", MNT_DETACH) != 0 || chdir ("/") != 0)
    return wire_fail (fault, errno, "changing to an empty root");
  return 0;
}

int
host_prepare (struct host *host, struct wire_fault *fault)
{
  char init[PATH_MAX];

  host->init = program_find ("launcher", "domicile-init", init, sizeof init) == 0 ? open (init, O_RDONLY | O_CLOEXEC) : -1;
  host->own_mounts = open ("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  host->own_network = open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  host->system_ids = userns_new (SYSTEM_IDS, SYSTEM_IDS, fault);
  if (host->system_ids < 0 || confine_prepare (&host->filters, false, fault) != 0)
    return -1;
  if (unshare (CLONE_NEWNS) != 0 || mount (NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0)
    return wire_fail (fault, errno, "making a mount namespace");
  if (make_stage (host, fault) != 0)
    return -1;
  host->stage_mounts = open ("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  if (make_empty (fault) != 0)
    return -1;
  host->empty_mounts = open ("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  if (setns (host->own_mounts, CLONE_NEWNS) != 0)
    return wire_fail (fault, errno, "returning to the host's mount namespace");
  return 0;
}

/* --- for each view --- */

static int
collect (void *data, struct wire_fault *fault)
{
  struct build *build = data;

  build->inside.resolver = open ("/etc/resolv.conf", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (build->request->display) {
    build->inside.x11 = mount_clone (AT_FDCWD, "/tmp/.X11-unix", false, fault);
    if (build->inside.x11 < 0 && fault->error != ENOENT)
      return -1; /* none at all is fine: the display may be a remote one */
  }
  if (build->request->base != NULL)
    return 0; /* nothing of the host's file systems is shown */
  build->n_submounts = submounts_list (build->submounts, MAX_LAYERS - 1);
  for (unsigned i = 0; i < build->n_submounts; i++) {
    struct submount *sub = &build->submounts[i];

    sub->mount = mount_clone (AT_FDCWD, sub->path, false, fault);
    if (sub->mount >= 0 && mount_set (sub->mount, MOUNT_ATTR_RDONLY, build->request->host->system_ids, false, fault) != 0)
      close_fd (&sub->mount); /* this file system cannot map ids: what it holds is not shown */
  }
  return 0;
}

static void
close_collected (void *data)
{
  struct build *build = data;

  close_fd (&build->inside.resolver);
  close_fd (&build->inside.x11);
  for (unsigned i = 0; i < build->n_submounts; i++)
    close_fd (&build->submounts[i].mount);
}

static int
attach_bundles (struct build *build, struct wire_fault *fault)
{
  for (unsigned i = 0; i < build->request->n_bundles; i++) {
    char place[32];

    snprintf (place, sizeof place, STAGE "/sub/b%u", i);
    if (mkdir (place, 0755) != 0 && errno != EEXIST)
      return wire_fail (fault, errno, "making %s", place);
    if (mount_attach (&build->request->bundles[i], AT_FDCWD, place, fault) != 0)
      return -1;
  }
  return 0;
}

/* What of the bundles lies below @path, as lower layers with a colon after each. */
static void
name_bundles (const struct build *build, const char *path, char *text, size_t size)
{
  *text = '\0';
  for (unsigned i = 0; i < build->request->n_bundles; i++) {
    char place[320];
    size_t length = strlen (text);

    snprintf (place, sizeof place, STAGE "/sub/b%u%s", i, path);
    if (access (place, F_OK) == 0)
      snprintf (text + length, size - length, "%s:", place);
  }
}

static int
enter_stage (void *data, struct wire_fault *fault)
{
  struct build *build = data;

  build->stage = build->seed.stage >= 0 ? build->seed.stage : stage_copy (build->request->host, fault);
  build->seed.stage = -1;
  if (build->stage < 0)
    return -1;
  build->staged = setns (build->stage, CLONE_NEWNS) == 0;
  if (!build->staged || mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
    return wire_fail (fault, errno, "entering the stage");
  if (build->request->base != NULL && mount_attach (build->request->base, AT_FDCWD, STAGE "/base", fault) != 0)
    return -1;
  return mount_attach (build->request->workspace, AT_FDCWD, STAGE_WORKSPACE, fault) == 0 ? attach_bundles (build, fault) : -1;
}

/* The copy of the stage, and what is attached there, is gone when its last descriptor is closed. */
static void
leave_stage (void *data)
{
  struct build *build = data;

  if (build->staged && setns (build->request->host->own_mounts, CLONE_NEWNS) != 0)
    _exit (1); /* never go on among mounts that belong to a view */
  build->staged = false;
}

/* The stage keeps the layer, and the view gets a copy. None lies in another: a restore binds them one by one, which the
 * kernel refuses where something below is mounted that must not be seen without its cover. */
static int
keep_layer (struct layer *layer, struct wire_fault *fault)
{
  char place[320] = STAGE_ROOT;

  if (*layer->path != '\0')
    submount_place (layer->path, place, sizeof place);
  if (mkdir (place, 0755) != 0 && errno != EEXIST)
    return wire_fail (fault, errno, "keeping a layer");
  if (mount_attach (&layer->mount, AT_FDCWD, place, fault) != 0)
    return -1;
  layer->mount = mount_clone (AT_FDCWD, place, false, fault);
  return layer->mount < 0 ? -1 : 0;
}

static int
add_layer (struct build *build, const char *path, const char *lower, struct wire_fault *fault)
{
  struct layer *layer = &build->inside.layers[build->inside.n_layers];

  strcpy (layer->path, path); /* at most a submount's, which has the same room */
  workdir_set_aside (build->work, path);
  layer->mount = overlay_in_workspace (lower, path, fault);
  if (layer->mount < 0 || (build->request->suspendable && keep_layer (layer, fault) != 0))
    return -1;
  build->inside.n_layers++;
  return 0;
}

/* On a file system of which the host's tree shows something. */
static bool
is_carried_by_host (const struct build *build)
{
  struct stat carried, layer;

  if (stat (STAGE_WORKSPACE "/" CARRIED_FILES, &carried) != 0)
    return false;
  if (stat (STAGE "/lower", &layer) == 0 && layer.st_dev == carried.st_dev)
    return true;
  for (unsigned i = 0; i < build->n_submounts; i++)
    if (build->submounts[i].mount >= 0 && fstat (build->submounts[i].mount, &layer) == 0 && layer.st_dev == carried.st_dev)
      return true;
  return false;
}

/* The kernel refuses a layer that lies in another, as those files do in a workspace that is a plain folder of the host's: shown through
 * an overlay of their own they lie in none. It has handles of its files, or the overlay above would have none of any, by which watches
 * are found (suspend/marks.c); and plain numbers, as the one above adds its own to them. */
static int
find_carried (struct build *build, struct wire_fault *fault)
{
  static const struct mount_option options[] = {
    { "source", "carried" }, { "lowerdir", STAGE_WORKSPACE "/" CARRIED_FILES ":" STAGE "/base" }, { "userxattr", NULL },
    { "redirect_dir", "nofollow" }, { "nfs_export", "on" }, { "xino", "off" }, { NULL, NULL },
  };
  int mount;

  build->carried = build->request->carried ? STAGE_WORKSPACE "/" CARRIED_FILES : NULL;
  if (build->carried == NULL || !is_carried_by_host (build))
    return 0;
  build->carried = STAGE "/carried";
  mount = mount_new ("overlay", options, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV, fault);
  return mount < 0 ? -1 : mount_attach (&mount, AT_FDCWD, build->carried, fault);
}

/* What of them lies at @path, as a lower layer with a colon after it. */
static void
name_carried (const struct build *build, const char *path, char *text, size_t size)
{
  *text = '\0';
  if (build->carried == NULL)
    return;
  snprintf (text, size, "%s%s", build->carried, path);
  if (access (text, F_OK) == 0)
    strcat (text, ":"); /* there is room: @size is more than a submount's path and a place take */
  else
    *text = '\0';
}

/* By the mask, itself or what it lies in. */
static bool
is_hidden (const char *in_mask)
{
  struct stat info;

  return lstat (in_mask, &info) == 0 ? !S_ISDIR (info.st_mode) : errno == ENOTDIR;
}

static int
add_submount (struct build *build, unsigned index, struct wire_fault *fault)
{
  struct submount *sub = &build->submounts[index];
  char place[64], mask[320], bundles[256], carried[400], lower[1100];

  snprintf (place, sizeof place, STAGE "/sub/%u", index);
  snprintf (mask, sizeof mask, STAGE "/mask%s", sub->path);
  if (is_hidden (mask)) {
    close_fd (&sub->mount);
    return 0;
  }
  name_bundles (build, sub->path, bundles, sizeof bundles);
  name_carried (build, sub->path, carried, sizeof carried);
  snprintf (lower, sizeof lower, "%s%s%s%s%s", bundles, carried, access (mask, F_OK) == 0 ? mask : "", access (mask, F_OK) == 0 ? ":" : "",
            place);
  if ((mkdir (place, 0755) != 0 && errno != EEXIST) || mount_attach (&sub->mount, AT_FDCWD, place, fault) != 0)
    return wire_fail (fault, errno, "showing the host's %s", sub->path);
  return add_layer (build, sub->path + 1, lower, fault);
}

/* The overlay is mounted in the initial user namespace (file handles, so that xino works and watches survive a
 * restore), with the file-system ids of the view's uid 0: the kernel wants its maker to exist in the upper layer's
 * mapping. Capabilities stay because SECBIT_NO_SETUID_FIXUP is set. */
static int
make_layers (void *data, struct wire_fault *fault)
{
  struct build *build = data;
  char bundles[256], carried[64], lower[400];
  int result;

  if (find_carried (build, fault) != 0)
    return -1;
  name_bundles (build, "", bundles, sizeof bundles);
  name_carried (build, "", carried, sizeof carried);
  snprintf (lower, sizeof lower, "%s%s%s", bundles, carried,
            build->request->base != NULL ? STAGE "/base" : STAGE "/mask:" STAGE "/lower");
  setfsgid (VIEW_ID_BASE);
  setfsuid (VIEW_ID_BASE);
  build->work = workdir_open ();
  result = build->request->base == NULL ? overlay_make_tmp (fault) : 0;
  if (result == 0)
    result = add_layer (build, "", lower, fault);
  for (unsigned i = 0; result == 0 && i < build->n_submounts; i++)
    if (build->submounts[i].mount >= 0)
      result = add_submount (build, i, fault);
  setfsuid (0);
  setfsgid (0);
  return result;
}

static void
close_layers (void *data)
{
  struct build *build = data;

  for (unsigned i = 0; i < build->inside.n_layers; i++)
    close_fd (&build->inside.layers[i].mount);
}

static int
clone_system (void *data, struct wire_fault *fault)
{
  struct build *build = data;

  build->inside.dev = mount_clone (AT_FDCWD, STAGE "/dev", false, fault);
  build->inside.sys = build->inside.dev < 0 ? -1 : mount_clone (AT_FDCWD, STAGE "/sys", false, fault);
  return build->inside.sys < 0 ? -1 : inside_collect (&build->inside, fault);
}

static void
close_system (void *data)
{
  struct build *build = data;

  close_fd (&build->inside.dev);
  close_fd (&build->inside.sys);
  inside_close_collected (&build->inside);
}

/* One that was made before there was a network to be born into, or a step that shall fail, does not do. */
static bool
is_fit (const struct build *build)
{
  struct pollfd ended = { build->seed.pidfd, POLLIN, 0 };

  return build->request->network < 0 && build->request->fail_step == 0 && poll (&ended, 1, 0) == 0;
}

static int
start_init (void *data, struct wire_fault *fault)
{
  struct build *build = data;
  const struct full_request *request = build->request;

  if (build->seed.pid > 0 && !is_fit (build))
    seed_drop (&build->seed);
  if (build->seed.pid < 0 && seed_start (request->host, request->network, build->inside.fail_at, &build->seed, fault) != 0)
    return -1;
  if (request->born != NULL)
    request->born (build->seed.pid, request->data);
  return 0;
}

static int
hand_over (void *data, struct wire_fault *fault)
{
  struct build *build = data;

  return seed_grow (&build->seed, &build->inside, build->request->rules_text, fault);
}

static void
kill_init (void *data)
{
  seed_drop (&((struct build *) data)->seed);
}

#define LAYERS                                                                                                                \
  { "collecting what the host gives", collect, close_collected },                                                             \
  { "entering the stage", enter_stage, leave_stage },                                                                         \
  { "laying the workspace over what lies below", make_layers, close_layers }

static const struct step stage_steps[] = {
  LAYERS,
  { NULL, NULL, NULL },
};

static const struct step steps[] = {
  { "starting pid 1", start_init, kill_init },
  LAYERS,
  { "preparing /dev and /sys", clone_system, close_system },
  { "handing over to pid 1", hand_over, NULL },
  { NULL, NULL, NULL },
};

int
take_control (const int *fds, unsigned *n_fds, struct wire_fault *fault)
{
  int domain = 0, type = 0;
  socklen_t size = sizeof domain;

  if (*n_fds > 0 && getsockopt (fds[*n_fds - 1], SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0
      && getsockopt (fds[*n_fds - 1], SOL_SOCKET, SO_TYPE, &type, &size) == 0 && domain == AF_UNIX && type == SOCK_SEQPACKET)
    return fds[--*n_fds];
  return wire_fail (fault, EINVAL, "no socket to pid 1 of the workspace was given");
}

int
wait_for_view (int report, struct wire_fault *fault)
{
  struct wire_fault told;
  ssize_t got;

  do
    got = read (report, &told, sizeof told);
  while (got < 0 && errno == EINTR);
  close (report);
  if (got != (ssize_t) sizeof told)
    return wire_fail (fault, EIO, "pid 1 ended before the workspace stood");
  told.what[sizeof told.what - 1] = '\0';
  if (told.error != 0) {
    *fault = told;
    return -1;
  }
  return 0;
}

static int
run_steps (const struct step *todo, const struct full_request *request, struct full_view *view, struct wire_fault *fault)
{
  const unsigned outside = sizeof steps / sizeof steps[0] - 1;
  struct build build = {
    .request = request,
    .stage = -1,
    .work = -1,
    .seed = NO_SEED,
  };

  inside_clear (&build.inside);
  inside_name (&build.inside, request->hostname, request->user, request->name_server);
  build.inside.bare = build.inside.mapped = true;
  build.inside.xauthority = request->xauthority;
  build.inside.control = request->control;
  build.inside.init = request->suspendable ? request->host->init : -1;
  build.inside.display = request->display;
  build.inside.isolated = request->base != NULL;
  build.inside.fail_at = request->fail_step > outside ? request->fail_step - outside : 0;
  if (request->seed != NULL) {
    build.seed = *request->seed;
    *request->seed = (struct seed) NO_SEED;
  }
  *view = (struct full_view) NO_VIEW;
  if (request->rules != NULL)
    build.inside.rules = *request->rules;
  if (steps_run (todo, &build, request->fail_step, fault) != 0) {
    close_fd (&build.stage);
    close_fd (&build.work);
    seed_drop (&build.seed);
    return -1;
  }
  close_system (&build);
  close_layers (&build);
  leave_stage (&build);
  close_collected (&build);
  *view = (struct full_view){ build.seed.pid, build.seed.pidfd, -1, build.stage, build.work };
  return 0;
}

int
full_open (const struct full_request *request, struct full_view *view, struct wire_fault *fault)
{
  return run_steps (steps, request, view, fault);
}

int
full_stage (const struct full_request *request, struct full_view *view, struct wire_fault *fault)
{
  return run_steps (stage_steps, request, view, fault);
}
