/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy is read, asked and replaced at run time. */
#ifndef HV_SECURITY_LOAD_H
#define HV_SECURITY_LOAD_H

#include <stdbool.h>
#include <stdint.h>

struct hv_vcpu;

/* xsm_op: see pv/policy.h. */
long hv_policy_op (struct hv_vcpu *vcpu, const uint32_t *args);
/* Goes on with taking back what a policy that took over does not allow; -> whether that is done. */
bool hv_policy_settle (void);

#endif
