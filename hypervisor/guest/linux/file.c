/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file.h"

#include <linux/poll.h>
#include "heap.h"
#include "pv.h"

static long
memory_read (struct file *file, void *buffer, uint32_t length)
{
  if (node_is (file->node, S_IFDIR))
    return -EISDIR;
  long done = node_read (file->node, file->offset, buffer, length);
  file->offset += (uint64_t)done;
  return done;
}

static long
memory_write (struct file *file, const void *buffer, uint32_t length)
{
  if ((file->flags & O_APPEND) != 0)
    file->offset = file->node->size;
  long done = node_write (file->node, file->offset, buffer, length);
  if (done > 0)
    file->offset += (uint64_t)done;
  return done;
}

const struct file_ops file_ops_memory = { .read = memory_read, .write = memory_write };

struct file *
file_new (const struct file_ops *ops, uint32_t flags, void *data)
{
  struct file *file = heap_new (sizeof *file);
  if (!file)
    return NULL;
  file->uses = 1;
  file->flags = flags;
  file->ops = ops;
  file->data = data;
  return file;
}

int
file_open (struct node *node, uint32_t flags, struct file **file)
{
  struct file *new = node->ops ? file_new (node->ops, flags, NULL) : NULL;
  if (!new)
    return node->ops ? -ENOMEM : -ENXIO;
  new->node = node;
  node_hold (node);
  int error = new->ops->open ? new->ops->open (new) : 0;
  if (!error) {
    *file = new;
    return 0;
  }
  node_drop (node);
  heap_free (new);
  return error;
}

void
file_hold (struct file *file)
{
  file->uses++;
}

void
file_drop (struct file *file)
{
  if (--file->uses > 0)
    return;
  if (file->ops->release)
    file->ops->release (file);
  if (file->node)
    node_drop (file->node);
  heap_free (file);
}

uint32_t
file_poll (struct file *file)
{
  return file->ops->poll ? file->ops->poll (file) : POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
}

/* ---- the files of a process ---- */

struct files *
files_new (void)
{
  struct files *files = heap_new (sizeof *files);
  if (files)
    files->uses = 1;
  return files;
}

struct files *
files_copy (const struct files *files)
{
  struct files *copy = files_new ();
  if (!copy)
    return NULL;
  for (uint32_t i = 0; i < FILES_MAX; i++)
    if (files->file[i]) {
      copy->file[i] = files->file[i];
      file_hold (copy->file[i]);
    }
  copy->close_on_exec = files->close_on_exec;
  return copy;
}

void
files_drop (struct files *files)
{
  if (--files->uses > 0)
    return;
  for (uint32_t i = 0; i < FILES_MAX; i++)
    if (files->file[i])
      file_drop (files->file[i]);
  heap_free (files);
}

void
files_exec (struct files *files)
{
  for (uint32_t i = 0; i < FILES_MAX; i++)
    if ((files->close_on_exec >> i & 1) != 0)
      files_close (files, i);
}

long
files_add (struct files *files, struct file *file, uint32_t from, bool close_on_exec)
{
  for (uint32_t i = from; i < FILES_MAX; i++)
    if (!files->file[i]) {
      files->file[i] = file;
      files_set_close_on_exec (files, i, close_on_exec);
      return (long)i;
    }
  file_drop (file);
  return -EMFILE;
}

struct file *
files_get (const struct files *files, uint32_t number)
{
  return number < FILES_MAX ? files->file[number] : NULL;
}

int
files_close (struct files *files, uint32_t number)
{
  struct file *file = files_get (files, number);
  if (!file)
    return -EBADF;
  files->file[number] = NULL;
  files_set_close_on_exec (files, number, false);
  file_drop (file);
  return 0;
}

void
files_set_close_on_exec (struct files *files, uint32_t number, bool value)
{
  files->close_on_exec &= ~(1ull << number);
  files->close_on_exec |= (uint64_t)value << number;
}
