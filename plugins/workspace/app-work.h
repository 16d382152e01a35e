/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* Shows how far the installation or removal of an app is, with a way to cancel it; hidden while there is none.
 * Signals: "untrusted" (char *signer): a bundle was refused because the workspace does not know who signed it;
 *          "failed" (char *text): it went wrong; who listens shows it, in place of the host's window;
 *          "ended" (): it is over, well or badly. */
#define DMC_TYPE_APP_WORK (dmc_app_work_get_type ())
G_DECLARE_FINAL_TYPE (DmcAppWork, dmc_app_work, DMC, APP_WORK, GtkRevealer)

void     dmc_app_work_start (DmcAppWork *self, DmcHost *host, const char *method, JsonNode *params, const char *title,
                             const char *failure);
void     dmc_app_work_take_over (DmcAppWork *self, DmcAppWork *other);
void     dmc_app_work_set_success (DmcAppWork *self, const char *text);
gboolean dmc_app_work_is_running (DmcAppWork *self);

G_END_DECLS
