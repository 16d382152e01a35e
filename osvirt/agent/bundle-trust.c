/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose bundles a workspace takes: its own, and those of signers whom its user has said to trust. */
#include "agent/bundle-trust.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/bundle-file.h"
#include "rpc/error.h"
#include "storage/read-file.h"

/* In the vault: a key a line. */
#define TRUST_FILE "state/trusted-signers"
#define MAX_TRUST  (1024 * 1024)

static gboolean
is_own_key (int vault, const char *signer)
{
  BundleSigner own;
  struct stat info;
  g_autofree char *name = NULL;

  if (fstatat (vault, BUNDLE_KEY_FILE, &info, AT_SYMLINK_NOFOLLOW) != 0 || !bundle_signer_load (&own, vault, BUNDLE_KEY_FILE, NULL))
    return FALSE;
  name = bundle_key_to_string (own.public_key);
  bundle_signer_wipe (&own);
  return g_str_equal (name, signer);
}

static gboolean
is_trusted (int vault, const char *signer)
{
  int fd = openat (vault, TRUST_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  g_autofree char *data = NULL;
  g_auto (GStrv) lines = NULL;
  gsize length = 0;

  if (fd >= 0) {
    if (read_fd (fd, MAX_TRUST, &data, &length, NULL))
      lines = g_strsplit (data, "\n", -1);
    close (fd);
  }
  return lines != NULL && g_strv_contains ((const char *const *) lines, signer);
}

/* Trusts what @signer has signed, from now on. */
void
bundle_trust_add (int vault, const char *signer)
{
  g_autofree char *line = g_strconcat (signer, "\n", NULL);
  int fd = openat (vault, TRUST_FILE, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);

  if (fd < 0 || write (fd, line, strlen (line)) < 0)
    g_message ("The signer %s is trusted this time only: %m", signer);
  if (fd >= 0)
    close (fd);
}

/**
 * bundle_trust_check:
 * @vault: its root directory
 * @signer: a key in hexadecimal
 * @trust: (nullable): a key that the user says to trust from now on
 * @error: %DMC_ERROR_DENIED (data "signer")
 *
 * Returns: whether what that key has signed may be used in the workspace
 */
gboolean
bundle_trust_check (int vault, const char *signer, const char *trust, GError **error)
{
  if (is_own_key (vault, signer) || is_trusted (vault, signer))
    return TRUE;
  if (g_strcmp0 (trust, signer) == 0) {
    bundle_trust_add (vault, signer);
    return TRUE;
  }
  g_propagate_error (error, dmc_error_new (DMC_ERROR_DENIED,
                                           "If you know who gave it to you, and that this is their key, install it with "
                                           "“trust” set to the key.",
                                           "The bundle is signed by %s, whom this workspace does not know.", signer));
  dmc_error_set_data (*error, "signer", json_node_init_string (json_node_alloc (), signer));
  return FALSE;
}
