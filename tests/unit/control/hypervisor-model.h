/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A model of the hypervisor's domain control: enough of its rules to test who talks to it. */
#pragma once

#include "port.h"

#define MODEL_MEMORY_KIB 65536u

void model_reset (void);
/* The same for the back ends alone. */
void model_reset_devices (void);
uint32_t model_free_kib (void);
/* What making a domain anew comes to; 0 after a reset. */
extern long model_rebuild_error;
/* Appends to what domain `id` wrote on its console. */
void model_console_print (uint32_t id, const void *bytes, size_t length);
/* What was typed on the console of domain `id` since the last call; ends with a zero. */
const char *model_console_typed (uint32_t id);
void model_crash (uint32_t id);
/* What domain `from` has done with the others from now on. */
void model_flow (uint32_t from, uint32_t to, uint32_t events, uint32_t grants, uint32_t frames);
/* How often the control domain wanted to start anew. */
uint32_t model_restarts (void);
void model_advance_ms (uint64_t ms);
