/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/**
 * init_run:
 * @control: connected SEQPACKET socket that speaks enum init_verb; the view lives as long as its peer
 *
 * Is pid 1 of a view: starts programs, reaps, and ends everything when the peer of @control goes. Every other
 * descriptor of this process is closed first.
 */
_Noreturn void init_run (int control);
