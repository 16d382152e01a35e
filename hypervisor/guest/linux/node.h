/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has a name: files in memory, directories, symbolic links, devices, named pipes, and the
 * generated files of /proc. A node lives while a directory entry, an open file, an area or a task
 * uses it.
 */
#ifndef LINUX_NODE_H
#define LINUX_NODE_H

#include <linux/errno.h>
#include <linux/stat.h>
#include <stdbool.h>
#include <stdint.h>

#define NAME_MAX_BYTES 255u
#define PATH_MAX_BYTES 1024u
#define FILE_MAX_BYTES 0x10000000u
#define NODE_NO_PAGE   0xfffffffeu /* node_page: past the end of the file */

struct file_ops;
struct node;

struct entry {
  struct entry *next;
  struct node *node;
  char name[];
};

/* A directory whose entries are made when they are asked for. */
struct virtual_directory {
  /* With a use for the caller; NULL: no such name. */
  struct node *(*find) (struct node *directory, const char *name);
  /* The name with this index, and its node number; false: there are no more. */
  bool (*list) (struct node *directory,
                uint32_t index,
                char name[NAME_MAX_BYTES + 1],
                uint32_t *number);
};

struct node {
  uint32_t uses, links;
  uint32_t number, mode, device;
  uint32_t uid, gid;
  uint64_t size;
  uint64_t changed_ns;
  const struct file_ops *ops; /* of open files; NULL: it cannot be opened */
  struct node *parent;        /* of a directory; not a use */
  struct entry *entries;      /* of a directory */
  const struct virtual_directory *directory;
  uint32_t *pages; /* of a file: page numbers, PAGE_NONE where nothing was written */
  uint32_t page_count;
  char *target; /* of a symbolic link */
  void *data;   /* of a named pipe, or of what generates the file */
};

extern struct node *node_root;

void node_init (void);
/* With one use; NULL: no memory. */
struct node *node_new (uint32_t mode);
void node_hold (struct node *node);
void node_drop (struct node *node);

/* Contents of a file. Bytes, or -ENOSPC, -EFBIG. */
long node_read (struct node *node, uint64_t offset, void *buffer, uint32_t length);
long node_write (struct node *node, uint64_t offset, const void *buffer, uint32_t length);
int node_truncate (struct node *node, uint64_t size);
/* The page with this index, which stays the file's; PAGE_NONE: no memory; NODE_NO_PAGE. */
uint32_t node_page (struct node *node, uint32_t index);

static inline bool
node_is (const struct node *node, uint32_t type)
{
  return (node->mode & S_IFMT) == type;
}

/* Directories: 0 or a negative error. */
struct node *directory_find (struct node *directory, const char *name); /* with a use, or NULL */
int directory_add (struct node *directory, const char *name, struct node *node);
int directory_remove (struct node *directory, const char *name);
bool directory_empty (const struct node *directory);
bool directory_list (struct node *directory,
                     uint32_t index,
                     char name[NAME_MAX_BYTES + 1],
                     struct node **node,
                     uint32_t *number);

#endif
