/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Display and input (pv/hid.h): which domain has the focus, and whose picture is which. The board
 * (platform.h) has the devices; the processor's part has the window through which a guest sees
 * them.
 */
#ifndef HV_HID_H
#define HV_HID_H

#include <stdint.h>

struct hv_domain;

void hv_hid_init (void);
/* A domain runs no more: it loses the focus and keeps its picture. */
void hv_hid_domain_ended (struct hv_domain *domain);
/* A domain goes: its picture goes too. */
void hv_hid_domain_gone (struct hv_domain *domain);
/* PV_DOMAIN_FOCUS and PV_DOMAIN_DISPLAY of a domain, for its info. */
uint32_t hv_hid_flags (const struct hv_domain *domain);

struct hv_review;
/* Asks again who may have a picture and the focus, and takes them from those who may not
   (security/review.h). */
void hv_hid_review (struct hv_review *review);

#endif
