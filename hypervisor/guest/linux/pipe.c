/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pipe.h"

#include <asm/signal.h>
#include <linux/poll.h>
#include "heap.h"
#include "memory.h"
#include "signal.h"
#include "task.h"

#define PIPE_PAGES 4u /* a power of two */
#define PIPE_BYTES (PIPE_PAGES * PV_PAGE_SIZE)
#define PIPE_WHOLE 4096u /* PIPE_BUF: not mixed with what others write */

struct pipe {
  uint32_t readers, writers;
  uint32_t in, out;  /* bytes ever written and read */
  struct node *node; /* of a named pipe: where it is known by */
  bool written;      /* somebody has had it open for writing */
  uint32_t page;
  char *bytes;
};

static uint32_t
filled (const struct pipe *pipe)
{
  return pipe->in - pipe->out;
}

static void
copy (struct pipe *pipe, uint32_t at, void *buffer, uint32_t length, bool into_pipe)
{
  while (length > 0) {
    uint32_t in = at % PIPE_BYTES, part = length < PIPE_BYTES - in ? length : PIPE_BYTES - in;
    memcpy (into_pipe ? pipe->bytes + in : buffer, into_pipe ? buffer : pipe->bytes + in, part);
    buffer = (char *)buffer + part;
    at += part;
    length -= part;
  }
}

static long
pipe_read (struct file *file, void *buffer, uint32_t length)
{
  struct pipe *pipe = file->data;
  if (filled (pipe) == 0)
    return pipe->writers == 0 && pipe->written ? 0 : -EAGAIN;
  if (length > filled (pipe))
    length = filled (pipe);
  copy (pipe, pipe->out, buffer, length, false);
  pipe->out += length;
  task_wake (pipe);
  return (long)length;
}

static long
pipe_write (struct file *file, const void *buffer, uint32_t length)
{
  struct pipe *pipe = file->data;
  uint32_t room = PIPE_BYTES - filled (pipe);
  if (pipe->readers == 0) {
    signal_send (task_current, SIGPIPE);
    return -EPIPE;
  }
  if (length == 0)
    return 0;
  if (room == 0 || (length <= PIPE_WHOLE && length > room))
    return -EAGAIN;
  if (length > room)
    length = room;
  copy (pipe, pipe->in, (void *)(uintptr_t)buffer, length, true);
  pipe->in += length;
  task_wake (pipe);
  return (long)length;
}

static uint32_t
pipe_poll (struct file *file)
{
  const struct pipe *pipe = file->data;
  uint32_t mode = file->flags & O_ACCMODE, ready = 0;
  if (mode != O_WRONLY) {
    if (filled (pipe) > 0)
      ready |= POLLIN | POLLRDNORM;
    if (pipe->writers == 0 && pipe->written)
      ready |= POLLHUP;
  }
  if (mode != O_RDONLY) {
    if (PIPE_BYTES - filled (pipe) >= PIPE_WHOLE)
      ready |= POLLOUT | POLLWRNORM;
    if (pipe->readers == 0)
      ready |= POLLERR;
  }
  return ready;
}

static struct pipe *
new_pipe (void)
{
  struct pipe *pipe = heap_new (sizeof *pipe);
  if (!pipe)
    return NULL;
  pipe->page = memory_take (PIPE_PAGES, 1);
  if (pipe->page == PAGE_NONE) {
    heap_free (pipe);
    return NULL;
  }
  pipe->bytes = memory_address (pipe->page);
  return pipe;
}

static void
free_pipe (struct pipe *pipe)
{
  if (pipe)
    memory_give (pipe->page, PIPE_PAGES);
  heap_free (pipe);
}

static void
count_ends (struct pipe *pipe, uint32_t flags, uint32_t by)
{
  uint32_t mode = flags & O_ACCMODE;
  pipe->readers += mode != O_WRONLY ? by : 0;
  pipe->writers += mode != O_RDONLY ? by : 0;
  pipe->written = pipe->written || mode != O_RDONLY;
}

static void
pipe_release (struct file *file)
{
  struct pipe *pipe = file->data;
  count_ends (pipe, file->flags, (uint32_t)-1);
  task_wake (pipe);
  if (pipe->readers + pipe->writers > 0)
    return;
  if (pipe->node)
    pipe->node->data = NULL;
  free_pipe (pipe);
}

static const struct file_ops pipe_ops
    = { .read = pipe_read, .write = pipe_write, .poll = pipe_poll, .release = pipe_release };

/* Opening does not wait for the other end; reading waits for the first writer. */
static int
fifo_open (struct file *file)
{
  struct pipe *pipe = file->node->data;
  if (!pipe) {
    pipe = new_pipe ();
    if (!pipe)
      return -ENOMEM;
    pipe->node = file->node;
    file->node->data = pipe;
  }
  count_ends (pipe, file->flags, 1);
  file->data = pipe;
  file->ops = &pipe_ops;
  return 0;
}

const struct file_ops file_ops_fifo = { .open = fifo_open };

int
pipe_new (uint32_t flags, struct file **reader, struct file **writer)
{
  struct pipe *pipe = new_pipe ();
  *reader = file_new (&pipe_ops, O_RDONLY | flags, pipe);
  *writer = file_new (&pipe_ops, O_WRONLY | flags, pipe);
  if (!pipe || !*reader || !*writer) {
    free_pipe (pipe);
    heap_free (*reader);
    heap_free (*writer);
    return -ENOMEM;
  }
  pipe->readers = pipe->writers = 1;
  pipe->written = true;
  return 0;
}
