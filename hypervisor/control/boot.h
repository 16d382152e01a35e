/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was verified when the machine started. */
#ifndef CONTROL_BOOT_H
#define CONTROL_BOOT_H

#include "json-write.h"

/* Writes the member `secure_boot` of host.info. */
void boot_write (struct json_writer *out);

#endif
