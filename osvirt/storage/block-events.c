/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's own messages, and not udev's: those come only where udev runs, which it does not in a container. */
#include "storage/block-events.h"

#include <errno.h>
#include <glib-unix.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { KERNEL_GROUP = 1, MAX_MESSAGE = 8192 };

struct _BlockEvents {
  int socket;
  guint source;
  BlockGone gone;
  gpointer user_data;
};

/* The value of @key in a message of lines "KEY=VALUE" that end in NUL, the last one too; or NULL. */
static const char *
look_up (const char *message, gsize length, const char *key)
{
  gsize size = strlen (key);

  for (const char *line = message; line < message + length; line += strlen (line) + 1)
    if (strncmp (line, key, size) == 0 && line[size] == '=')
      return line + size + 1;
  return NULL;
}

static void
take_message (BlockEvents *self, const char *message, gsize length)
{
  const char *action = look_up (message, length, "ACTION"), *subsystem = look_up (message, length, "SUBSYSTEM");
  const char *major_text = look_up (message, length, "MAJOR"), *minor_text = look_up (message, length, "MINOR");

  if (g_strcmp0 (action, "remove") == 0 && g_strcmp0 (subsystem, "block") == 0 && major_text != NULL && minor_text != NULL)
    self->gone (makedev ((unsigned) strtoul (major_text, NULL, 10), (unsigned) strtoul (minor_text, NULL, 10)), self->user_data);
}

static gboolean
on_message (int fd, GIOCondition condition, gpointer data)
{
  BlockEvents *self = data;
  char message[MAX_MESSAGE + 1];
  struct sockaddr_nl from = { 0 };
  socklen_t size = sizeof from;
  gssize length = recvfrom (fd, message, MAX_MESSAGE, 0, (struct sockaddr *) &from, &size);

  if (length < 0 && errno == ENOBUFS)
    self->gone (0, self->user_data); /* more came than there was room for */
  if (length <= 0 || from.nl_pid != 0) /* another process's word is not the kernel's */
    return G_SOURCE_CONTINUE;
  message[length] = '\0';
  take_message (self, message, (gsize) length);
  return G_SOURCE_CONTINUE;
}

BlockEvents *
block_events_new (BlockGone gone, gpointer user_data)
{
  struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP };
  int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
  BlockEvents *self;

  if (fd < 0 || bind (fd, (struct sockaddr *) &address, sizeof address) != 0) {
    g_message ("This host does not tell of media that are pulled out: %s", g_strerror (errno));
    if (fd >= 0)
      close (fd);
    return NULL;
  }
  self = g_new0 (BlockEvents, 1);
  self->socket = fd;
  self->gone = gone;
  self->user_data = user_data;
  self->source = g_unix_fd_add (fd, G_IO_IN, on_message, self);
  return self;
}

void
block_events_free (BlockEvents *self)
{
  g_source_remove (self->source);
  close (self->socket);
  g_free (self);
}
