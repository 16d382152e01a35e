/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Xen's shared rings (<xen/io/ring.h>) need these before they are included. */
#ifndef PV_LIB_RING_H
#define PV_LIB_RING_H

#include "pv.h"

#define xen_mb()  __atomic_thread_fence (__ATOMIC_SEQ_CST)
#define xen_rmb() __atomic_thread_fence (__ATOMIC_ACQUIRE)
#define xen_wmb() __atomic_thread_fence (__ATOMIC_RELEASE)

#include <xen/grant_table.h>
#include <xen/io/ring.h>

#endif
