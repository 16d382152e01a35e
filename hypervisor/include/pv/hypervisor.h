/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All of the hypervisor's public interface that is not Xen's; docs/hypercalls.md has it call by
 * call. Before any header of Xen. The parts that it is made of are for who needs no more.
 */
#ifndef PV_HYPERVISOR_H
#define PV_HYPERVISOR_H

#include <pv/arch.h>
#include <pv/channel.h>
#include <pv/control.h>
#include <pv/device.h>
#include <pv/guard.h>
#include <pv/hid.h>
#include <pv/io.h>
#include <pv/policy.h>
#include <pv/state.h>
#include <pv/stream.h>

#endif
