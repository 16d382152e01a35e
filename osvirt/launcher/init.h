/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/**
 * init_run:
 * @control: connected SEQPACKET socket that speaks enum init_verb; the view lives as long as its peer
 * @report: where to write @word, once a client is served
 * @word: a message
 * @size: its length
 *
 * Is pid 1 of a view: starts programs, reaps, and ends everything when the peer of @control goes. Every other
 * descriptor of this process is closed first.
 */
_Noreturn void init_run (int control, int report, const void *word, size_t size);
