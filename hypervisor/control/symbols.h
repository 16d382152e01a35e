/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for addresses in a kernel, from the symbol table that its image carries in flash. */
#ifndef CONTROL_SYMBOLS_H
#define CONTROL_SYMBOLS_H

#include "base.h"

#define SYMBOL_NAME_MAX 64

/* Finds an image by its name; -> its number, or UINT32_MAX. */
uint32_t symbols_of_image (const char *name);
/* The function of image `index` that an address lies in. -> false: nobody knows. */
bool symbols_find (uint32_t index, uint32_t address, char name[SYMBOL_NAME_MAX], uint32_t *offset);

#endif
