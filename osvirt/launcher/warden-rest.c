/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The warden while the view is suspended. CRIU saves neither listeners nor Landlock domains; what it saves is who belongs to which
 * sandbox, because that is in the memory of pid 1. */
#include <dirent.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/inject.h"
#include "launcher/mounts.h"
#include "launcher/warden-private.h"

static bool
is_stopped (pid_t pid)
{
  char path[64], line[128], state = '?';
  FILE *file;

  snprintf (path, sizeof path, "/proc/%d/status", pid);
  file = fopen (path, "re");
  while (file != NULL && fgets (line, sizeof line, file) != NULL)
    if (sscanf (line, "State: %c", &state) == 1)
      break;
  if (file != NULL)
    fclose (file);
  return state == 'T';
}

static bool
is_member (const struct sandbox *sandbox, pid_t pid)
{
  for (unsigned i = 0; i < sandbox->n_members; i++)
    if (sandbox->members[i].pid == pid)
      return true;
  return false;
}

static void
stop_member (pid_t pid, struct sandbox *sandbox, int extra)
{
  struct member *larger;

  (void) extra;
  if (is_member (sandbox, pid))
    return;
  larger = reallocarray (sandbox->members, sandbox->n_members + 1, sizeof *larger);
  if (larger == NULL) {
    kill (pid, SIGKILL); /* nobody would confine it afterwards */
    return;
  }
  sandbox->members = larger;
  larger[sandbox->n_members++] = (struct member){ pid, is_stopped (pid) };
  kill (pid, SIGSTOP);
}

/* Nobody would answer any more, and a process that waits for an answer cannot be saved. It asks again when it goes on. */
static void
call_back (struct ask *ask)
{
  enum { RESTART = 512 }; /* the kernel's ERESTARTSYS */
  struct seccomp_notif_resp response = { .id = ask->cookie, .error = -RESTART };

  if (ask->kind != ASKED_CONNECTION) {
    if (ask->child > 0 && kill (ask->child, SIGKILL) == 0)
      waitpid (ask->child, NULL, 0);
    /* To that very thread: the stop makes the kernel begin the call anew instead of showing the program the number. */
    syscall (SYS_tgkill, warden_process_of (ask->tid), ask->tid, SIGSTOP);
    ioctl (ask->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
  }
  ask->serial = 0;
}

void
warden_rest (int owner)
{
  warden_rests = true;
  for (unsigned i = 0; i < n_sandboxes; i++) {
    unsigned before;

    do { /* until one round finds nobody who was started meanwhile */
      before = sandboxes[i]->n_members;
      warden_each_process (sandboxes[i], stop_member, 0);
    } while (sandboxes[i]->n_members != before);
  }
  for (unsigned i = 0; i < MAX_ASKS; i++)
    if (asks[i].serial != 0)
      call_back (&asks[i]);
  while (n_listeners > 0) {
    struct listener *last = &listeners[n_listeners - 1];
    struct init_message message = { .verb = INIT_HELD, .pid = (int32_t) last->sandbox->id };
    const int fds[] = { last->sandbox->mounts, last->fd };

    wire_send (owner, &message, sizeof message, fds, 2, 0);
    warden_drop_listener (n_listeners - 1);
  }
  for (unsigned i = 0; i < n_sandboxes; i++)
    close_fd (&sandboxes[i]->mounts);
}

static void
let_members_go (struct sandbox *sandbox)
{
  for (unsigned i = 0; i < sandbox->n_members; i++)
    if (!sandbox->members[i].by_user)
      kill (sandbox->members[i].pid, SIGCONT);
  free (sandbox->members);
  sandbox->members = NULL;
  sandbox->n_members = 0;
}

void
warden_wake (uint32_t id, int mounts, int listener)
{
  struct sandbox *sandbox = warden_find (id);

  if (sandbox == NULL || n_listeners == MAX_LISTENERS) {
    close (mounts);
    close (listener);
    return;
  }
  if (sandbox->mounts < 0)
    sandbox->mounts = fcntl (mounts, F_DUPFD_CLOEXEC, 300);
  warden_add_listener (sandbox, fcntl (listener, F_DUPFD_CLOEXEC, 300));
  close (mounts);
  close (listener);
  let_members_go (sandbox);
}

void
warden_woken (int agent)
{
  warden_rests = false;
  warden_sweep (agent);
}

static void
end_member (pid_t pid, struct sandbox *sandbox, int extra)
{
  (void) sandbox, (void) extra;
  kill (pid, SIGKILL);
}

/* The mounts of a sandbox are those of any of its members; all of them are stopped. */
static void
find_mounts (struct sandbox *sandbox, int own_mounts)
{
  for (unsigned i = 0; i < sandbox->n_members && sandbox->mounts < 0; i++) {
    char path[64];
    int fd;

    snprintf (path, sizeof path, "/proc/%d/ns/mnt", sandbox->members[i].pid);
    fd = open (path, O_RDONLY | O_CLOEXEC);
    sandbox->mounts = fd < 0 ? -1 : fcntl (fd, F_DUPFD_CLOEXEC, 300);
    close_fd (&fd);
    if (sandbox->mounts >= 0 && sandbox_find_places (sandbox, sandbox->members[i].pid, own_mounts) != 0)
      warden_each_process (sandbox, end_member, 0);
  }
}

/* Whatever is not among the mounts of pid 1 had a label. */
static struct sandbox *
sandbox_of (pid_t pid, const struct stat *own)
{
  struct stat theirs, mounts;
  char path[64];

  snprintf (path, sizeof path, "/proc/%d/ns/mnt", pid);
  if (stat (path, &theirs) != 0 || (theirs.st_ino == own->st_ino && theirs.st_dev == own->st_dev))
    return NULL;
  for (unsigned i = 0; i < n_sandboxes; i++)
    if (sandboxes[i]->mounts >= 0 && fstat (sandboxes[i]->mounts, &mounts) == 0 && mounts.st_ino == theirs.st_ino)
      return sandboxes[i];
  kill (pid, SIGKILL);
  return NULL;
}

static void
confine_again (pid_t pid, struct sandbox *sandbox, const struct filters *filters)
{
  int listener = n_listeners < MAX_LISTENERS ? inject_sandbox (pid, sandbox, filters) : -1;

  if (listener >= 0)
    warden_add_listener (sandbox, listener);
  else
    kill (pid, SIGKILL);
}

void
warden_restore (const struct filters *filters)
{
  int own_mounts = open ("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  DIR *proc = opendir ("/proc");
  struct dirent *entry;
  struct stat own;

  if (own_mounts < 0 || proc == NULL || fstat (own_mounts, &own) != 0)
    _exit (1); /* the view ends: better than unconfined */
  for (unsigned i = 0; i < n_sandboxes; i++)
    find_mounts (sandboxes[i], own_mounts);
  while ((entry = readdir (proc)) != NULL) {
    pid_t pid = atoi (entry->d_name);
    struct sandbox *sandbox = pid > 1 ? sandbox_of (pid, &own) : NULL;

    if (sandbox != NULL)
      confine_again (pid, sandbox, filters);
  }
  closedir (proc);
  close (own_mounts);
  for (unsigned i = 0; i < n_sandboxes; i++)
    let_members_go (sandboxes[i]);
}
