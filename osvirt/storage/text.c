/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/text.h"

/* Whether a character breaks a line, or lets what stands around it be read in another order than it is written: none that a
 * name from a medium may have. */
gboolean
text_is_unruly (gunichar c)
{
  const GUnicodeType type = g_unichar_type (c);

  return type == G_UNICODE_CONTROL || type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR
         || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}
