/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/item-list.h"

G_BEGIN_DECLS

/* A process of a workspace. Properties beside those of DmcItem (whose id is the pid as text):
 *   strings "app" "label" "subject" "command" (argv joined for display)
 *   int64   "pid" "host-pid" "ppid" "cpu-time-ns" "memory-kib"
 */
#define DMC_TYPE_PROCESS (dmc_process_get_type ())
G_DECLARE_FINAL_TYPE (DmcProcess, dmc_process, DMC, PROCESS, DmcItem)

gint64      dmc_process_get_pid (DmcProcess *self);
const char *dmc_process_get_command (DmcProcess *self);

/* Every process of one workspace, by pid. */
#define DMC_TYPE_PROCESS_LIST (dmc_process_list_get_type ())
G_DECLARE_FINAL_TYPE (DmcProcessList, dmc_process_list, DMC, PROCESS_LIST, DmcItemList)

DmcProcessList *dmc_process_list_new (DmcEndpoint *agent, const char *workspace_id);

G_END_DECLS
