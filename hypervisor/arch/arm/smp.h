/* SPDX-License-Identifier: GPL-2.0-or-later */
/* More than one processor: starting them, stopping them, and what their number changes in the code. */
#ifndef HV_ARCH_SMP_H
#define HV_ARCH_SMP_H

#include <stdint.h>

/* Puts the lock into entry.S when the machine has more processors than one; text must be writable. */
void hv_smp_prepare (void);
/* Of the processor that calls. */
void hv_smp_init_cpu (uint32_t id);
/* Does not return when another processor has panicked. */
void hv_smp_check_stop (void);

#endif
