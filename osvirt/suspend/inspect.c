/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspend/inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launcher/mounts.h"
#include "launcher/overlay.h"

/* CRIU's files: two numbers that say what it is (the inventory has one), then messages in the encoding of Protocol Buffers, each after its length.
 * The messages are pstree_entry, task_kobj_ids_entry, inventory_entry and userns_entry of CRIU's images/ folder. */
enum {
  COMMON_MAGIC = 0x54564319,
  SERVICE_MAGIC = 0x55105940,
  INVENTORY_MAGIC = 0x58313116,
  MAX_FILE = 4 * 1024 * 1024,
  PSTREE_PID = 1,
  PSTREE_PARENT = 2,
  INVENTORY_OWN_IDS = 3,
  IDS_PID = 5,
  IDS_NETWORK = 6,
  IDS_IPC = 7,
  IDS_UTS = 8,
  IDS_MOUNT = 9,
  IDS_USER = 10,
  IDS_END = 13,
  MAP_UID = 1,
  MAP_GID = 2,
  VARINT = 0,
  BYTES = 2,
};

struct bytes {
  const unsigned char *at, *end;
};

struct field {
  unsigned     number, kind;
  uint64_t     value; /* VARINT */
  struct bytes bytes; /* BYTES */
};

struct ids {
  uint64_t id[IDS_END]; /* 0: it has none */
};

struct inspection {
  int                folder;
  struct wire_fault *fault;
  struct ids         outside, root;
};

static int
refuse (struct inspection *inspection, const char *why)
{
  return wire_fail (inspection->fault, EBADMSG, "the image is not one of a workspace: %s", why);
}

/* --- the encoding ---------------------------------------------------------------------------------------------------- */

static bool
take_varint (struct bytes *in, uint64_t *value)
{
  *value = 0;
  for (unsigned shift = 0; shift < 64 && in->at < in->end; shift += 7) {
    unsigned char byte = *in->at++;

    *value |= (uint64_t) (byte & 0x7f) << shift;
    if ((byte & 0x80) == 0)
      return true;
  }
  return false;
}

static bool
take_bytes (struct bytes *in, uint64_t size, struct bytes *out)
{
  if (size > (uint64_t) (in->end - in->at))
    return false;
  *out = (struct bytes){ in->at, in->at + size };
  in->at += size;
  return true;
}

/* 1: a field, 0: the end, -1: neither. */
static int
take_field (struct bytes *in, struct field *field)
{
  struct bytes skipped;
  uint64_t key, size;

  *field = (struct field){ 0 };
  if (in->at == in->end)
    return 0;
  if (!take_varint (in, &key))
    return -1;
  field->number = (unsigned) (key >> 3);
  field->kind = key & 7;
  switch (field->kind) {
  case VARINT:
    return take_varint (in, &field->value) ? 1 : -1;
  case BYTES:
    return take_varint (in, &size) && take_bytes (in, size, &field->bytes) ? 1 : -1;
  case 1:
  case 5:
    return take_bytes (in, field->kind == 1 ? 8 : 4, &skipped) ? 1 : -1;
  default:
    return -1;
  }
}

/* A field that there is one of, and that CRIU cannot read differently: of a number it takes the lower 32 bits, of two fields it
 * takes the last, and of two messages it makes one. @seen: those of the same message before. */
static bool
is_plain (const struct field *field, unsigned kind, unsigned *seen)
{
  const unsigned bit = 1U << field->number;
  const bool plain = field->kind == kind && field->value <= UINT32_MAX && (*seen & bit) == 0;

  *seen |= bit;
  return plain;
}

/* The next message of a file; as take_field(). */
static int
take_message (struct bytes *in, struct bytes *message)
{
  uint32_t size;

  if (in->at == in->end)
    return 0;
  if (in->end - in->at < (ptrdiff_t) sizeof size)
    return -1;
  memcpy (&size, in->at, sizeof size);
  in->at += sizeof size;
  return take_bytes (in, size, message) ? 1 : -1;
}

/* Reads a file of the image; @storage is to be freed. */
static int
read_image (struct inspection *inspection, const char *name, unsigned char **storage, struct bytes *content)
{
  int fd = openat (inspection->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  uint32_t magic;
  ssize_t size = -1;

  *storage = malloc (MAX_FILE);
  if (fd >= 0 && *storage != NULL)
    size = read (fd, *storage, MAX_FILE);
  close_fd (&fd);
  if (size >= 8)
    memcpy (&magic, *storage, sizeof magic);
  if (size < 8 || size == MAX_FILE || (magic != COMMON_MAGIC && magic != SERVICE_MAGIC && magic != INVENTORY_MAGIC)) {
    free (*storage);
    *storage = NULL;
    return refuse (inspection, name);
  }
  *content = (struct bytes){ *storage + (magic == INVENTORY_MAGIC ? 4 : 8), *storage + size };
  return 0;
}

/* --- what is in it ------------------------------------------------------------------------------------------------------ */

static bool
take_ids (struct bytes message, struct ids *ids)
{
  struct field field;
  unsigned seen = 0;
  int more;

  memset (ids, 0, sizeof *ids);
  while ((more = take_field (&message, &field)) == 1) {
    if (field.number >= IDS_END)
      continue;
    if (!is_plain (&field, VARINT, &seen))
      return false;
    ids->id[field.number] = field.value;
  }
  return more == 0;
}

static int
read_outside (struct inspection *inspection)
{
  unsigned char *storage;
  struct bytes content, message;
  struct field field;
  unsigned seen = 0;
  bool good = true;

  if (read_image (inspection, "inventory.img", &storage, &content) != 0)
    return -1;
  if (take_message (&content, &message) == 1)
    while (good && take_field (&message, &field) == 1)
      if (field.number == INVENTORY_OWN_IDS)
        good = is_plain (&field, BYTES, &seen) && take_ids (field.bytes, &inspection->outside);
  free (storage);
  return good && seen != 0 ? 0 : refuse (inspection, "inventory");
}

static int
check_ids (struct inspection *inspection, uint64_t pid, bool is_root)
{
  static const unsigned own[] = { IDS_PID, IDS_IPC, IDS_UTS, IDS_MOUNT, IDS_USER };
  unsigned char *storage;
  struct bytes content, message;
  struct ids ids;
  char name[32];
  bool good;

  snprintf (name, sizeof name, "ids-%u.img", (unsigned) pid);
  if (!is_root && faccessat (inspection->folder, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
    return 0; /* one that has ended and waits for its parent, in whose namespaces it stays */
  if (read_image (inspection, name, &storage, &content) != 0)
    return -1;
  good = take_message (&content, &message) == 1 && take_ids (message, &ids);
  free (storage);
  if (!good)
    return refuse (inspection, "namespaces");
  if (is_root)
    inspection->root = ids;
  for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
    if (ids.id[own[i]] == 0 || ids.id[own[i]] == inspection->outside.id[own[i]])
      return refuse (inspection, "a process of it would be in a namespace of the host");
  if (ids.id[IDS_NETWORK] != inspection->outside.id[IDS_NETWORK])
    return refuse (inspection, "a process of it is on a network of its own");
  if (ids.id[IDS_USER] != inspection->root.id[IDS_USER] || ids.id[IDS_PID] != inspection->root.id[IDS_PID])
    return refuse (inspection, "a process of it is in a namespace of its own");
  return 0;
}

static bool
take_process (struct bytes message, uint64_t *pid, uint64_t *parent)
{
  struct field field;
  unsigned seen = 0;
  int more;

  *pid = *parent = 0;
  while ((more = take_field (&message, &field)) == 1) {
    if (field.number != PSTREE_PID && field.number != PSTREE_PARENT)
      continue;
    if (!is_plain (&field, VARINT, &seen))
      return false;
    *(field.number == PSTREE_PID ? pid : parent) = field.value;
  }
  return more == 0;
}

static int
check_processes (struct inspection *inspection)
{
  unsigned char *storage;
  struct bytes content, message;
  int more, result = 0;
  bool first = true;

  if (read_image (inspection, "pstree.img", &storage, &content) != 0)
    return -1;
  while (result == 0 && (more = take_message (&content, &message)) != 0) {
    uint64_t pid, parent;

    if (more < 0 || !take_process (message, &pid, &parent) || (parent == 0) != first || (first && pid != 1))
      result = refuse (inspection, "processes");
    else
      result = check_ids (inspection, pid, first);
    first = false;
  }
  free (storage);
  return result == 0 && first ? refuse (inspection, "processes") : result;
}

static bool
is_our_range (struct bytes extent)
{
  uint64_t value[4] = { 0 };
  struct field field;
  unsigned seen = 0;

  while (take_field (&extent, &field) == 1) {
    if (field.number >= 4 || !is_plain (&field, VARINT, &seen))
      return false;
    value[field.number] = field.value;
  }
  return value[1] == 0 && value[2] == VIEW_ID_BASE && value[3] == 65536;
}

static int
check_maps (struct inspection *inspection)
{
  unsigned char *storage;
  struct bytes content, message = { NULL, NULL };
  struct field field;
  unsigned maps[3] = { 0 };
  char name[32];
  bool good = true;

  snprintf (name, sizeof name, "userns-%u.img", (unsigned) inspection->root.id[IDS_USER]);
  if (read_image (inspection, name, &storage, &content) != 0)
    return -1;
  good = take_message (&content, &message) == 1;
  while (good && take_field (&message, &field) == 1)
    if (field.number == MAP_UID || field.number == MAP_GID) {
      maps[field.number]++;
      good = is_our_range (field.bytes);
    }
  free (storage);
  return good && maps[MAP_UID] == 1 && maps[MAP_GID] == 1 ? 0 : refuse (inspection, "it takes other ids of the host");
}

int
image_inspect (int folder, struct wire_fault *fault)
{
  struct inspection inspection = { .folder = folder, .fault = fault };

  return read_outside (&inspection) == 0 && check_processes (&inspection) == 0 ? check_maps (&inspection) : -1;
}
