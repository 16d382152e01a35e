/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "history.h"

#include <xen/errno.h>
#include "policy/image.h"
#include "port.h"
#include "stream.h"

static struct pv_policy_op
operation (uint32_t cmd, const char label[PV_NAME_MAX], uint32_t *datasets)
{
  struct pv_policy_op op = { .cmd = cmd };

  memcpy (op.u.history.label, label, sizeof op.u.history.label);
  op.u.history.buffer = (uint32_t)(uintptr_t)datasets;
  op.u.history.count = POL_MAX_DATASETS;
  return op;
}

void
history_send (const char label[PV_NAME_MAX])
{
  uint32_t *record = stream_begin ();
  struct pv_policy_op op = operation (PV_POLICY_HISTORY, label, record + 1);

  if (port_policy (&op) == 0 && (op.u.history.count > 0 || op.u.history.integrity != 0)) {
    record[0] = op.u.history.integrity;
    stream_end (PV_RECORD_HISTORY, (1 + op.u.history.count) * sizeof *record);
  }
}

bool
history_take (const char label[PV_NAME_MAX], const void *payload, size_t length)
{
  static uint32_t record[1 + POL_MAX_DATASETS];
  struct pv_policy_op op = operation (PV_POLICY_ADD_HISTORY, label, record + 1);
  long error;

  if (length < sizeof record[0] || length > sizeof record || length % sizeof record[0] != 0) {
    return false;
  }
  memcpy (record, payload, length);
  op.u.history.count = (uint32_t)(length / sizeof record[0] - 1);
  op.u.history.integrity = record[0];
  error = port_policy (&op);
  return error == 0 || error == -XEN_ENODATA; /* the built-in rules have no wall */
}
