/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspend/archive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

enum { LEVEL = 1, BLOCK = 512, CHUNK = 256 * 1024, MAX_FILES = 100000 };

/* See pax(1), "ustar Interchange Format". */
struct header {
  char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6], version[2];
  char user[32], group[32], major[8], minor[8], prefix[155], padding[12];
};

_Static_assert (sizeof (struct header) == BLOCK, "a header is one block");

static unsigned
checksum_of (const struct header *header)
{
  struct header copy = *header;
  unsigned sum = 0;

  memset (copy.checksum, ' ', sizeof copy.checksum);
  for (size_t i = 0; i < sizeof copy; i++)
    sum += ((const unsigned char *) &copy)[i];
  return sum;
}

static int
write_all (int out, const char *data, size_t size, const char *doing, struct wire_fault *fault)
{
  while (size > 0) {
    ssize_t written = write (out, data, size);

    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return wire_fail (fault, written < 0 ? errno : EIO, "%s", doing);
    data += written;
    size -= (size_t) written;
  }
  return 0;
}

/* --- packing --------------------------------------------------------------------------------------------------------- */

struct packer {
  ZSTD_CCtx         *zstd;
  int                out;
  char               buffer[CHUNK];
  struct wire_fault *fault;
};

static int
compress (struct packer *packer, const void *data, size_t size, ZSTD_EndDirective directive)
{
  ZSTD_inBuffer in = { data, size, 0 };
  size_t left;

  do {
    ZSTD_outBuffer out = { packer->buffer, sizeof packer->buffer, 0 };

    left = ZSTD_compressStream2 (packer->zstd, &out, &in, directive);
    if (ZSTD_isError (left))
      return wire_fail (packer->fault, EIO, "compressing the image: %s", ZSTD_getErrorName (left));
    if (write_all (packer->out, packer->buffer, out.pos, "writing the image", packer->fault) != 0)
      return -1;
  } while (directive == ZSTD_e_continue ? in.pos < in.size : left > 0);
  return 0;
}

static int
pack_header (struct packer *packer, const char *name, off_t size)
{
  struct header header = { .type = '0', .magic = "ustar", .version = { '0', '0' }, .mode = "0000600", .uid = "0000000",
                           .gid = "0000000", .mtime = "00000000000" };

  if (strlen (name) >= sizeof header.name)
    return wire_fail (packer->fault, ENAMETOOLONG, "packing %.80s", name);
  memcpy (header.name, name, strlen (name));
  /* Larger than 8 GiB: binary, as GNU tar does it. */
  if (size >> 33 != 0) {
    header.size[0] = (char) 0x80;
    for (int i = 0; i < 8; i++)
      header.size[11 - i] = (char) (size >> (8 * i));
  } else
    snprintf (header.size, sizeof header.size, "%011llo", (unsigned long long) size);
  snprintf (header.checksum, sizeof header.checksum, "%06o", checksum_of (&header));
  header.checksum[7] = ' ';
  return compress (packer, &header, sizeof header, ZSTD_e_continue);
}

static int
pack_file (struct packer *packer, int folder, const char *name)
{
  static const char zeros[BLOCK];
  char *data = malloc (CHUNK);
  int fd = openat (folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), result = -1;
  struct stat info;
  off_t done = 0;
  ssize_t got;

  if (data == NULL || fd < 0 || fstat (fd, &info) != 0)
    wire_fail (packer->fault, errno, "packing %.80s", name);
  else
    result = S_ISREG (info.st_mode) ? pack_header (packer, name, info.st_size) : 1;
  while (result == 0 && done < info.st_size) {
    got = read (fd, data, CHUNK);
    if (got <= 0)
      result = wire_fail (packer->fault, got < 0 ? errno : EIO, "packing %.80s", name);
    else
      result = compress (packer, data, (size_t) got, ZSTD_e_continue);
    done += got;
  }
  if (result == 0 && done % BLOCK != 0)
    result = compress (packer, zeros, (size_t) (BLOCK - done % BLOCK), ZSTD_e_continue);
  free (data);
  if (fd >= 0)
    close (fd);
  return result < 0 ? -1 : 0;
}

static bool
is_packed (const char *name)
{
  const char *end = strrchr (name, '.');

  return name[0] != '.' && (end == NULL || strcmp (end, ".log") != 0) && strncmp (name, "stats-", 6) != 0;
}

static int
pack_all (struct packer *packer, int folder)
{
  static const char end[2 * BLOCK];
  int fd = openat (folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *list = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;
  int result = list == NULL ? wire_fail (packer->fault, errno, "reading the image") : 0;

  errno = 0;
  while (result == 0 && (entry = readdir (list)) != NULL)
    if (is_packed (entry->d_name))
      result = pack_file (packer, folder, entry->d_name);
  if (result == 0 && errno != 0)
    result = wire_fail (packer->fault, errno, "reading the image");
  if (list != NULL)
    closedir (list);
  return result == 0 ? compress (packer, end, sizeof end, ZSTD_e_end) : -1;
}

int
archive_pack (int folder, int out, struct wire_fault *fault)
{
  struct packer *packer = calloc (1, sizeof *packer);
  long processors = sysconf (_SC_NPROCESSORS_ONLN);
  int result;

  if (packer == NULL || (packer->zstd = ZSTD_createCCtx ()) == NULL) {
    free (packer);
    return wire_fail (fault, ENOMEM, "packing the image");
  }
  packer->out = out;
  packer->fault = fault;
  ZSTD_CCtx_setParameter (packer->zstd, ZSTD_c_compressionLevel, LEVEL);
  ZSTD_CCtx_setParameter (packer->zstd, ZSTD_c_checksumFlag, 1);
  /* Fails where the library is built without threads; then it is slower. */
  ZSTD_CCtx_setParameter (packer->zstd, ZSTD_c_nbWorkers, processors > 1 ? (int) processors : 0);
  result = pack_all (packer, folder);
  ZSTD_freeCCtx (packer->zstd);
  free (packer);
  return result;
}

/* --- unpacking --------------------------------------------------------------------------------------------------------- */

struct unpacker {
  ZSTD_DCtx         *zstd;
  int                in;
  bool               ended; /* the frame is whole, and its checksum right */
  ZSTD_inBuffer      input;
  char               buffer[CHUNK];
  struct wire_fault *fault;
};

static int
damaged (struct unpacker *unpacker, const char *how)
{
  return wire_fail (unpacker->fault, EBADMSG, "the image is damaged: %s", how);
}

/* Fills @data, or fails: an archive says how long it is. */
static int
expand (struct unpacker *unpacker, void *data, size_t size)
{
  ZSTD_outBuffer out = { data, size, 0 };

  while (out.pos < out.size) {
    size_t hint;

    if (unpacker->input.pos == unpacker->input.size) {
      ssize_t got = read (unpacker->in, unpacker->buffer, sizeof unpacker->buffer);

      if (got < 0)
        return wire_fail (unpacker->fault, errno, "reading the image");
      if (got == 0)
        return damaged (unpacker, "it is cut off");
      unpacker->input = (ZSTD_inBuffer){ unpacker->buffer, (size_t) got, 0 };
    }
    hint = ZSTD_decompressStream (unpacker->zstd, &out, &unpacker->input);
    if (ZSTD_isError (hint))
      return damaged (unpacker, ZSTD_getErrorName (hint));
    unpacker->ended = hint == 0;
    if (unpacker->ended && out.pos < out.size)
      return damaged (unpacker, "it ends too early");
  }
  return 0;
}

static int
unpack_file (struct unpacker *unpacker, int folder, const char *name, unsigned long long size)
{
  int fd = openat (folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644), result = 0;
  char *data = malloc (CHUNK);

  if (fd < 0 || data == NULL)
    result = wire_fail (unpacker->fault, errno, "unpacking %.80s", name);
  while (result == 0 && size > 0) {
    size_t part = size < CHUNK ? (size_t) size : CHUNK, padded = (part + BLOCK - 1) / BLOCK * BLOCK;

    result = expand (unpacker, data, padded);
    if (result == 0)
      result = write_all (fd, data, part, "unpacking the image", unpacker->fault);
    size -= part;
  }
  free (data);
  if (fd >= 0)
    close (fd);
  return result;
}

static unsigned long long
read_size (const struct header *header)
{
  unsigned long long size = 0;
  char text[13] = "";

  if ((unsigned char) header->size[0] == 0x80) {
    for (int i = 4; i < 12; i++)
      size = size << 8 | (unsigned char) header->size[i];
    return size;
  }
  memcpy (text, header->size, sizeof header->size);
  return strtoull (text, NULL, 8);
}

/* 1 when the archive is at its end. */
static int
unpack_next (struct unpacker *unpacker, int folder)
{
  struct header header;
  char name[sizeof header.name + 1] = "", checksum[9] = "";

  if (expand (unpacker, &header, sizeof header) != 0)
    return -1;
  if (header.name[0] == '\0')
    return expand (unpacker, &header, sizeof header) == 0 ? 1 : -1;
  memcpy (name, header.name, sizeof header.name);
  memcpy (checksum, header.checksum, sizeof header.checksum);
  if (strtoul (checksum, NULL, 8) != checksum_of (&header) || header.type != '0')
    return damaged (unpacker, "a header is wrong");
  if (strchr (name, '/') != NULL || name[0] == '.')
    return damaged (unpacker, "a file has a name that it must not have");
  return unpack_file (unpacker, folder, name, read_size (&header));
}

int
archive_unpack (int in, int folder, struct wire_fault *fault)
{
  struct unpacker *unpacker = calloc (1, sizeof *unpacker);
  int result = 0;

  if (unpacker == NULL || (unpacker->zstd = ZSTD_createDCtx ()) == NULL) {
    free (unpacker);
    return wire_fail (fault, ENOMEM, "unpacking the image");
  }
  unpacker->in = in;
  unpacker->fault = fault;
  for (int files = 0; result == 0; files++)
    result = files < MAX_FILES ? unpack_next (unpacker, folder) : damaged (unpacker, "it has too many files");
  ZSTD_freeDCtx (unpacker->zstd);
  free (unpacker);
  return result == 1 ? 0 : -1;
}
