/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "device.h"

#include <xen/errno.h>

#include "backends.h"
#include "grant.h"
#include "pv.h"

#define GUESTS_MAX  (PV_DOMAINS_MAX - 1)
#define PATIENCE_NS 2000000000ull /* nothing else is served meanwhile */

struct guest {
  uint32_t id; /* 0: a free place; the control domain is no guest */
  struct pv_device_page *page;
  uint32_t port; /* of its device page */
  bool again;    /* what leaves is to come back when it has */
  struct device device[PV_DEVICES_MAX];
};

static const struct device_driver *const drivers[] = { &block_back_driver, &network_driver };
static struct guest guests[GUESTS_MAX];
static uint32_t closing; /* devices whose drivers still have requests under way */

static struct guest *
find_guest (uint32_t id)
{
  for (size_t i = 0; i < GUESTS_MAX; i++) {
    if (guests[i].id == id) {
      return &guests[i];
    }
  }
  return NULL;
}

const struct device *
device_get (uint32_t domain, uint32_t slot)
{
  struct guest *guest = domain != 0 ? find_guest (domain) : NULL;

  return guest != NULL && guest->device[slot].driver != NULL ? &guest->device[slot] : NULL;
}

/* ---- states ---- */

/* The state is written last: with it everything else is valid. */
static void
set_state (struct guest *guest, struct device *device, uint32_t state)
{
  struct pv_device_back *shared = &guest->page->slot[device->slot].back;
  struct pv_device_back copy = device->back;

  device->back.state = state;
  copy.state = shared->state;
  *(volatile struct pv_device_back *)shared = copy;
  __atomic_store_n (&shared->state, state, __ATOMIC_RELEASE);
  pv_event_send (guest->port);
}

void
device_notify (const struct device *device)
{
  pv_event_send (device->port);
}

static void
close_port (struct device *device)
{
  struct evtchn_close close = { .port = device->port };

  if (device->port != 0) {
    pv_event_set_handler (device->port, NULL, NULL);
    pv_event_channel_op (EVTCHNOP_close, &close);
    device->port = 0;
  }
}

/* Goes on with closing as far as it is possible now. */
static void
finish_closing (struct guest *guest, struct device *device)
{
  if (!device->closing || !device->driver->disconnect (device)) {
    return;
  }
  device->closing = false;
  closing--;
  close_port (device);
  set_state (guest, device, XenbusStateClosed);
}

static void
begin_closing (struct guest *guest, struct device *device, long error)
{
  device->closing = true;
  closing++;
  device->back.error = (int32_t)error;
  set_state (guest, device, XenbusStateClosing);
  finish_closing (guest, device);
}

static void
on_event (uint32_t port, void *data)
{
  struct device *device = data;

  (void)port;
  if (!device->closing) {
    device->driver->event (device);
  }
}

/* 0, or a negative error with nothing left open. */
static long
try_connect (struct guest *guest, struct device *device)
{
  struct evtchn_bind_interdomain bind = { .remote_dom = (domid_t)guest->id };
  long error;

  device->front = *(volatile struct pv_device_front *)&guest->page->slot[device->slot].front;
  bind.remote_port = device->front.event_channel;
  error = pv_event_channel_op (EVTCHNOP_bind_interdomain, &bind);
  if (error != 0) {
    return error;
  }
  device->port = bind.local_port;
  error = device->driver->connect (device);
  if (error != 0) {
    close_port (device);
    return error;
  }
  pv_event_set_handler (device->port, on_event, device);
  return 0;
}

static void
connect (struct guest *guest, struct device *device)
{
  long error = try_connect (guest, device);

  device->back.error = (int32_t)error;
  set_state (guest, device, error == 0 ? XenbusStateConnected : XenbusStateClosed);
  if (error != 0) {
    device->errors++;
  } else {
    device->driver->event (device); /* what it asked for before we listened */
  }
}

/* What the front end says now, and what follows from it at once. */
static void
step (struct guest *guest, struct device *device)
{
  uint32_t front = __atomic_load_n (&guest->page->slot[device->slot].front.state, __ATOMIC_ACQUIRE);

  if (device->closing) {
    finish_closing (guest, device);
  }
  switch (device->back.state) {
  case XenbusStateInitWait:
    if (front == XenbusStateInitialised) {
      connect (guest, device);
    }
    break;
  case XenbusStateConnected:
    if (front != XenbusStateInitialised && front != XenbusStateConnected) {
      begin_closing (guest, device, 0);
    }
    break;
  case XenbusStateClosed:
    if ((front == XenbusStateInitialising || (front == XenbusStateClosed && device->stale)) && !device->leaving) {
      device->back.error = 0;
      device->stale = false;
      set_state (guest, device, XenbusStateInitWait);
    }
    break;
  default:
    break;
  }
}

static void
look (struct guest *guest, struct device *device)
{
  uint32_t before;

  do {
    before = device->back.state;
    step (guest, device);
  } while (device->back.state != before);
}

static void
on_change (uint32_t port, void *data)
{
  struct guest *guest = data;

  (void)port;
  for (uint32_t slot = 0; slot < PV_DEVICES_MAX; slot++) {
    if (guest->device[slot].driver != NULL) {
      look (guest, &guest->device[slot]);
    }
  }
}

void
device_fail (struct device *device, long error, const char *what)
{
  struct guest *guest = find_guest (device->guest);

  device->errors++;
  if (!device->closing) {
    pv_printf ("domain %u: %s %s is closed: %s\n", device->guest, device->driver->kind,
               device->config.name, what);
    begin_closing (guest, device, error);
  }
}

/* ---- guests ---- */

static const struct device_driver *
driver_of (uint32_t type)
{
  for (size_t i = 0; i < ARRAY_LENGTH (drivers); i++) {
    if ((uint32_t)drivers[i]->type == type) {
      return drivers[i];
    }
  }
  return NULL;
}

/* A front end that is connected already knows another back end, which ended: it is told so. */
static void
announce (struct guest *guest, struct device *device)
{
  uint32_t front = __atomic_load_n (&guest->page->slot[device->slot].front.state, __ATOMIC_ACQUIRE);

  device->stale = front == XenbusStateConnected || front == XenbusStateClosing;
  set_state (guest, device, device->stale ? XenbusStateClosed : XenbusStateInitWait);
}

static long
add_device (struct guest *guest, uint32_t slot, const struct pv_device_config *config)
{
  struct device *device = &guest->device[slot];
  long error;

  memset (device, 0, sizeof *device);
  device->driver = driver_of (config->type);
  if (device->driver == NULL) {
    return -XEN_EOPNOTSUPP;
  }
  device->guest = guest->id;
  device->slot = slot;
  device->config = *config;
  device->back.type = config->type;
  memcpy (device->back.name, config->name, sizeof config->name - 1);
  error = device->driver->offer (device);
  if (error != 0) {
    device->driver = NULL;
  }
  return error;
}

/* Maps the guest's device page and listens to its port. */
static long
open_guest (struct guest *guest, uint32_t domain)
{
  const uint32_t reference = GNTTAB_RESERVED_XENSTORE;
  struct evtchn_bind_interdomain bind
      = { .remote_dom = (domid_t)domain, .remote_port = PV_PORT_DEVICE };
  void *page;
  long error = pv_grant_map (domain, &reference, 1, false, &page);

  if (error != 0) {
    return error;
  }
  error = pv_event_channel_op (EVTCHNOP_bind_interdomain, &bind);
  if (error != 0) {
    pv_grant_unmap (&page, 1);
    return error;
  }
  guest->id = domain;
  guest->page = page;
  guest->port = bind.local_port;
  return 0;
}

static void
close_guest (struct guest *guest)
{
  struct evtchn_close close = { .port = guest->port };
  void *page = guest->page;

  pv_event_set_handler (guest->port, NULL, NULL);
  pv_event_channel_op (EVTCHNOP_close, &close);
  pv_grant_unmap (&page, 1);
  memset (guest, 0, sizeof *guest);
}

static long
add_devices (struct guest *guest, const struct pv_device_config *configs, uint32_t *which)
{
  for (uint32_t slot = 0; slot < PV_DEVICES_MAX; slot++) {
    long error
        = configs[slot].type != PV_DEVICE_NONE ? add_device (guest, slot, &configs[slot]) : 0;

    if (error != 0) {
      *which = slot;
      while (slot-- > 0) {
        if (guest->device[slot].driver != NULL) {
          guest->device[slot].driver->withdraw (&guest->device[slot]);
        }
      }
      return error;
    }
  }
  return 0;
}

long
devices_attach (uint32_t domain, const struct pv_device_config *configs, uint32_t *which)
{
  struct guest *guest = find_guest (0);
  long error;

  *which = 0;
  error = guest != NULL ? open_guest (guest, domain) : -XEN_ENOSPC;
  if (error != 0) {
    return error;
  }
  error = add_devices (guest, configs, which);
  if (error != 0) {
    close_guest (guest);
    return error;
  }
  for (uint32_t slot = 0; slot < PV_DEVICES_MAX; slot++) {
    if (guest->device[slot].driver != NULL) {
      announce (guest, &guest->device[slot]);
    }
  }
  pv_event_set_handler (guest->port, on_change, guest);
  on_change (guest->port, guest);
  return 0;
}

bool
devices_detach (uint32_t domain)
{
  struct guest *guest = domain != 0 ? find_guest (domain) : NULL;
  bool quiet = true;

  if (guest == NULL) {
    return true;
  }
  for (uint32_t slot = 0; slot < PV_DEVICES_MAX; slot++) {
    struct device *device = &guest->device[slot];

    if (device->driver == NULL) {
      continue;
    }
    if (!device->leaving) {
      device->leaving = true;
      if (device->back.state == XenbusStateConnected) {
        begin_closing (guest, device, 0);
      } else if (!device->closing) {
        set_state (guest, device, XenbusStateClosed);
      }
    }
    finish_closing (guest, device);
    quiet = quiet && !device->closing;
  }
  if (!quiet) {
    return false;
  }
  for (uint32_t slot = 0; slot < PV_DEVICES_MAX; slot++) {
    if (guest->device[slot].driver != NULL) {
      guest->device[slot].driver->withdraw (&guest->device[slot]);
    }
  }
  close_guest (guest);
  return true;
}

bool
devices_detach_soon (uint32_t domain)
{
  uint64_t deadline_ns = pv_time_ns () + PATIENCE_NS;

  while (!devices_detach (domain)) {
    if (pv_time_ns () >= deadline_ns) {
      return false;
    }
    pv_event_wait (deadline_ns);
    devices_run ();
  }
  return true;
}

/* What the note with the hypervisor says; for a domain without one, what has its name. */
static void
adopt (uint32_t domain, const char *name)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_GET_DEVICES, .domain = domain };
  uint32_t which;
  long error;

  if (pv_domctl (&operation) != 0) {
    memset (&operation, 0, sizeof operation);
    operation.cmd = PV_DOMCTL_SET_DEVICES;
    operation.domain = domain;
    backends_default (name, operation.u.devices);
    pv_domctl (&operation);
  }
  error = devices_attach (domain, operation.u.devices, &which);
  if (error != 0) {
    pv_printf ("domain %u gets no devices: error %d at number %u\n", domain, (int)-error, which);
  }
}

void
devices_reattach (uint32_t domain)
{
  struct guest *guest = find_guest (domain);

  if (guest == NULL) {
    adopt (domain, "");
    return;
  }
  for (uint32_t slot = 0; slot < PV_DEVICES_MAX; slot++) {
    guest->again = guest->again || guest->device[slot].leaving;
  }
}

void
devices_start (void)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_GET_INFO };

  while (pv_domctl (&operation) == 0) {
    uint32_t domain = operation.domain;

    if (!operation.u.info.control) {
      operation.u.info.name[PV_NAME_MAX - 1] = '\0';
      adopt (domain, operation.u.info.name);
    }
    operation = (struct pv_domctl){ .cmd = PV_DOMCTL_GET_INFO, .domain = domain + 1 };
  }
}

static void
finish_all_closing (void)
{
  for (size_t i = 0; closing > 0 && i < GUESTS_MAX; i++) {
    for (uint32_t slot = 0; guests[i].id != 0 && slot < PV_DEVICES_MAX; slot++) {
      if (guests[i].device[slot].closing) {
        look (&guests[i], &guests[i].device[slot]);
      }
    }
  }
}

static void
bring_back (void)
{
  for (size_t i = 0; i < GUESTS_MAX; i++) {
    uint32_t domain = guests[i].id;

    if (guests[i].again && devices_detach (domain)) {
      adopt (domain, "");
    }
  }
}

bool
devices_run (void)
{
  bool more = false;

  for (size_t i = 0; i < ARRAY_LENGTH (drivers); i++) {
    more = drivers[i]->run () || more;
  }
  finish_all_closing ();
  bring_back ();
  return more;
}
