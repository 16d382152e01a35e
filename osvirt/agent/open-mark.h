/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "vault/vault.h"

G_BEGIN_DECLS

char *open_mark_set (DmcVault *vault, gboolean resuming);
void  open_mark_clear (int vault);

G_END_DECLS
