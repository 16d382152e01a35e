/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Small JSON files in the folder “state” of a vault, which no program of the workspace reaches. All of these block. */

/**
 * vault_file_read:
 * @vault: the vault's root directory
 * @name: of the file
 * @max_size: bytes; a longer one is damaged
 * @node: (out) (nullable): what it holds, %NULL where there is none
 *
 * Returns: FALSE where it is there and cannot be read
 */
gboolean vault_file_read (int vault, const char *name, gsize max_size, JsonNode **node);

/* Puts @text in the place of the file's content, whole or not at all, and on the medium. FALSE with errno. */
gboolean vault_file_replace (int vault, const char *name, const char *text);

G_END_DECLS
