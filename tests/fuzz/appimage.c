/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first bytes of an AppImage, which say where its file system is. */
#include "apps/appimage.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  gint64 offset = appimage_payload_offset (data, size, NULL);

  if (offset == 0 || offset < -1)
    g_error ("a file system that lies nowhere was found");
  return 0;
}
