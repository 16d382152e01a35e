/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "launcher/wire.h"
#include "rpc/error.h"

G_BEGIN_DECLS

/* The error of the protocol that @fault stands for; (transfer full). */
GError *fault_to_error (const struct wire_fault *fault);

/* DMC_ERROR_UNSUPPORTED with data "needs": @needs; (transfer full). */
GError *unsupported_error (const char *needs, const char *hint, const char *message);

G_END_DECLS
