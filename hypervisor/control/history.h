/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What subjects of a label have accessed goes with a domain that is saved or moved: who has seen one side of
 * the Chinese Wall does not see the other one elsewhere. */
#ifndef CONTROL_HISTORY_H
#define CONTROL_HISTORY_H

#include "base.h"
#include <pv/control.h>

/* Sends the record, where there is something to tell. */
void history_send (const char label[PV_NAME_MAX]);
/* Adds a record to what is known here. -> false: it cannot be. */
bool history_take (const char label[PV_NAME_MAX], const void *payload, size_t length);

#endif
