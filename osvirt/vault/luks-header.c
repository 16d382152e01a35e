/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LUKS1, as the specification's section 2.3 lays it out: numbers are big-endian, offsets in sectors of 512 bytes. */
#include "vault/luks-header.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rpc/error.h"

enum {
  SECTOR = 512,
  HEADER_SIZE = 592,
  VERSION_AT = 6,
  NAMES_AT = 8, /* of cipher, mode and hash */
  NAME_SIZE = 32,
  N_NAMES = 3,
  PAYLOAD_AT = 104,
  DIGEST_ITERATIONS_AT = 164,
  SLOTS_AT = 208,
  SLOT_SIZE = 48,
  N_SLOTS = 8,
  SLOT_ITERATIONS = 4, /* from its beginning, as the next */
  SLOT_OFFSET = 40,
  SLOT_ACTIVE = 0x00ac71f3,
  /* A minute on a slow computer. Whoever makes a vault for seconds on the fastest one stays well below. */
  MAX_ITERATIONS = 100000000,
};

static const guint8 magic[VERSION_AT] = { 'L', 'U', 'K', 'S', 0xba, 0xbe };

static guint32
number_at (const guint8 *header, gsize at)
{
  guint32 value;

  memcpy (&value, header + at, sizeof value);
  return GUINT32_FROM_BE (value);
}

static gboolean
damaged (GError **error, const char *what)
{
  g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, "Restore vault.img from a copy; nothing was changed.",
                                           "The workspace's vault is damaged: %s.", what));
  return FALSE;
}

static gboolean
has_names (const guint8 *header)
{
  for (guint i = 0; i < N_NAMES; i++) {
    const char *name = (const char *) header + NAMES_AT + i * NAME_SIZE;

    if (name[0] == '\0' || memchr (name, '\0', NAME_SIZE) == NULL)
      return FALSE;
    for (const char *c = name; *c != '\0'; c++)
      if (!g_ascii_isgraph (*c))
        return FALSE;
  }
  return TRUE;
}

static gboolean
check_slots (const guint8 *header, guint64 payload, GError **error)
{
  guint n_active = 0;

  for (guint i = 0; i < N_SLOTS; i++) {
    gsize slot = SLOTS_AT + i * SLOT_SIZE;

    if (number_at (header, slot) != SLOT_ACTIVE)
      continue;
    n_active++;
    if (number_at (header, slot + SLOT_ITERATIONS) - 1 >= MAX_ITERATIONS)
      return damaged (error, "its header asks for more work on a passphrase than any computer does");
    if (number_at (header, slot + SLOT_OFFSET) >= payload)
      return damaged (error, "its header says that the key lies among the data");
  }
  return n_active > 0 || damaged (error, "its header has no key");
}

static gboolean
check_version (const guint8 *header, GError **error)
{
  guint version = (guint) header[VERSION_AT] << 8 | header[VERSION_AT + 1];
  GError *other;

  if (version == 1)
    return TRUE;
  if (version != 2)
    return damaged (error, "its header is overwritten");
  other = dmc_error_new (DMC_ERROR_UNSUPPORTED, "Make a workspace here, and copy the files over.",
                         "The vault is of LUKS version 2; workspaces use version 1.");
  dmc_error_set_data (other, "needs", json_node_init_string (json_node_alloc (), "luks1"));
  g_propagate_error (error, other);
  return FALSE;
}

gboolean
luks_header_check (int image, GError **error)
{
  guint8 header[HEADER_SIZE];
  struct stat info;
  guint64 payload;

  if (fstat (image, &info) != 0 || !S_ISREG (info.st_mode))
    return damaged (error, "vault.img is not a file");
  if (pread (image, header, sizeof header, 0) != (gssize) sizeof header)
    return damaged (error, "it ends within its header");
  if (memcmp (header, magic, sizeof magic) != 0)
    return damaged (error, "its header is overwritten");
  if (!check_version (header, error))
    return FALSE;
  if (!has_names (header))
    return damaged (error, "its header is overwritten");
  payload = number_at (header, PAYLOAD_AT);
  if (payload * SECTOR >= (guint64) info.st_size)
    return damaged (error, "it ends before its data begin");
  if (number_at (header, DIGEST_ITERATIONS_AT) - 1 >= MAX_ITERATIONS)
    return damaged (error, "its header asks for more work on a passphrase than any computer does");
  return check_slots (header, payload, error);
}
