/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * DmcHelper:
 *
 * One connection to domicile-helper. A connection carries one workspace: at most one attached vault and
 * one view. Everything that the helper did for it ends when the last reference goes, or when the process
 * that holds it dies.
 */
typedef struct _DmcHelper DmcHelper;

/* $DOMICILE_HELPER_SOCKET, or the system's place for it. Never NULL. */
const char *dmc_helper_default_socket (void);

/**
 * dmc_helper_connect:
 * @socket_path: (nullable): NULL for dmc_helper_default_socket()
 * @error: DMC_ERROR_UNSUPPORTED (data "needs": "domicile-helper") where no helper listens there,
 *   DMC_ERROR_DENIED where it does not serve this user
 *
 * Connects and greets; a local call that takes well under a millisecond.
 *
 * Returns: (transfer full): the connection
 */
DmcHelper *dmc_helper_connect (const char *socket_path, GError **error);
/* Another connection to the same helper, for something else; errors as of dmc_helper_connect(). */
DmcHelper *dmc_helper_connect_again (DmcHelper *self, GError **error);
DmcHelper *dmc_helper_ref (DmcHelper *self);
void       dmc_helper_unref (DmcHelper *self);

/**
 * dmc_helper_can_suspend:
 * @socket_path: (nullable): as for dmc_helper_connect()
 * @ask_kernel: whether CRIU is to try all that it needs of the kernel, which takes a tenth of a second in place of some milliseconds
 * @error: DMC_ERROR_UNSUPPORTED (data "needs": "domicile-helper", "criu" or "kernel")
 *
 * Returns: whether the helper there has a CRIU that can suspend workspaces
 */
gboolean dmc_helper_can_suspend (const char *socket_path, gboolean ask_kernel, GError **error);

/* The connected SEQPACKET socket; owned by @self. */
int dmc_helper_get_fd (DmcHelper *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DmcHelper, dmc_helper_unref)

G_END_DECLS
