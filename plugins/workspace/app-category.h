/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The main categories of the Desktop Menu Specification. */
const char *dmc_app_category_text (const char *category);

G_END_DECLS
