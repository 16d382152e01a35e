/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-vault"

#include "vault/login.h"

#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rpc/error.h"

#define LOGIN_FILE "state/login"
#define NEW_FILE   LOGIN_FILE ".new"
#define PREFIX "$y$"     /* yescrypt */
#define COST   "$y$j*T$" /* then how much memory, which libxcrypt writes so, */
#define MOST   'D'       /* and which whoever filled the medium could set: 256 MiB; '9' is usual */

GError *
login_error (void)
{
  return dmc_error_new (DMC_ERROR_AUTH, "Check both, and the keyboard layout; upper and lower case differ.",
                        "The user name or the passphrase is wrong.");
}

/* crypt() takes so much and no more; of a longer text it is given the digest. */
static void
shorten (const Secret *secret, char phrase[CRYPT_MAX_PASSPHRASE_SIZE])
{
  unsigned char digest[crypto_hash_sha512_BYTES];

  if (secret->length < CRYPT_MAX_PASSPHRASE_SIZE) {
    memcpy (phrase, secret->text, secret->length + 1);
    return;
  }
  crypto_hash_sha512 (digest, (const unsigned char *) secret->text, secret->length);
  sodium_bin2hex (phrase, CRYPT_MAX_PASSPHRASE_SIZE, digest, sizeof digest);
  explicit_bzero (digest, sizeof digest);
}

/* Hashes into @hash; the work area holds key material, so it is wiped. */
static gboolean
hash_secret (const Secret *secret, const char *setting, char *hash, gsize room)
{
  struct crypt_data *data = g_new0 (struct crypt_data, 1);
  const char *result;
  gboolean done;

  shorten (secret, data->input);
  result = crypt_rn (data->input, setting, data, sizeof *data);
  done = result != NULL && g_strlcpy (hash, result, room) < room;
  explicit_bzero (data, sizeof *data);
  g_free (data);
  return done;
}

static GError *
write_error (void)
{
  GError *error;

  if (errno != ENOSPC && errno != EDQUOT)
    return dmc_error_new (DMC_ERROR_IO, "Check that the medium is writable.", "The login of the workspace cannot be written: %s.",
                          g_strerror (errno));
  error = dmc_error_new (DMC_ERROR_RESOURCE, "Free some space on the medium, then try again.",
                         "The login of the workspace cannot be written: the medium is full.");
  dmc_error_set_data (error, "resource", json_node_init_string (json_node_alloc (), "disk"));
  return error;
}

/* Returns -1 with errno. */
static int
write_whole (int fd, const char *text, gsize length)
{
  const gssize written = write (fd, text, length);

  if (written >= 0 && (gsize) written < length)
    errno = ENOSPC;
  return written == (gssize) length ? fsync (fd) : -1;
}

static gboolean
write_hash (int root, const char *file, const Secret *secret, GError **error)
{
  char setting[CRYPT_GENSALT_OUTPUT_SIZE], hash[CRYPT_OUTPUT_SIZE + 1];
  int fd = -1;
  gsize length;
  gboolean done = FALSE;

  if (crypt_gensalt_rn (PREFIX, 0, NULL, 0, setting, sizeof setting) != NULL
      && hash_secret (secret, setting, hash, CRYPT_OUTPUT_SIZE)) {
    strcat (hash, "\n");
    length = strlen (hash);
    fd = openat (root, file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    done = fd >= 0 && write_whole (fd, hash, length) == 0;
  }
  if (!done)
    g_propagate_error (error, write_error ());
  if (fd >= 0)
    close (fd);
  return done;
}

gboolean
login_write (int root, const Secret *secret, GError **error)
{
  return write_hash (root, LOGIN_FILE, secret, error);
}

gboolean
login_replace (int root, const Secret *secret, GError **error)
{
  int state;

  unlinkat (root, NEW_FILE, 0); /* of one that was cut off */
  if (!write_hash (root, NEW_FILE, secret, error)) {
    unlinkat (root, NEW_FILE, 0);
    return FALSE;
  }
  if (renameat (root, NEW_FILE, root, LOGIN_FILE) != 0) {
    g_propagate_error (error, write_error ());
    unlinkat (root, NEW_FILE, 0);
    return FALSE;
  }
  state = openat (root, "state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (state >= 0) {
    fsync (state);
    close (state);
  }
  return TRUE;
}

static gboolean
is_bearable (const char *setting)
{
  for (gsize i = 0; COST[i] != '\0'; i++)
    if (COST[i] == '*' ? setting[i] < '.' || setting[i] > MOST : setting[i] != COST[i])
      return FALSE;
  return TRUE;
}

static gboolean
read_hash (int root, char *hash, gsize room)
{
  int fd = openat (root, LOGIN_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  gssize got = fd >= 0 ? read (fd, hash, room - 1) : -1;

  if (fd >= 0)
    close (fd);
  if (got <= 0 || hash[got - 1] != '\n')
    return FALSE;
  hash[got - 1] = '\0';
  return memchr (hash, '\0', (gsize) got - 1) == NULL && is_bearable (hash);
}

gboolean
login_check (int root, const Secret *secret, GError **error)
{
  char stored[CRYPT_OUTPUT_SIZE + 1], hash[CRYPT_OUTPUT_SIZE];

  if (!read_hash (root, stored, sizeof stored) || !hash_secret (secret, stored, hash, sizeof hash)) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, "Restore " LOGIN_FILE " from a copy of the workspace.",
                                             "The workspace's login file (" LOGIN_FILE ") is missing or damaged."));
    return FALSE;
  }
  if (strlen (stored) == strlen (hash) && sodium_memcmp (stored, hash, strlen (hash)) == 0) /* the length is no secret */
    return TRUE;
  g_propagate_error (error, login_error ());
  return FALSE;
}
