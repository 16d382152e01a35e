/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state-file.h"

#include <errno.h>
#include <pv/stream.h>
#include <string.h>
#include <unistd.h>

#include "crc32.h"
#include "rpc/error.h"
#include "rpc/json.h"

#define DIGEST_SIZE 32

GError *
dmc_state_file_error (int number, const char *path)
{
  GError *error;

  switch (number) {
  case ENOENT:
  case ENOTDIR:
    return dmc_error_new (DMC_ERROR_NOT_FOUND, NULL, "There is no %s, or no folder for it.", path);
  case EEXIST:
    return dmc_error_new (DMC_ERROR_EXISTS, "Choose another name, or remove that file first.",
                          "There is a file %s already.", path);
  case EACCES:
  case EPERM:
  case EROFS:
    return dmc_error_new (DMC_ERROR_DENIED, NULL, "%s: %s", path, g_strerror (number));
  case ENOSPC:
  case EDQUOT:
  case EFBIG:
    error = dmc_error_new (DMC_ERROR_RESOURCE, "Make room, or choose another place.",
                           "There is no room for %s.", path);
    dmc_error_set_data (error, "resource", json_node_init_string (json_node_alloc (), "disk"));
    return error;
  case ELOOP:
    return dmc_error_new (DMC_ERROR_PARAMS, "Give the path of the file itself.",
                          "%s is a symbolic link.", path);
  default:
    return dmc_error_new (DMC_ERROR_IO, NULL, "%s: %s", path, g_strerror (number));
  }
}

gboolean
dmc_state_file_check_path (const char *path, GError **error)
{
  if (!g_path_is_absolute (path) || g_str_has_suffix (path, "/")) {
    g_propagate_error (error,
                       dmc_error_new_param ("path", "The gateway opens it, wherever it runs.",
                                            "must be the absolute path of a file"));
    return FALSE;
  }
  return TRUE;
}

typedef struct {
  int fd;
  const char *path;
  GChecksum *digest;
  struct pv_record head;
  guint8 payload[PV_RECORD_MAX];
} Reader;

static gboolean
fail_damaged (Reader *self, GError **error)
{
  g_propagate_error (error,
                     dmc_error_new (DMC_ERROR_INTEGRITY,
                                    "It was cut off, changed or damaged, or is no saved domain; "
                                    "use another copy.",
                                    "%s is not a whole saved domain.", self->path));
  return FALSE;
}

/* Exactly @length bytes; their absence is damage. */
static gboolean
read_exactly (Reader *self, void *buffer, gsize length, GError **error)
{
  guint8 *at = buffer;

  while (length > 0) {
    gssize got = read (self->fd, at, length);

    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      g_propagate_error (error, dmc_state_file_error (errno, self->path));
      return FALSE;
    }
    if (got == 0) {
      return fail_damaged (self, error);
    }
    at += got;
    length -= (gsize)got;
  }
  return TRUE;
}

static gboolean
read_record (Reader *self, guint32 sequence, GError **error)
{
  struct pv_record *head = &self->head;
  guint32 crc;

  if (!read_exactly (self, head, sizeof *head, error)) {
    return FALSE;
  }
  if (head->length > sizeof self->payload || head->sequence != sequence) {
    return fail_damaged (self, error);
  }
  if (!read_exactly (self, self->payload, head->length, error)) {
    return FALSE;
  }
  crc = crc32_update (0, head, G_STRUCT_OFFSET (struct pv_record, crc));
  if (crc32_update (crc, self->payload, head->length) != head->crc) {
    return fail_damaged (self, error);
  }
  return TRUE;
}

static gboolean
check_digest (Reader *self, GError **error)
{
  guint8 digest[DIGEST_SIZE];
  gsize length = sizeof digest;
  char more;

  g_checksum_get_digest (self->digest, digest, &length);
  if (self->head.type != PV_RECORD_DIGEST || self->head.length != length
      || memcmp (self->payload, digest, length) != 0 || read (self->fd, &more, 1) != 0) {
    return fail_damaged (self, error);
  }
  return TRUE;
}

static gboolean
read_file (Reader *self, GCancellable *cancellable, GError **error)
{
  guint32 sequence = 0;

  if (!read_exactly (self, self->payload, PV_STREAM_MAGIC_SIZE, error)) {
    return FALSE;
  }
  if (memcmp (self->payload, PV_STREAM_MAGIC, PV_STREAM_MAGIC_SIZE) != 0) {
    return fail_damaged (self, error);
  }
  g_checksum_update (self->digest, self->payload, PV_STREAM_MAGIC_SIZE);
  do {
    if (g_cancellable_set_error_if_cancelled (cancellable, error)
        || !read_record (self, sequence, error)) {
      return FALSE;
    }
    if ((self->head.type == PV_RECORD_HEADER) != (sequence == 0)) {
      return fail_damaged (self, error);
    }
    g_checksum_update (self->digest, (const guchar *)&self->head, sizeof self->head);
    g_checksum_update (self->digest, self->payload, self->head.length);
    sequence++;
  } while (self->head.type != PV_RECORD_END);
  return read_record (self, sequence, error) && check_digest (self, error);
}

gboolean
dmc_state_file_verify (int fd, const char *path, GCancellable *cancellable, GError **error)
{
  g_autofree Reader *reader = g_new0 (Reader, 1);
  gboolean whole;

  reader->fd = fd;
  reader->path = path;
  reader->digest = g_checksum_new (G_CHECKSUM_SHA256);
  whole = read_file (reader, cancellable, error);
  g_checksum_free (reader->digest);
  if (whole && lseek (fd, 0, SEEK_SET) != 0) {
    g_propagate_error (error, dmc_state_file_error (errno, path));
    return FALSE;
  }
  return whole;
}
