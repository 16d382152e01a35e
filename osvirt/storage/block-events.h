/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

#include <glib.h>

G_BEGIN_DECLS

/* What the kernel tells of block devices, on hosts with udev and without. */
typedef struct _BlockEvents BlockEvents;

/* @device: one that has gone; 0: some may have, unheard */
typedef void (*BlockGone) (dev_t device, gpointer user_data);

/**
 * block_events_new:
 * @gone: called from the main loop
 * @user_data: for @gone
 *
 * Returns: (transfer full) (nullable): %NULL where this host does not tell
 */
BlockEvents *block_events_new (BlockGone gone, gpointer user_data);
void         block_events_free (BlockEvents *self);

G_END_DECLS
