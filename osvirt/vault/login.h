/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "vault/secret.h"

G_BEGIN_DECLS

/* The login check of a workspace without encryption: state/login holds a salted yescrypt hash. It keeps a stranger at the
 * keyboard out of the workspace, not out of its files; that is what LUKS is for. */

/* Writes the hash to state/login below @root. */
gboolean login_write (int root, const Secret *secret, GError **error);

/* Puts another hash in its place, whole or not at all. */
gboolean login_replace (int root, const Secret *secret, GError **error);

/* DMC_ERROR_AUTH when it is not the right one, DMC_ERROR_INTEGRITY when state/login is missing or damaged. */
gboolean login_check (int root, const Secret *secret, GError **error);

/* The one error for a wrong user and a wrong passphrase; (transfer full). */
GError *login_error (void);

G_END_DECLS
