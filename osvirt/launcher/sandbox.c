/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launcher/mounts.h"
#include "launcher/place.h"

/* From Linux 6.7 and 6.12; the C library's headers may be older. */
enum {
  LANDLOCK_FS_REFER = 1 << 13,
  LANDLOCK_FS_MAKE_BLOCK = 1 << 11,
  LANDLOCK_NET_BIND_TCP = 1 << 0,
  LANDLOCK_NET_CONNECT_TCP = 1 << 1,
  LANDLOCK_SCOPE_ABSTRACT = 1 << 0,
  LANDLOCK_SCOPE_SIGNALS = 1 << 1,
  LANDLOCK_RULE_BENEATH = 1,
};

struct landlock_attributes {
  uint64_t fs, net, scoped;
};

struct landlock_beneath {
  uint64_t allowed;
  int32_t  parent;
} __attribute__ ((packed));

int
landlock_version (void)
{
  long version = syscall (SYS_landlock_create_ruleset, NULL, 0, 1U);

  return version > 0 ? (int) version : 0;
}

/* --- the rules --- */

static bool
parse_place (struct sandbox *sandbox, const char *text)
{
  struct place *place = &sandbox->places[sandbox->n_places];

  if (sandbox->n_places == MAX_PLACES || strchr ("nrw", text[0]) == NULL || text[0] == '\0' || text[1] != ':'
      || text[2] != '/' || strlen (text + 2) >= sizeof place->path || text[3] == '\0')
    return false;
  strcpy (place->path, text + 2);
  place->level = text[0];
  sandbox->n_places++;
  return true;
}

struct sandbox *
sandbox_parse (char *const *rules, uint32_t n_rules)
{
  struct sandbox *sandbox;
  bool known = true;

  errno = 0;
  if (n_rules == 0)
    return NULL;
  sandbox = calloc (1, sizeof *sandbox);
  if (sandbox == NULL)
    return NULL;
  sandbox->mounts = -1;
  sandbox->keep_signals = sandbox->keep_abstract = true;
  for (uint32_t i = 0; i < n_rules && known; i++) {
    if (strncmp (rules[i], "id:", 3) == 0)
      sandbox->id = (uint32_t) strtoul (rules[i] + 3, NULL, 10);
    else if (strncmp (rules[i], "place:", 6) == 0)
      known = parse_place (sandbox, rules[i] + 6);
    else if (strncmp (rules[i], "limit:memory:", 13) == 0)
      sandbox->memory = strtoull (rules[i] + 13, NULL, 10);
    else if (strncmp (rules[i], "limit:processes:", 16) == 0)
      sandbox->processes = strtoull (rules[i] + 16, NULL, 10);
    else if (strcmp (rules[i], "net:ask") == 0)
      sandbox->net = true;
    else if (strcmp (rules[i], "scope:signal") == 0)
      sandbox->keep_signals = false;
    else if (strcmp (rules[i], "scope:abstract") == 0)
      sandbox->keep_abstract = false;
    else
      known = false; /* a restriction that is not understood must not be left out */
  }
  if (known)
    return sandbox;
  free (sandbox);
  errno = EINVAL;
  return NULL;
}

/* --- the new process --- */

static int
limit (int resource, uint64_t value)
{
  const struct rlimit both = { value, value };

  return value == 0 ? 0 : setrlimit (resource, &both);
}

int
sandbox_mount (struct sandbox *sandbox)
{
  if (limit (RLIMIT_AS, sandbox->memory) != 0 || limit (RLIMIT_NPROC, sandbox->processes) != 0)
    return -1;
  /* Even without places: its mounts are what its processes are known by. */
  if (unshare (CLONE_NEWNS) != 0 || mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
    return -1;
  for (unsigned i = 0; i < sandbox->n_places; i++)
    if (place_make (&sandbox->places[i]) != 0)
      return -1;
  return 0;
}

/* A domain also keeps its processes from tracing others, and from their /proc/PID/root and fd, where the same
 * files would be without their places. */
int
sandbox_make_domain (const struct sandbox *sandbox)
{
  int version, ruleset, failed = 0;
  struct landlock_attributes attributes = { 0 };
  struct landlock_beneath beneath = { .allowed = LANDLOCK_FS_REFER };

  errno = 0;
  if (sandbox_asks (sandbox) == 0 && sandbox->keep_signals && sandbox->keep_abstract)
    return -1;
  version = landlock_version ();
  if (version < 2) {
    errno = EOPNOTSUPP;
    return -1;
  }
  if (version >= 4 && sandbox->net) /* with the filter: pid 1 connects for it, and nobody else */
    attributes.net = LANDLOCK_NET_BIND_TCP | LANDLOCK_NET_CONNECT_TCP;
  if (version >= 6)
    attributes.scoped = (sandbox->keep_signals ? 0 : LANDLOCK_SCOPE_SIGNALS)
                        | (sandbox->keep_abstract ? 0 : LANDLOCK_SCOPE_ABSTRACT);
  /* An empty domain cannot be made: block devices cannot be made by anybody here. Files may be moved as ever. */
  if (attributes.net == 0 && attributes.scoped == 0)
    attributes.fs = LANDLOCK_FS_REFER | LANDLOCK_FS_MAKE_BLOCK;
  ruleset = (int) syscall (SYS_landlock_create_ruleset, &attributes, version >= 6 ? 24 : version >= 4 ? 16 : 8, 0);
  if (ruleset < 0)
    return -1;
  beneath.parent = open ("/", O_PATH | O_CLOEXEC);
  if (attributes.fs != 0 && syscall (SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_BENEATH, &beneath, 0) != 0)
    failed = errno;
  close (beneath.parent);
  if (failed != 0)
    close_fd (&ruleset);
  errno = failed;
  return ruleset;
}

static int
enter_landlock (const struct sandbox *sandbox)
{
  int domain = sandbox_make_domain (sandbox), result;

  if (domain < 0)
    return errno == 0 ? 0 : -1;
  result = (int) syscall (SYS_landlock_restrict_self, domain, 0);
  close (domain);
  return result;
}

unsigned
sandbox_asks (const struct sandbox *sandbox)
{
  return (sandbox->net ? ASK_NET : 0) | (sandbox->n_places > 0 ? ASK_FILES : 0);
}

void
sandbox_leave_host (void)
{
  const struct landlock_attributes attributes = { .scoped = LANDLOCK_SCOPE_ABSTRACT };
  int ruleset = -1;

  if (landlock_version () >= 6 && prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
    ruleset = (int) syscall (SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
  if (ruleset >= 0 && syscall (SYS_landlock_restrict_self, ruleset, 0) != 0)
    _exit (1); /* never without what the kernel can do */
  close_fd (&ruleset);
}

static int
load_filter (const struct sock_fprog *program)
{
  const unsigned flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
  const unsigned killable = 1U << 5; /* SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, Linux 5.19 */
  int listener = (int) syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | killable, program);

  return listener >= 0 ? listener : (int) syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);
}

int
sandbox_enter (const struct sandbox *sandbox, const struct filters *filters, int report)
{
  int fds[2] = { -1, -1 }, result;

  if (enter_landlock (sandbox) != 0)
    return -1;
  fds[0] = open ("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  fds[1] = load_filter (&filters->ask[sandbox_asks (sandbox)]);
  if (fds[0] < 0 || fds[1] < 0)
    return -1;
  result = wire_send (report, "", 1, fds, 2, 0);
  close (fds[0]);
  close (fds[1]);
  return result;
}

/* --- pid 1 --- */

int
sandbox_take (struct sandbox *sandbox, int report)
{
  int fds[WIRE_MAX_FDS];
  unsigned n_fds = 0;
  int listener;
  char byte;

  if (wire_receive (report, &byte, 1, fds, &n_fds, MSG_DONTWAIT) != 1 || n_fds != 2) {
    wire_close_fds (fds, n_fds);
    return -1;
  }
  /* Out of the way of those that are passed to programs. */
  sandbox->mounts = fcntl (fds[0], F_DUPFD_CLOEXEC, 300);
  listener = fcntl (fds[1], F_DUPFD_CLOEXEC, 300);
  wire_close_fds (fds, n_fds);
  if (sandbox->mounts < 0)
    close_fd (&listener);
  return listener;
}

int
sandbox_set_place (struct sandbox *sandbox, unsigned index, char level, int own_mounts)
{
  struct place *place;
  int real, result, saved;

  if (index >= sandbox->n_places || strchr ("nrw", level) == NULL || level == '\0') {
    errno = EINVAL;
    return -1;
  }
  place = &sandbox->places[index];
  real = place_clone (place, level);
  if (real < 0)
    return -1;
  if (setns (sandbox->mounts, CLONE_NEWNS) != 0) {
    close (real);
    return -1;
  }
  result = place_change (place, level, &real);
  saved = errno;
  if (setns (own_mounts, CLONE_NEWNS) != 0)
    _exit (1); /* never go on in a namespace that belongs to a program */
  if (real >= 0)
    close (real);
  errno = saved;
  return result;
}

int
sandbox_find_places (struct sandbox *sandbox, pid_t member, int own_mounts)
{
  int result = 0;

  if (sandbox->n_places == 0)
    return 0;
  if (setns (sandbox->mounts, CLONE_NEWNS) != 0)
    return -1;
  for (unsigned i = 0; i < sandbox->n_places && result == 0; i++)
    result = place_refind (&sandbox->places[i], member);
  if (setns (own_mounts, CLONE_NEWNS) != 0)
    _exit (1); /* never go on in a namespace that belongs to a program */
  return result;
}

void
sandbox_free (struct sandbox *sandbox)
{
  close_fd (&sandbox->mounts);
  free (sandbox->members);
  free (sandbox);
}
