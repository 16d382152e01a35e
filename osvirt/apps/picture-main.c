/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domicile-picture: draws pictures that nobody vouches for, one after the other, with what GTK draws them with. It can open files to
 * read and do nothing else with this computer, and the kernel ends it when a picture takes too long. See picture-draw.h. */
#include <errno.h>
#include <fcntl.h>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "apps/picture-draw.h"

#define MAX_MEMORY ((rlim_t) 1 << 30)

/* What changes files, other processes or reaches others. What is drawn needs none of it. */
static const int refused[] = {
  SCMP_SYS (execve), SCMP_SYS (execveat), SCMP_SYS (socket), SCMP_SYS (connect), SCMP_SYS (bind), SCMP_SYS (ptrace),
  SCMP_SYS (process_vm_readv), SCMP_SYS (process_vm_writev), SCMP_SYS (kill), SCMP_SYS (pidfd_open), SCMP_SYS (pidfd_send_signal),
  SCMP_SYS (unlink), SCMP_SYS (unlinkat), SCMP_SYS (rename), SCMP_SYS (renameat), SCMP_SYS (renameat2), SCMP_SYS (mkdir),
  SCMP_SYS (mkdirat), SCMP_SYS (rmdir), SCMP_SYS (link), SCMP_SYS (linkat), SCMP_SYS (symlink), SCMP_SYS (symlinkat), SCMP_SYS (mknod),
  SCMP_SYS (mknodat), SCMP_SYS (chmod), SCMP_SYS (fchmod), SCMP_SYS (fchmodat), SCMP_SYS (chown), SCMP_SYS (fchown), SCMP_SYS (lchown),
  SCMP_SYS (fchownat), SCMP_SYS (truncate), SCMP_SYS (creat), SCMP_SYS (openat2), SCMP_SYS (setxattr), SCMP_SYS (utimensat),
  SCMP_SYS (mount), SCMP_SYS (umount2), SCMP_SYS (unshare), SCMP_SYS (setns), SCMP_SYS (io_uring_setup), SCMP_SYS (bpf),
  SCMP_SYS (userfaultfd), SCMP_SYS (perf_event_open), SCMP_SYS (keyctl), SCMP_SYS (add_key), SCMP_SYS (prlimit64), SCMP_SYS (setrlimit),
};

static gboolean
give_up_rights (void)
{
  const uint32_t action = SCMP_ACT_ERRNO (EPERM);
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);
  int bad = filter == NULL;

  for (gsize i = 0; !bad && i < G_N_ELEMENTS (refused); i++)
    bad = seccomp_rule_add (filter, action, refused[i], 0) != 0;
  bad = bad || seccomp_rule_add (filter, action, SCMP_SYS (open), 1, SCMP_A1 (SCMP_CMP_MASKED_EQ, O_WRONLY, O_WRONLY)) != 0
        || seccomp_rule_add (filter, action, SCMP_SYS (open), 1, SCMP_A1 (SCMP_CMP_MASKED_EQ, O_RDWR, O_RDWR)) != 0
        || seccomp_rule_add (filter, action, SCMP_SYS (openat), 1, SCMP_A2 (SCMP_CMP_MASKED_EQ, O_WRONLY, O_WRONLY)) != 0
        || seccomp_rule_add (filter, action, SCMP_SYS (openat), 1, SCMP_A2 (SCMP_CMP_MASKED_EQ, O_RDWR, O_RDWR)) != 0
        || seccomp_load (filter) != 0;
  seccomp_release (filter);
  return !bad;
}

static gboolean
limit (int what, rlim_t most)
{
  const struct rlimit bound = { most, most };

  return setrlimit (what, &bound) == 0;
}

/* A sanitizer's own memory has no bound. */
static gboolean
take_limits (void)
{
#ifndef __SANITIZE_ADDRESS__
  if (!limit (RLIMIT_AS, MAX_MEMORY))
    return FALSE;
#endif
  return limit (RLIMIT_FSIZE, PICTURE_MAX_BYTES) && limit (RLIMIT_CORE, 0) && limit (RLIMIT_NOFILE, 128)
         && prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

/* Small pictures keep their size; what has none is drawn in ours. */
static void
on_size (GdkPixbufLoader *loader, int width, int height, gpointer data)
{
  const int longest = MAX (width, height);
  const gboolean scales = gdk_pixbuf_format_is_scalable (gdk_pixbuf_loader_get_format (loader));

  if (longest > PICTURE_SIDE || (scales && longest > 0))
    gdk_pixbuf_loader_set_size (loader, (int) MAX (1, (gint64) width * PICTURE_SIDE / longest),
                                (int) MAX (1, (gint64) height * PICTURE_SIDE / longest));
}

/* Returns: (transfer full) (nullable): the picture as PNG */
static char *
draw (const char *data, gsize length, gsize *drawn_length)
{
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new ();
  GdkPixbuf *pixbuf;
  char *drawn = NULL;
  gboolean ok;

  g_signal_connect (loader, "size-prepared", G_CALLBACK (on_size), NULL);
  ok = gdk_pixbuf_loader_write (loader, (const guchar *) data, length, NULL);
  ok = gdk_pixbuf_loader_close (loader, NULL) && ok; /* it wants to be closed in any case */
  pixbuf = ok ? gdk_pixbuf_loader_get_pixbuf (loader) : NULL;
  if (pixbuf == NULL || !gdk_pixbuf_save_to_buffer (pixbuf, &drawn, drawn_length, "png", NULL, NULL))
    return NULL;
  return drawn;
}

/* Answers for one picture. */
static gboolean
serve (guint32 length)
{
  const struct itimerval time = { .it_value = { .tv_usec = PICTURE_MS * 1000 } }, none = { 0 };
  g_autofree char *data = g_malloc (length), *drawn = NULL;
  gsize drawn_length = 0;
  guint32 answer = 0;

  if (pread (PICTURE_MEMORY, data, length, 0) != (ssize_t) length || setitimer (ITIMER_PROF, &time, NULL) != 0)
    return FALSE;
  drawn = draw (data, length, &drawn_length);
  setitimer (ITIMER_PROF, &none, NULL);
  if (drawn != NULL && drawn_length <= PICTURE_MAX_BYTES && pwrite (PICTURE_MEMORY, drawn, drawn_length, 0) == (ssize_t) drawn_length)
    answer = (guint32) drawn_length;
  return send (PICTURE_SOCKET, &answer, sizeof answer, MSG_NOSIGNAL) == sizeof answer;
}

int
main (void)
{
  guint32 length;
  int kind;
  socklen_t size = sizeof kind;

  if (getsockopt (PICTURE_SOCKET, SOL_SOCKET, SO_TYPE, &kind, &size) != 0) {
    fputs ("domicile-picture is started by Domicile and is of no use by itself.\n", stderr);
    return 2;
  }
  if (!take_limits () || !give_up_rights ()) {
    perror ("domicile-picture");
    return 1;
  }
  while (recv (PICTURE_SOCKET, &length, sizeof length, 0) == sizeof length && length > 0 && length <= PICTURE_MAX_BYTES)
    if (!serve (length))
      return 1;
  return 0;
}
