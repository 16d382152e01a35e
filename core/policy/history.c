/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a subject has done, in a form that outlives the policy it was done under. */
#include "policy/model.h"

uint32_t
pol_history_export (const struct pol_engine *engine, uint32_t subject, struct pol_history *history)
{
  const struct pol_image *image = engine->image;
  uint32_t integrity = engine->states[subject].integrity;

  history->integrity
      = integrity < image->header->n_integrity ? image->integrity[integrity] : POL_NO_NAME;
  history->lowered = integrity < image->subjects[subject].integrity;
  history->n_datasets = 0;
  for (uint32_t i = 0; i < image->header->n_datasets; i++)
    if (pol_history_has (engine, subject, i))
      history->datasets[history->n_datasets++] = image->datasets[i];
  return (uint32_t)(offsetof (struct pol_history, datasets)
                    + history->n_datasets * sizeof history->datasets[0]);
}

/* Where a name stands in a list of them, or @n. */
static uint32_t
find_name (const uint32_t *names, uint32_t n, uint32_t name)
{
  uint32_t i = 0;

  while (i < n && names[i] != name)
    i++;
  return i;
}

bool
pol_history_import (struct pol_engine *engine, uint32_t subject, const struct pol_history *history)
{
  const struct pol_image *image = engine->image;
  uint32_t n = image->header->n_integrity;

  if (history->n_datasets > POL_MAX_DATASETS)
    return false;
  for (uint32_t i = 0; i < history->n_datasets; i++) {
    uint32_t dataset = find_name (image->datasets, image->header->n_datasets, history->datasets[i]);

    if (dataset < image->header->n_datasets)
      pol_history_add (engine, subject, dataset);
  }
  if (history->lowered) {
    uint32_t level = find_name (image->integrity, n, history->integrity);

    /* A level that is no more says nothing good about the subject. */
    pol_integrity_lower (engine, subject, level < n ? level : 0);
  }
  return true;
}
