/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * luks_header_check:
 * @image: a vault's image, open for reading
 * @error: where to leave %DMC_ERROR_INTEGRITY or %DMC_ERROR_UNSUPPORTED
 *
 * Looks whether the header can be that of a vault, before a program believes it: what it says of itself decides how long
 * a passphrase is worked on, and where in the image the key and the data are.
 */
gboolean luks_header_check (int image, GError **error);

G_END_DECLS
