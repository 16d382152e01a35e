/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Open files, and the numbers by which a process knows them. */
#ifndef LINUX_FILE_H
#define LINUX_FILE_H

#include <linux/fcntl.h>
#include "node.h"

#define FILES_MAX 64 /* a process */

struct file;

/*
 * `buffer` is memory of the current process that may be used. -EAGAIN: nothing to read, or no room,
 * now: the caller waits for file_channel(), unless the file is not to wait.
 */
struct file_ops {
  int (*open) (struct file *file); /* may replace ops and data */
  long (*read) (struct file *file, void *buffer, uint32_t length);
  long (*write) (struct file *file, const void *buffer, uint32_t length);
  uint32_t (*poll) (struct file *file); /* POLL*; NULL: always ready */
  long (*control) (struct file *file, uint32_t command, uint32_t argument);
  long (*sync) (struct file *file); /* as read; NULL: there is nothing to do */
  void (*release) (struct file *file);
};

struct file {
  uint32_t uses;
  uint32_t flags; /* O_* */
  uint64_t offset;
  struct node *node; /* NULL: a pipe without a name */
  const struct file_ops *ops;
  void *data;
};

extern const struct file_ops file_ops_memory;    /* files in memory, directories */
extern const struct file_ops file_ops_generated; /* generated.c */

/* A file of a node, with one use, which the caller has; or a negative error. */
int file_open (struct node *node, uint32_t flags, struct file **file);
struct file *file_new (const struct file_ops *ops, uint32_t flags, void *data);
void file_hold (struct file *file);
void file_drop (struct file *file);
uint32_t file_poll (struct file *file);
/* What changes when it may be ready: for task_wait and task_wake. */
static inline const void *
file_channel (const struct file *file)
{
  return file->data ? file->data : file->node;
}

/* ---- the files of a process ---- */
struct files {
  uint32_t uses;
  struct file *file[FILES_MAX];
  uint64_t close_on_exec;
};

struct files *files_new (void);
struct files *files_copy (const struct files *files);
void files_drop (struct files *files);
void files_exec (struct files *files);
/* The lowest number that is free from `from` on; takes the use of `file`. -EMFILE: it is dropped.
 */
long files_add (struct files *files, struct file *file, uint32_t from, bool close_on_exec);
/* NULL: no such file. Not held. */
struct file *files_get (const struct files *files, uint32_t number);
int files_close (struct files *files, uint32_t number);
void files_set_close_on_exec (struct files *files, uint32_t number, bool value);

#endif
