/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "security/ask.h"

#include "core/string.h"
#include <pv/control.h>
#include <xen/errno.h>
#include "arch/arch.h"
#include "core/units.h"

_Static_assert(POL_N_MODELS <= PV_POLICY_MODELS, "a verdict for each model");
_Static_assert(sizeof (struct pol_verdict) <= sizeof (struct pv_policy_verdict), "verdicts");

long
hv_policy_status (struct pv_policy_op *op)
{
  op->sequence = hv_policy_sequence;
  op->u.status.state = hv_policy_state ();
  op->u.status.size = hv_policy ? hv_policy->size : 0;
  op->u.status.loaded_us = hv_policy ? hv_ticks_to_us (hv_policy->loaded) : 0;
  return 0;
}

long
hv_policy_read (struct pv_policy_op *op)
{
  uint32_t offset = op->u.part.offset, length = op->u.part.length;
  if (!hv_policy)
    return -XEN_ENODATA;
  if (offset > hv_policy->size)
    offset = hv_policy->size;
  if (length > hv_policy->size - offset)
    length = hv_policy->size - offset;
  if (length > PV_POLICY_PART)
    length = PV_POLICY_PART;
  op->sequence = hv_policy_sequence;
  op->u.part.length = length;
  return hv_copy_to_guest (op->u.part.buffer, (const uint8_t *)hv_policy->data + offset, length);
}

/* Budgets are each domain's own: what is said about them here is that of one that has used nothing. */
long
hv_policy_check (struct pv_policy_op *op)
{
  struct pol_request request;
  struct pol_explanation explanation;
  bool cached;
  if (!hv_policy)
    return -XEN_ENODATA;
  if (op->sequence != hv_policy_sequence)
    return -XEN_EBUSY;
  struct pol_engine *engine = hv_policy->engine;
  if (!pol_request_init (&request, engine, op->u.check.subject, op->u.check.object,
                         op->u.check.cls, op->u.check.permissions))
    return -XEN_EINVAL;
  pol_query (engine, &request, &cached);
  uint32_t active = engine->active;
  engine->active = hv_policy->bundle.image.header->models;
  pol_explain (engine, &request, &explanation);
  engine->active = active;
  op->u.check.allowed = explanation.allowed;
  op->u.check.cached = cached;
  op->u.check.active = explanation.active;
  for (uint32_t i = 0; i < POL_N_MODELS; i++)
    if ((explanation.active >> i & 1) != 0)
      op->u.check.verdict[i]
          = (struct pv_policy_verdict){ .allowed = explanation.verdicts[i].allowed,
                                        .dynamic = explanation.verdicts[i].dynamic,
                                        .reason = explanation.verdicts[i].reason,
                                        .detail = explanation.verdicts[i].detail };
  return 0;
}

/* ---- histories ---- */

/* Where an id stands in a list; `count`: nowhere. */
static uint32_t
find_id (const uint32_t *ids, uint32_t count, uint32_t id)
{
  uint32_t i = 0;
  while (i < count && ids[i] != id)
    i++;
  return i;
}

static void
add_dataset (const struct hv_policy *policy, uint32_t subject, uint32_t id)
{
  const struct pol_image *image = &policy->bundle.image;
  uint32_t dataset = find_id (image->datasets, image->header->n_datasets, id);
  if (dataset < image->header->n_datasets)
    pol_history_add (policy->engine, subject, dataset);
}

/* A level that is no more says nothing good about the subject. */
static void
lower (const struct hv_policy *policy, uint32_t subject, uint32_t id)
{
  const struct pol_image *image = &policy->bundle.image;
  uint32_t level = find_id (image->integrity, image->header->n_integrity, id);
  pol_integrity_lower (policy->engine, subject, level < image->header->n_integrity ? level : 0);
}

/* The id of the level that a subject has sunk to; 0: to none. */
static uint32_t
sunk_to (const struct hv_policy *policy, uint32_t subject)
{
  const struct pol_image *image = &policy->bundle.image;
  uint32_t level = pol_integrity_get (policy->engine, subject);
  return level != image->subjects[subject].integrity ? image->integrity[level] : 0;
}

void
hv_history_copy (const struct hv_policy *from,
                 uint32_t from_subject,
                 const struct hv_policy *to,
                 uint32_t to_subject)
{
  const struct pol_image *image = &from->bundle.image;
  uint32_t level = sunk_to (from, from_subject);
  for (uint32_t i = 0; i < image->header->n_datasets; i++)
    if (pol_history_has (from->engine, from_subject, i))
      add_dataset (to, to_subject, image->datasets[i]);
  if (level != 0)
    lower (to, to_subject, level);
}

static long
subject_of (const char label[32], uint32_t *subject)
{
  if (!hv_policy)
    return -XEN_ENODATA;
  const struct pol_label *found = label[31] == 0 ? hv_policy_label (label) : NULL;
  if (!found || found->subject == POL_NONE)
    return -XEN_ESRCH;
  *subject = found->subject;
  return 0;
}

long
hv_policy_history (struct pv_policy_op *op)
{
  uint32_t subject, count = 0;
  long error = subject_of (op->u.history.label, &subject);
  if (error)
    return error;
  const struct pol_image *image = &hv_policy->bundle.image;
  for (uint32_t i = 0; i < image->header->n_datasets; i++)
    if (pol_history_has (hv_policy->engine, subject, i)) {
      if (count < op->u.history.count
          && hv_copy_to_guest (op->u.history.buffer + count * sizeof (uint32_t),
                               &image->datasets[i], sizeof (uint32_t)))
        return -XEN_EFAULT;
      count++;
    }
  op->u.history.count = count;
  op->u.history.integrity = sunk_to (hv_policy, subject);
  return 0;
}

long
hv_policy_add_history (struct pv_policy_op *op)
{
  uint32_t subject, id;
  long error = subject_of (op->u.history.label, &subject);
  if (error)
    return error;
  if (op->u.history.count > POL_MAX_DATASETS)
    return -XEN_E2BIG;
  for (uint32_t i = 0; i < op->u.history.count; i++) {
    if (hv_copy_from_guest (&id, op->u.history.buffer + i * sizeof id, sizeof id))
      return -XEN_EFAULT;
    add_dataset (hv_policy, subject, id);
  }
  if (op->u.history.integrity != 0)
    lower (hv_policy, subject, op->u.history.integrity);
  return 0;
}
