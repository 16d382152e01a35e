/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* Asks for the passphrase of a closed workspace and for another one, and changes it. */
void dmc_passphrase_dialog_show (DmcHost *host, DmcWorkspace *workspace);

G_END_DECLS
