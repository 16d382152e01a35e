/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console as a terminal has it: carriage returns, echo, backspace, whole lines. */
#include "kernel.h"

#define LINE_MAX_LENGTH 120

static char line[LINE_MAX_LENGTH + 1];
static uint32_t length;
static bool complete;

void
tty_write (const char *text, uint32_t count)
{
  char out[128];
  uint32_t at = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (at + 2 > sizeof out) {
      pv_console_write (out, at);
      at = 0;
    }
    if (text[i] == '\n')
      out[at++] = '\r';
    out[at++] = text[i];
  }
  pv_console_write (out, at);
}

static void
type (char byte)
{
  if (byte == '\r' || byte == '\n') {
    tty_write ("\n", 1);
    line[length++] = '\n';
    complete = true;
  } else if (byte == 0x7f || byte == '\b') {
    if (length > 0) {
      length--;
      tty_write ("\b \b", 3);
    }
  } else if (byte == 0x15) { /* control-U */
    for (; length > 0; length--)
      tty_write ("\b \b", 3);
  } else if ((uint8_t)byte >= ' ' && length + 1 < LINE_MAX_LENGTH) {
    line[length++] = byte;
    tty_write (&byte, 1);
  }
}

/* Takes what was typed up to the end of a line; the rest stays with the hypervisor until it is
 * read. */
static void
collect (void)
{
  char byte;
  while (!complete && pv_console_read (&byte, 1) == 1)
    type (byte);
}

uint32_t
tty_read_line (char *buffer, uint32_t size)
{
  collect ();
  if (!complete)
    return 0;
  uint32_t count = length < size ? length : size;
  memcpy (buffer, line, count);
  length = 0;
  complete = false;
  return count;
}

static void
input (uint32_t port, void *data)
{
  (void)port;
  (void)data;
}

void
tty_init (void)
{
  pv_event_set_handler (pv_start->console_port, input, NULL);
}
