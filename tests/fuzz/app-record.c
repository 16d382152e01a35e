/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record of an installed app, which lies in the workspace. */
#include "apps/app-record.h"
#include "fuzz.h"

/* GLib 2.74 itself loses what it had read of a list in which an escape sequence is wrong. */
const char *__lsan_default_suppressions (void);

const char *
__lsan_default_suppressions (void)
{
  return "leak:libglib-2.0";
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *copy = g_memdup2 (data, size);
  g_autoptr (AppRecord) record = app_record_parse ("fuzz", copy, size, NULL);

  if (record != NULL && (!g_utf8_validate (record->name, -1, NULL) || record->desktop_files == NULL || record->programs == NULL))
    g_error ("a record with holes was accepted");
  return 0;
}
