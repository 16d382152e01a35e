/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cuts-model.h"

#include <glib.h>
#include <pv/stream.h>
#include <xen/errno.h>

#include "device-methods.h"
#include "events.h"
#include "history.h"
#include "sched-methods.h"
#include "state.h"

#define PICTURE_STRIDE 4096u

uint32_t state_frames[STATE_PAGES_MAX];

static struct pv_state_header known;
static const guint8 *bytes;
static size_t left;
static uint32_t domains;

void
model_know (const void *header)
{
  memcpy (&known, header, sizeof known);
}

void
model_send (const void *data, size_t length)
{
  bytes = data;
  left = length;
}

uint32_t
model_domains (void)
{
  return domains;
}

/* ---- the channel ---- */

long
port_state_read (void *buffer, size_t size)
{
  size_t part = MIN (size, left);

  memcpy (buffer, bytes, part);
  bytes += part;
  left -= part;
  return (long)part;
}

long
port_state_write (const void *data, size_t length)
{
  return (long)length;
}

/* ---- the machine ---- */

long
port_domctl (struct pv_domctl *op)
{
  domains += op->cmd == PV_DOMCTL_CREATE;
  domains -= op->cmd == PV_DOMCTL_DESTROY;
  op->domain = 1;
  return 0;
}

long
port_sysctl (struct pv_sysctl *op)
{
  if (op->cmd != PV_SYSCTL_IMAGE || op->index > 0) {
    return -XEN_ENOENT;
  }
  memcpy (op->u.image.name, known.image, sizeof op->u.image.name);
  memcpy (op->u.image.sha256, known.image_sha256, sizeof op->u.image.sha256);
  return 0;
}

long
port_pages (uint32_t cmd, uint32_t id, uint32_t *frames, void *data, uint32_t count)
{
  return 0;
}

long
port_vcpu (uint32_t cmd, uint32_t id, uint32_t vcpu, struct pv_vcpu_context *context)
{
  return 0;
}

void
port_display_mode (struct pv_hid_mode *mode)
{
  *mode = (struct pv_hid_mode){ .stride = PICTURE_STRIDE };
}

long
port_picture_write (uint32_t id, uint32_t row, uint32_t rows, const char *buffer)
{
  return 0;
}

long
state_list_frames (uint32_t id, uint32_t pages)
{
  for (uint32_t i = 0; i < pages; i++) {
    state_frames[i] = 0x60000 + i;
  }
  return 0;
}

/* ---- the rest of the control domain ---- */

long
devices_give (uint32_t domain, const struct pv_device_config configs[PV_DEVICES_MAX], uint32_t *which)
{
  return 0;
}

bool
devices_detach (uint32_t domain)
{
  return true;
}

long
sched_apply (uint32_t domain, const struct sched_wish *wish)
{
  return 0;
}

bool
history_take (const char label[PV_NAME_MAX], const void *payload, size_t length)
{
  return true;
}

bool
domain_next (uint32_t from, struct domain *domain)
{
  return false;
}

void
domain_make_uuid (uint8_t uuid[16])
{
  memset (uuid, 1, 16);
}

void
events_scan_soon (void)
{
}

void
state_refocus (uint32_t id)
{
}
