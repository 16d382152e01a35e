/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every target defines; who calls it is libFuzzer or replay.c. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <glib.h>

/* Aborts where something is wrong with what the project makes of these bytes. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
