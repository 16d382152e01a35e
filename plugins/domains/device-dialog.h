/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/**
 * dmc_device_dialog_run:
 * @host: (transfer none): for the hypervisor, errors and the window
 *
 * Shows what the device was started from: who signed it, versions and hashes of all images; and has the device sign that
 * as an answer to a question of this moment.
 */
void dmc_device_dialog_run (DmcHost *host);

G_END_DECLS
