/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LINUX_PIPE_H
#define LINUX_PIPE_H

#include "file.h"

/* Two ends of a new pipe, each with one use; -ENOMEM. */
int pipe_new (uint32_t flags, struct file **reader, struct file **writer);

/* Named pipes: the node's file operations. */
extern const struct file_ops file_ops_fifo;

#endif
