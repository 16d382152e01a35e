/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is kept of a domain that crashed, for reading. */
#include "domain.h"

#include <stdio.h>
#include <string.h>

#include "table.h"

static void
print_registers (JsonObject *registers)
{
  static const char *const names[] = { "r0", "r1",  "r2",  "r3",  "r4", "r5", "r6", "r7",  "r8",
                                       "r9", "r10", "r11", "r12", "sp", "lr", "pc", "cpsr" };

  printf ("\nRegisters:\n");
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    printf ("  %-4s %s%s", names[i], dmc_json_get_string (registers, names[i], "?"),
            i % 4 == 3 || i + 1 == G_N_ELEMENTS (names) ? "\n" : "  ");
}

static void
print_backtrace (JsonArray *frames)
{
  printf ("\nCalls, the innermost first:\n");
  for (guint i = 0; i < json_array_get_length (frames); i++) {
    JsonObject *frame = json_array_get_object_element (frames, i);
    const char *symbol = dmc_json_get_string (frame, "symbol", NULL);
    const char *address = dmc_json_get_string (frame, "address", "?");

    if (symbol)
      printf ("  #%-2u %s  %s + %" G_GINT64_FORMAT "\n", i, address, symbol,
              dmc_json_get_int (frame, "offset", 0));
    else
      printf ("  #%-2u %s\n", i, address);
  }
}

/* What a guest wrote is shown without what would steer the terminal. */
static void
print_console (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  printf ("\nIts last words:\n");
  for (char **line = lines; *line; line++) {
    for (char *c = *line; *c; c++)
      if (g_ascii_iscntrl (*c))
        *c = ' ';
    g_strchomp (*line);
    if (line[1] || **line)
      printf ("  %s\n", *line);
  }
}

void
ctl_print_crash (JsonObject *crash)
{
  JsonObject *registers = dmc_json_get_object (crash, "registers");
  JsonArray *frames = dmc_json_get_array (crash, "backtrace");
  const char *console = dmc_json_get_string (crash, "console", NULL);
  const char *trap = dmc_json_get_string (crash, "trap", NULL);

  ctl_print_field ("Crashed in", "%s mode on virtual CPU %" G_GINT64_FORMAT "%s%s",
                   dmc_json_get_string (crash, "mode", "?"), dmc_json_get_int (crash, "vcpu", 0),
                   trap ? ", during a " : "", trap ? trap : "");
  if (frames)
    print_backtrace (frames);
  if (registers)
    print_registers (registers);
  if (console)
    print_console (console);
}
