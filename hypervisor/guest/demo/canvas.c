/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "canvas.h"

bool
canvas_look (struct display_info *info)
{
  return sys1 (SYS_display, (uint32_t)info) == 0;
}

bool
canvas_put (uint32_t x, uint32_t y, uint32_t width, uint32_t height, const uint32_t *pixels)
{
  struct display_block block = { x, y, width, height, width, pixels };
  return sys1 (SYS_draw, (uint32_t)&block) == 0;
}

bool
canvas_fill (uint32_t x, uint32_t y, uint32_t width, uint32_t height, uint32_t colour)
{
  uint32_t row[CANVAS_WIDTH_MAX];
  for (uint32_t i = 0; i < width && i < CANVAS_WIDTH_MAX; i++)
    row[i] = colour;
  for (uint32_t i = 0; i < height; i++)
    if (!canvas_put (x, y + i, width, 1, row))
      return false;
  return true;
}

static bool
dot (char character, uint32_t column, uint32_t line)
{
  if (character < ' ' || character > '~' || column >= FONT_WIDTH)
    return false;
  return font[character - ' '][line] >> (FONT_WIDTH - 1 - column) & 1;
}

bool
canvas_text (uint32_t x, uint32_t y, const struct canvas_style *style, const char *text)
{
  uint32_t row[CANVAS_WIDTH_MAX];
  uint32_t advance = canvas_advance (style), width = (uint32_t)strlen (text) * advance;
  if (width > CANVAS_WIDTH_MAX)
    width = CANVAS_WIDTH_MAX;
  for (uint32_t line = 0; line < FONT_HEIGHT * style->scale; line++) {
    for (uint32_t i = 0; i < width; i++)
      row[i] = dot (text[i / advance], i % advance / style->scale, line / style->scale)
                   ? style->colour
                   : style->background;
    if (!canvas_put (x, y + line, width, 1, row))
      return false;
  }
  return true;
}

uint32_t
canvas_mix (uint32_t a, uint32_t b, uint32_t part)
{
  uint32_t mixed = 0;
  for (uint32_t shift = 0; shift < 24; shift += 8) {
    uint32_t from = a >> shift & 255, to = b >> shift & 255;
    mixed |= (from * (256 - part) + to * part) / 256 << shift;
  }
  return mixed;
}
