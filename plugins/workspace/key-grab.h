/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Where the keys are that a window manager keeps for itself, as Alt+Tab and Super. */
typedef enum {
  DMC_KEYS_HERE,       /* with the computer: the pointer or the focus is elsewhere, or nobody wants them */
  DMC_KEYS_GIVEN_BACK, /* with the computer, because Ctrl+Alt gave them back */
  DMC_KEYS_TAKEN,      /* with the picture */
} DmcKeys;

#define DMC_TYPE_KEY_GRAB (dmc_key_grab_get_type ())
G_DECLARE_FINAL_TYPE (DmcKeyGrab, dmc_key_grab, DMC, KEY_GRAB, GObject)

DmcKeyGrab *dmc_key_grab_new (GtkWidget *picture);
void dmc_key_grab_set_wanted (DmcKeyGrab *self, gboolean wanted);
DmcKeys dmc_key_grab_get_keys (DmcKeyGrab *self);

G_END_DECLS
