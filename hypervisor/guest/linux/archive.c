/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "archive.h"

#include "special.h"
#include "heap.h"
#include "path.h"
#include "pv.h"

/* Thirteen numbers of eight hexadecimal digits each follow the magic number. */
enum field {
  NUMBER,
  MODE,
  UID,
  GID,
  LINKS,
  TIME,
  SIZE,
  MAJOR,
  MINOR,
  DEVICE_MAJOR,
  DEVICE_MINOR,
  NAME_SIZE,
  CHECK,
  FIELDS
};
#define HEADER_BYTES (6 + FIELDS * 8)

static bool
read_header (const char *bytes, uint32_t fields[FIELDS])
{
  if (memcmp (bytes, "070701", 6) != 0)
    return false;
  bytes += 6;
  for (uint32_t i = 0; i < FIELDS; i++) {
    fields[i] = 0;
    for (uint32_t j = 0; j < 8; j++, bytes++) {
      uint32_t digit = *bytes >= '0' && *bytes <= '9' ? (uint32_t)(*bytes - '0')
                                                      : (uint32_t)((*bytes | 0x20) - 'a') + 10;
      if (digit > 15)
        return false;
      fields[i] = fields[i] << 4 | digit;
    }
  }
  return true;
}

static const char *
add (const char *name, const uint32_t fields[FIELDS], const char *contents)
{
  char last[NAME_MAX_BYTES + 1];
  struct node *directory, *node;
  const char *error = NULL;
  if (strcmp (name, ".") == 0)
    return NULL;
  if (path_parent (node_root, name, &directory, last) != 0)
    return "a name in no directory";
  node = node_new (fields[MODE]);
  if (!node) {
    node_drop (directory);
    return "no memory";
  }
  node->uid = fields[UID];
  node->gid = fields[GID];
  special_attach (node, fields[DEVICE_MAJOR] << 8 | fields[DEVICE_MINOR]);
  if (node_is (node, S_IFLNK)) {
    node->target = heap_new (fields[SIZE] + 1);
    node->size = fields[SIZE];
    if (node->target)
      memcpy (node->target, contents, fields[SIZE]);
    else
      error = "no memory";
  } else if (fields[SIZE] > 0
             && node_write (node, 0, contents, fields[SIZE]) != (long)fields[SIZE]) {
    error = "no memory";
  }
  node->changed_ns = fields[TIME] * 1000000000ull;
  if (!error && directory_add (directory, last, node) != 0)
    error = "a name twice";
  node_drop (node);
  node_drop (directory);
  return error;
}

const char *
archive_unpack (const char *bytes, uint32_t length)
{
  uint32_t at = 0, fields[FIELDS];
  while (length - at >= HEADER_BYTES && read_header (bytes + at, fields)) {
    const char *name = bytes + at + HEADER_BYTES;
    uint32_t left = length - at - HEADER_BYTES;
    if (fields[NAME_SIZE] == 0 || fields[NAME_SIZE] > left || name[fields[NAME_SIZE] - 1] != 0)
      return "a name that does not end";
    if (strcmp (name, "TRAILER!!!") == 0)
      return NULL;
    uint32_t contents = (at + HEADER_BYTES + fields[NAME_SIZE] + 3) & ~3u;
    if (contents > length || fields[SIZE] > length - contents)
      return "a file that does not end";
    const char *error = add (name, fields, bytes + contents);
    if (error)
      return error;
    at = (contents + fields[SIZE] + 3) & ~3u;
    if (at > length)
      at = length;
  }
  return "no end";
}
