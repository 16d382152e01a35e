/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* The Storage page: a card for each volume. */
#define DMC_TYPE_STORAGE_PAGE (dmc_storage_page_get_type ())
G_DECLARE_FINAL_TYPE (DmcStoragePage, dmc_storage_page, DMC, STORAGE_PAGE, GtkBin)

GtkWidget *dmc_storage_page_new (DmcHost *host);

G_END_DECLS
