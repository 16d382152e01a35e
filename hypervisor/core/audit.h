/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record of refused operations: the last HV_AUDIT of them, numbered since boot. */
#ifndef HV_AUDIT_H
#define HV_AUDIT_H

#include <stdint.h>

struct hv_domain;

#define HV_AUDIT_MACHINE 0xffffffffu

void hv_audit (const struct hv_domain *subject, uint32_t object, uint32_t detail, int32_t result);
/* Copies records with seq >= since to the caller's memory; -> how many, or a negative error. */
long hv_audit_read (uint64_t since, uint32_t buffer, uint32_t records);

#endif
