/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record of refused operations: the last HV_AUDIT of them, numbered since boot. */
#ifndef HV_AUDIT_H
#define HV_AUDIT_H

#include <stdint.h>
#include <policy/classes.h>

struct hv_domain;

/* What was refused: a permission of the policy's classes, and whether it was the policy that did.
 */
#define HV_AUDIT_OF(class, permission)                                                             \
  ((uint32_t)POL_CLASS_##class << 8 | (uint32_t)POL_##class##_##permission)
#define HV_AUDIT_POLICY 0x10000u

/* `object` is NULL for the machine; `detail` explains it, `result` is what the caller got. */
void hv_audit (const struct hv_domain *subject,
               const struct hv_domain *object,
               uint32_t what,
               uint32_t detail,
               int32_t result);
/*
 * The running vCPU's hypercall ends with `result`, which is returned. Recorded, unless it has been already,
 * or tells of no wrong argument; not of the control domain, which asks for what others may have ended.
 */
long hv_refused (uint32_t what, uint32_t detail, long result);
/* Copies records with seq >= since to the caller's memory; -> how many, or a negative error. */
long hv_audit_read (uint64_t since, uint32_t buffer, uint32_t records);

/* Number of the record that will come next. */
uint64_t hv_audit_next (void);

#endif
