/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "launcher/wire.h"
#include "rpc/error.h"

G_BEGIN_DECLS

#define FAULT_NAMESPACES_HINT \
  "Let the host's administrator start domicile-helper, or allow user namespaces (sysctl user.max_user_namespaces, " \
  "kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns)."

/* The error of the protocol that @fault stands for; (transfer full). */
GError *fault_to_error (const struct wire_fault *fault);

/* DMC_ERROR_UNSUPPORTED with data "needs": @needs; (transfer full). */
GError *unsupported_error (const char *needs, const char *hint, const char *message);

G_END_DECLS
