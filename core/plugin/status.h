/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <handy.h>

G_BEGIN_DECLS

/* Fills a status page, and tells assistive tools too, which HdyStatusPage itself keeps its words
 * from. */
void dmc_status_show (HdyStatusPage *page, const char *title, const char *description);

G_END_DECLS
