/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "table.h"

#include <stdio.h>
#include <string.h>

#include "ctl.h"

#define FIELD_WIDTH 16

struct _CtlTable {
  char     **headings;
  guint      n_columns;
  GPtrArray *rows; /* of char **, n_columns each */
};

/**
 * ctl_table_new:
 * @headings: the columns' headings, ended by NULL
 *
 * Returns: (transfer full): an empty table
 */
CtlTable *
ctl_table_new (const char *const *headings)
{
  CtlTable *self = g_new0 (CtlTable, 1);

  self->headings = g_strdupv ((char **) headings);
  self->n_columns = g_strv_length (self->headings);
  self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  return self;
}

/**
 * ctl_table_free:
 * @self: (transfer full): a table
 */
void
ctl_table_free (CtlTable *self)
{
  g_strfreev (self->headings);
  g_ptr_array_unref (self->rows);
  g_free (self);
}

/**
 * ctl_table_add_row:
 * @self: a table
 * @cells: (array): one for each column; NULL shows as a dash
 *
 * Adds a row.
 */
void
ctl_table_add_row (CtlTable *self, const char *const *cells)
{
  char **row = g_new0 (char *, self->n_columns + 1);

  for (guint i = 0; i < self->n_columns; i++)
    row[i] = cells[i] && *cells[i] ? ctl_clean (cells[i]) : g_strdup ("–");
  g_ptr_array_add (self->rows, row);
}

/**
 * ctl_table_add:
 * @self: a table
 * @...: one const char * for each column; NULL shows as a dash
 *
 * Adds a row.
 */
void
ctl_table_add (CtlTable *self, ...)
{
  g_autofree const char **row = g_new (const char *, self->n_columns);
  va_list cells;

  va_start (cells, self);
  for (guint i = 0; i < self->n_columns; i++)
    row[i] = va_arg (cells, const char *);
  va_end (cells);
  ctl_table_add_row (self, row);
}

/* Columns on a terminal: wide characters take two, combining ones none. */
static guint
display_width (const char *text)
{
  guint width = 0;

  for (const char *p = text; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    width += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
  }
  return width;
}

static void
print_row (CtlTable *self, char **cells, const guint *widths)
{
  for (guint i = 0; i < self->n_columns; i++) {
    gboolean right = self->headings[i][0] == '>';
    const char *cell = cells == self->headings && right ? cells[i] + 1 : cells[i];
    int padding = (int) (widths[i] - display_width (cell));

    if (i > 0)
      fputs ("  ", stdout);
    if (right)
      printf ("%*s%s", padding, "", cell);
    else if (i + 1 < self->n_columns)
      printf ("%s%*s", cell, padding, "");
    else
      fputs (cell, stdout);
  }
  putchar ('\n');
}

/**
 * ctl_table_print:
 * @self: a table
 * @when_empty: what to say when it has no rows
 *
 * Prints the table on standard output.
 */
void
ctl_table_print (CtlTable *self, const char *when_empty)
{
  g_autofree guint *widths = g_new0 (guint, self->n_columns);

  if (self->rows->len == 0) {
    puts (when_empty);
    return;
  }
  for (guint i = 0; i < self->n_columns; i++) {
    widths[i] = display_width (self->headings[i] + (self->headings[i][0] == '>'));
    for (guint r = 0; r < self->rows->len; r++) {
      char **row = g_ptr_array_index (self->rows, r);
      widths[i] = MAX (widths[i], display_width (row[i]));
    }
  }
  print_row (self, self->headings, widths);
  for (guint r = 0; r < self->rows->len; r++)
    print_row (self, g_ptr_array_index (self->rows, r), widths);
}

/**
 * ctl_print_field:
 * @name: what it is
 * @format: its value, as for printf()
 * @...: the arguments
 */
void
ctl_print_field (const char *name, const char *format, ...)
{
  g_autofree char *value = NULL;
  g_autofree char *clean = NULL;
  va_list arguments;

  va_start (arguments, format);
  value = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  clean = ctl_clean (value);
  printf ("%-*s  %s\n", FIELD_WIDTH, name, clean);
}

/**
 * ctl_clean:
 * @text: text from an endpoint
 *
 * Names and messages come from media and guests that nobody vouches for: a terminal must not obey them.
 *
 * Returns: (transfer full): the text with control characters replaced
 */
char *
ctl_clean (const char *text)
{
  GString *clean = g_string_new (NULL);
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  for (const char *p = valid; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    g_string_append_unichar (clean, g_unichar_iscntrl (c) ? 0xfffd : c);
  }
  return g_string_free (clean, FALSE);
}

/**
 * ctl_format_bytes:
 * @bytes: a size
 *
 * Returns: (transfer full): the size in the unit that suits it
 */
char *
ctl_format_bytes (gint64 bytes)
{
  static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
  double value = (double) bytes;
  guint unit = 0;

  while (value >= 1024 && unit + 1 < G_N_ELEMENTS (units)) {
    value /= 1024;
    unit++;
  }
  if (unit == 0 || value >= 100 || value - (double) (gint64) value < 0.05)
    return g_strdup_printf ("%.0f %s", value, units[unit]);
  return g_strdup_printf ("%.1f %s", value, units[unit]);
}

/**
 * ctl_format_kib:
 * @kib: a size in KiB
 *
 * Returns: (transfer full): the size in the unit that suits it
 */
char *
ctl_format_kib (gint64 kib)
{
  return ctl_format_bytes (kib > G_MAXINT64 / 1024 ? G_MAXINT64 : kib * 1024);
}

/**
 * ctl_format_ns:
 * @nanoseconds: a duration
 *
 * Returns: (transfer full): the duration in seconds, minutes or hours
 */
char *
ctl_format_ns (gint64 nanoseconds)
{
  gint64 seconds = nanoseconds / G_GINT64_CONSTANT (1000000000);

  if (seconds < 60)
    return g_strdup_printf ("%.2f s", (double) nanoseconds / 1e9);
  if (seconds < 3600)
    return g_strdup_printf ("%d min %02d s", (int) (seconds / 60), (int) (seconds % 60));
  return g_strdup_printf ("%" G_GINT64_FORMAT " h %02d min", seconds / 3600,
                          (int) (seconds % 3600 / 60));
}

/**
 * ctl_parse_bytes:
 * @text: a number with an optional unit (K, M, G, T, also as KiB and so on, always powers of 1024)
 * @bytes: (out): the size
 * @error: CTL_ERROR_USAGE where it is none
 *
 * Returns: whether @text is a size
 */
gboolean
ctl_parse_bytes (const char *text, gint64 *bytes, GError **error)
{
  static const char units[] = "KMGT";
  char *end = NULL;
  guint64 number = g_ascii_isdigit (*text) ? g_ascii_strtoull (text, &end, 10) : 0;
  guint shift = 0;

  if (end) {
    const char *unit;

    while (*end == ' ')
      end++;
    unit = *end ? strchr (units, g_ascii_toupper (*end)) : NULL;
    if (unit) {
      shift = 10 * (guint) (unit - units + 1);
      end++;
    }
    if (g_ascii_strcasecmp (end, shift ? "iB" : "B") == 0)
      end += strlen (end);
  }
  if (!end || *end || number > ((guint64) G_MAXINT64 >> shift)) {
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                 "“%s” is not a size. Write a number with K, M, G or T, such as 64M.", text);
    return FALSE;
  }
  *bytes = (gint64) (number << shift);
  return TRUE;
}
