/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* One volume: what it is, how full it is, and the workspaces on it. */
#define DMC_TYPE_VOLUME_CARD (dmc_volume_card_get_type ())
G_DECLARE_FINAL_TYPE (DmcVolumeCard, dmc_volume_card, DMC, VOLUME_CARD, GtkBin)

GtkWidget *dmc_volume_card_new (DmcHost *host, DmcVolume *volume);

G_END_DECLS
