/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A dot-matrix face, for demonstrations and for the boot ROM: rows from the top, the left dot in bit 4. */
#ifndef FONT_H
#define FONT_H

#include <stdint.h>

#define FONT_WIDTH  5
#define FONT_HEIGHT 7

extern const uint8_t font[95][FONT_HEIGHT]; /* from ' ' on */

#endif
