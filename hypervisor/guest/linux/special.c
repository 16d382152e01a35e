/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "special.h"

#include "disk.h"
#include "file.h"
#include "pipe.h"
#include "pv.h"
#include "random.h"
#include "tty.h"

#define NUMBER(major, minor) ((major) << 8 | (minor))

static long
read_nothing (struct file *file, void *buffer, uint32_t length)
{
  (void)file;
  (void)buffer;
  (void)length;
  return 0;
}

static long
write_nowhere (struct file *file, const void *buffer, uint32_t length)
{
  (void)file;
  (void)buffer;
  return (long)length;
}

static long
read_zeros (struct file *file, void *buffer, uint32_t length)
{
  (void)file;
  memset (buffer, 0, length);
  return (long)length;
}

static long
write_full (struct file *file, const void *buffer, uint32_t length)
{
  (void)file;
  (void)buffer;
  (void)length;
  return -ENOSPC;
}

static long
read_random (struct file *file, void *buffer, uint32_t length)
{
  (void)file;
  random_bytes (buffer, length);
  return (long)length;
}

static const struct file_ops null_ops = { .read = read_nothing, .write = write_nowhere };
static const struct file_ops zero_ops = { .read = read_zeros, .write = write_nowhere };
static const struct file_ops full_ops = { .read = read_zeros, .write = write_full };
static const struct file_ops random_ops = { .read = read_random, .write = write_nowhere };

static const struct {
  uint32_t number;
  const struct file_ops *ops;
} devices[] = {
  { NUMBER (1, 3), &null_ops },     { NUMBER (1, 5), &zero_ops },
  { NUMBER (1, 7), &full_ops },     { NUMBER (1, 8), &random_ops },
  { NUMBER (1, 9), &random_ops },   { NUMBER (5, 0), &file_ops_tty },
  { NUMBER (5, 1), &file_ops_tty },
};

void
special_attach (struct node *node, uint32_t number)
{
  if (node_is (node, S_IFIFO))
    node->ops = &file_ops_fifo;
  if (!node_is (node, S_IFCHR) && !node_is (node, S_IFBLK))
    return;
  node->device = number;
  node->ops = NULL;
  if (node_is (node, S_IFBLK) && number >> 8 == DISK_MAJOR)
    node->ops = &file_ops_disk;
  for (uint32_t i = 0; node_is (node, S_IFCHR) && i < sizeof devices / sizeof devices[0]; i++)
    if (devices[i].number == number)
      node->ops = devices[i].ops;
}
