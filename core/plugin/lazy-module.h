/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gpointer dmc_lazy_module_symbol (gconstpointer beside,
                                 const char   *module,
                                 const char   *symbol,
                                 GError      **error);

G_END_DECLS
