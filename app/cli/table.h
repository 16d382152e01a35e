/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Rows of text in aligned columns. A column whose heading starts with “>” is aligned to the right. */
typedef struct _CtlTable CtlTable;

CtlTable *ctl_table_new (const char *const *headings);
void      ctl_table_free (CtlTable *self);
void      ctl_table_add (CtlTable *self, ...);
void      ctl_table_add_row (CtlTable *self, const char *const *cells);
void      ctl_table_print (CtlTable *self, const char *when_empty);

/* One “name: value” line of a description, the values aligned. */
void ctl_print_field (const char *name, const char *format, ...) G_GNUC_PRINTF (2, 3);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CtlTable, ctl_table_free)

/* For people. Each returns a new string. */
char *ctl_format_kib (gint64 kib);
char *ctl_format_bytes (gint64 bytes);
char *ctl_format_ns (gint64 nanoseconds);
char *ctl_clean (const char *text);

/* “64M”, “1 GiB”, “4096” (bytes) and the like. */
gboolean ctl_parse_bytes (const char *text, gint64 *bytes, GError **error);

G_END_DECLS
