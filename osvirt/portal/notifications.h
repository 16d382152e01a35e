/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "portal/buses.h"

G_BEGIN_DECLS

/* The notifications of a workspace's apps on the host's desktop. */
typedef struct Notifications Notifications;

/* Puts the service on @buses->inside, whose name is asked for by the caller. @buses must outlive it. */
Notifications *notifications_new (const PortalBuses *buses, GError **error);
/* Takes off the host's desktop what is still shown there. */
void           notifications_end (Notifications *self);

G_END_DECLS
