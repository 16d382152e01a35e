/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* Asks for the user and the passphrase of a closed workspace, and deletes it with all that is in it. */
void dmc_delete_dialog_show (DmcHost *host, DmcWorkspace *workspace);

G_END_DECLS
