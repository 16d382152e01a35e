/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The channels: streams of bytes between the control domain and the host. The device does DMA, so
 * that the hypervisor alone drives it and copies. The first carries requests, the second the states
 * of domains.
 *
 *   long channel_op (uint32_t cmd, void *buffer, uint32_t length);   hypercall 48
 *
 * PV_VIRQ_CHANNEL is raised when bytes came, when room for writing came back, and when the host
 * connected or left. None of the calls blocks.
 */
#ifndef PV_CHANNEL_H
#define PV_CHANNEL_H

#define PV_CHANNEL_READ   0 /* -> bytes read, 0: none there now */
#define PV_CHANNEL_WRITE  1 /* -> bytes taken, 0: no room now, or nobody is connected */
#define PV_CHANNEL_STATUS 2 /* -> PV_CHANNEL_CONNECTED or 0; buffer and length are not used */

#define PV_CHANNEL_STATE  0x100 /* with one of the above: of the second channel */

#define PV_CHANNEL_CONNECTED 1
/* Most bytes that one call moves. */
#define PV_CHANNEL_MAX 16384

#endif
