/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The display (PL111): registers, and their values for its one mode. */
#ifndef HV_DISPLAY_H
#define HV_DISPLAY_H

#include "board.h"

#define LCD_TIMING0 0x00
#define LCD_TIMING1 0x04
#define LCD_TIMING2 0x08
#define LCD_BASE    0x10
#define LCD_CONTROL 0x18

#define LCD_TIMING0_VALUE ((BOARD_PICTURE_WIDTH / 16 - 1) << 2 | 0x3f1f3f00)
#define LCD_TIMING1_VALUE ((BOARD_PICTURE_HEIGHT - 1) | 0x090b6000)
#define LCD_TIMING2_VALUE ((BOARD_PICTURE_WIDTH - 1) << 16 | 0x1800)

/* Enabled, powered, TFT, red in the high byte; 24 bits in a word, or 5:6:5. */
#define LCD_CONTROL_BASE  (1u | 1u << 5 | 1u << 8 | 1u << 11)
#define LCD_CONTROL_24BPP (LCD_CONTROL_BASE | 5u << 1)
#define LCD_CONTROL_16BPP (LCD_CONTROL_BASE | 6u << 1)

#endif
