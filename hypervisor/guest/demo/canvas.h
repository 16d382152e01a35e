/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drawing for user processes. Everything that draws says whether it arrived: the display may be
 * elsewhere. */
#ifndef CANVAS_H
#define CANVAS_H

#include "font.h"
#include "user.h"

#define CANVAS_WIDTH_MAX   640 /* pixels of one row of anything drawn here */

/* Asks where the display is: false without one. */
bool canvas_look (struct display_info *info);
bool canvas_put (uint32_t x, uint32_t y, uint32_t width, uint32_t height, const uint32_t *pixels);
bool canvas_fill (uint32_t x, uint32_t y, uint32_t width, uint32_t height, uint32_t colour);

/* One line of text, each dot `scale` pixels wide and high. */
struct canvas_style {
  uint32_t scale, colour, background;
};
bool canvas_text (uint32_t x, uint32_t y, const struct canvas_style *style, const char *text);
/* Pixels that a character and the gap behind it take. */
static inline uint32_t
canvas_advance (const struct canvas_style *style)
{
  return (FONT_WIDTH + 1) * style->scale;
}

/* A colour between two: `part` of 256 on the way from a to b. */
uint32_t canvas_mix (uint32_t a, uint32_t b, uint32_t part);

#endif
