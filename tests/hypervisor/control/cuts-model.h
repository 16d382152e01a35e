/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hypervisor that accepts whatever the control domain does with a domain that it restores. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The image of this header (struct pv_state_header) is on the machine. */
void model_know (const void *header);
/* What comes over the channel for states from now on. The bytes stay the caller's. */
void model_send (const void *bytes, size_t length);
/* Domains that were made and not destroyed. */
uint32_t model_domains (void);
