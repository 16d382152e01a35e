/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apps/appimage.h"

#include <elf.h>
#include <string.h>

#include "rpc/error.h"

static gint64
no_appimage (GError **error, const char *why)
{
  g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, NULL, "The file is no AppImage: %s.", why));
  return -1;
}

static gint64
end_of_elf (const guint8 *data, gsize length)
{
  if (data[EI_CLASS] == ELFCLASS64 && length >= sizeof (Elf64_Ehdr)) {
    Elf64_Ehdr header;

    memcpy (&header, data, sizeof header);
    if (header.e_shoff > G_MAXINT64 / 2)
      return -1;
    return (gint64) header.e_shoff + (gint64) header.e_shentsize * header.e_shnum;
  }
  if (data[EI_CLASS] == ELFCLASS32 && length >= sizeof (Elf32_Ehdr)) {
    Elf32_Ehdr header;

    memcpy (&header, data, sizeof header);
    return (gint64) header.e_shoff + (gint64) header.e_shentsize * header.e_shnum;
  }
  return -1;
}

/**
 * appimage_payload_offset:
 * @data: (array length=length): the beginning of a file
 * @length: how much of it that is; 64 bytes are enough
 * @error: %DMC_ERROR_INTEGRITY
 *
 * Where the file system of an AppImage begins: right behind its ELF program, whose section headers come last
 * (AppImage specification, type 2; ELF, "ELF Header").
 *
 * Returns: offset in bytes, or -1
 */
gint64
appimage_payload_offset (const guint8 *data, gsize length, GError **error)
{
  gint64 end;

  if (length < EI_NIDENT || memcmp (data, ELFMAG, SELFMAG) != 0)
    return no_appimage (error, "it is no program");
  if (data[EI_DATA] != (G_BYTE_ORDER == G_LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB))
    return no_appimage (error, "it is for another kind of processor");
  if (data[8] != 'A' || data[9] != 'I' || data[10] != 2)
    return no_appimage (error, "it does not bear the mark of type 2");
  end = end_of_elf (data, length);
  return end > 0 ? end : no_appimage (error, "its headers are damaged");
}
