/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The console as a terminal has it: carriage returns, echo, backspace, whole lines. While a process
 * waits for a line, what others write goes above its prompt, which is drawn again below.
 */
#include "kernel.h"

#define LINE_MAX_LENGTH   120
#define PROMPT_MAX_LENGTH 40
#define CLEAR_LINE        "\r\033[K"

static char line[LINE_MAX_LENGTH + 1];
static uint32_t length;
static bool complete;
static bool waiting;                   /* a process waits for a line */
static char prompt[PROMPT_MAX_LENGTH]; /* what was written since the last end of a line */
static uint32_t prompt_length;

static void
put (const char *text, uint32_t count)
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
remember_prompt (const char *text, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++)
    if (text[i] == '\n')
      prompt_length = 0;
    else if (prompt_length < PROMPT_MAX_LENGTH)
      prompt[prompt_length++] = text[i];
}

void
tty_write (const char *text, uint32_t count)
{
  if (!waiting) {
    remember_prompt (text, count);
    put (text, count);
    return;
  }
  put (CLEAR_LINE, sizeof CLEAR_LINE - 1);
  put (text, count);
  if (count > 0 && text[count - 1] != '\n')
    put ("\n", 1);
  put (prompt, prompt_length);
  put (line, length);
}

static void
type (char byte)
{
  if (byte == '\r' || byte == '\n') {
    put ("\n", 1);
    line[length++] = '\n';
    complete = true;
  } else if (byte == 0x7f || byte == '\b') {
    if (length > 0) {
      length--;
      put ("\b \b", 3);
    }
  } else if (byte == 0x15) { /* control-U */
    for (; length > 0; length--)
      put ("\b \b", 3);
  } else if ((uint8_t)byte >= ' ' && length + 1 < LINE_MAX_LENGTH) {
    line[length++] = byte;
    put (&byte, 1);
  }
}

uint32_t
tty_read_line (char *buffer, uint32_t size)
{
  char byte;
  waiting = true;
  /* What is typed behind the end of the line stays with the hypervisor until it is read. */
  while (!complete && pv_console_read (&byte, 1) == 1)
    type (byte);
  if (!complete)
    return 0;
  uint32_t count = length < size ? length : size;
  memcpy (buffer, line, count);
  length = 0;
  prompt_length = 0;
  complete = false;
  waiting = false;
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
