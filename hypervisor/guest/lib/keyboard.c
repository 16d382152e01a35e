/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scan code set 2 of a keyboard with the US layout. */
#include "hid.h"

#define RELEASED  0xf0u
#define EXTENDED  0xe0u
#define SHIFT_L   0x12u
#define SHIFT_R   0x59u
#define CONTROL   0x14u
#define CAPS_LOCK 0x58u
#define KEYS      0x80u

static const char plain[KEYS] = {
  [0x0d] = '\t', [0x0e] = '`',  [0x15] = 'q',  [0x16] = '1',  [0x1a] = 'z', [0x1b] = 's',
  [0x1c] = 'a',  [0x1d] = 'w',  [0x1e] = '2',  [0x21] = 'c',  [0x22] = 'x', [0x23] = 'd',
  [0x24] = 'e',  [0x25] = '4',  [0x26] = '3',  [0x29] = ' ',  [0x2a] = 'v', [0x2b] = 'f',
  [0x2c] = 't',  [0x2d] = 'r',  [0x2e] = '5',  [0x31] = 'n',  [0x32] = 'b', [0x33] = 'h',
  [0x34] = 'g',  [0x35] = 'y',  [0x36] = '6',  [0x3a] = 'm',  [0x3b] = 'j', [0x3c] = 'u',
  [0x3d] = '7',  [0x3e] = '8',  [0x41] = ',',  [0x42] = 'k',  [0x43] = 'i', [0x44] = 'o',
  [0x45] = '0',  [0x46] = '9',  [0x49] = '.',  [0x4a] = '/',  [0x4b] = 'l', [0x4c] = ';',
  [0x4d] = 'p',  [0x4e] = '-',  [0x52] = '\'', [0x54] = '[',  [0x55] = '=', [0x5a] = '\n',
  [0x5b] = ']',  [0x5d] = '\\', [0x61] = '<',  [0x66] = '\b', [0x76] = 27,
};

/* What shift makes of the keys that are not letters, pair by pair. */
static const char shifted[] = "`~1!2@3#4$5%6^7&8*9(0)-_=+[{]}\\|;:'\",<.>/?<>";

static struct {
  bool released, extended, shift, control, caps;
} held;

void
pv_keyboard_reset (void)
{
  bool caps = held.caps;
  memset (&held, 0, sizeof held);
  held.caps = caps;
}

static char
with_modifiers (char character)
{
  if (character >= 'a' && character <= 'z') {
    if (held.control)
      return (char)(character - 'a' + 1);
    return held.shift != held.caps ? (char)(character - 'a' + 'A') : character;
  }
  for (size_t i = 0; held.shift && i + 1 < sizeof shifted; i += 2)
    if (shifted[i] == character)
      return shifted[i + 1];
  return character;
}

char
pv_keyboard_byte (uint8_t byte)
{
  if (byte == RELEASED) {
    held.released = true;
    return 0;
  }
  if (byte == EXTENDED) {
    held.extended = true;
    return 0;
  }
  bool pressed = !held.released, extended = held.extended;
  held.released = held.extended = false;
  if ((byte == SHIFT_L || byte == SHIFT_R) && !extended)
    held.shift = pressed;
  else if (byte == CONTROL)
    held.control = pressed;
  else if (byte == CAPS_LOCK)
    held.caps ^= pressed;
  else if (pressed && byte < KEYS && (!extended || byte == 0x5a || byte == 0x4a))
    return with_modifiers (plain[byte]);
  return 0;
}
