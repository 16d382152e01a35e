/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "launcher/view.h"

G_BEGIN_DECLS

/**
 * process_list_below:
 * @init: host pid of a view's pid 1
 *
 * Every living process below @init. Orphans of a pid namespace become children of its pid 1, so that nothing in a view
 * has another place, whatever it forks.
 *
 * Returns: (transfer full) (element-type DmcProcess): by rising pid
 */
GPtrArray *process_list_below (int init);

G_END_DECLS
