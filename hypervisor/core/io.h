/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's disk and network for the control domain (pv/io.h): checks requests, holds the
 * frames that a device works on, and hands the rest to the board.
 */
#ifndef HV_IO_H
#define HV_IO_H

#include <stdint.h>

struct hv_vcpu;

/* Looks for the devices. */
void hv_io_init (void);
/* Takes everything back from the devices, without completions: the control domain is going. */
void hv_io_reset (void);
long hv_io_op (struct hv_vcpu *vcpu, const uint32_t *args);

#endif
