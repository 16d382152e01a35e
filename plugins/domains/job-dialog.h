/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/**
 * DmcJobWords:
 * @title: what goes on, for the dialog
 * @failure: the sentence's beginning in case it fails
 * @done: what is said when it is done
 *
 * What the user is told of a job.
 */
typedef struct {
  char *title;
  char *failure;
  char *done;
} DmcJobWords;

/* Starts long work of the control endpoint and shows how far it is, with a way to cancel it.
 * @params: (transfer full); the texts of @words: (transfer full) */
void dmc_job_dialog_start (DmcHost *host, const char *method, JsonNode *params, DmcJobWords words);

G_END_DECLS
