/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* Makes a new domain from one of the device's images, with what memory is free as the limit.
 * Signal "created" (gint64 id); the dialog closes itself. */
#define DMC_TYPE_CREATE_DOMAIN_DIALOG (dmc_create_domain_dialog_get_type ())
G_DECLARE_FINAL_TYPE (
    DmcCreateDomainDialog, dmc_create_domain_dialog, DMC, CREATE_DOMAIN_DIALOG, GtkDialog)

GtkWidget *dmc_create_domain_dialog_new (DmcHost *host);

G_END_DECLS
