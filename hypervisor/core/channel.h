/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The byte channel between control domain and host (pv/channel.h). */
#ifndef HV_CHANNEL_H
#define HV_CHANNEL_H

void hv_channel_init (void);

#endif
