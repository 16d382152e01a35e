/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "device.h"

#include "grant.h"

#define DRIVERS_MAX 4u

static const struct pv_front_driver *drivers[DRIVERS_MAX];
static struct pv_front fronts[PV_DEVICES_MAX];

static struct pv_device_page *
page (void)
{
  return (struct pv_device_page *)(uintptr_t)pv_start->device_page;
}

static uint32_t
back_state (const struct pv_front *front)
{
  return __atomic_load_n (&front->back->state, __ATOMIC_ACQUIRE);
}

/* The state is written last: with it everything else is valid. */
static void
publish (struct pv_front *front, uint32_t state)
{
  struct pv_device_front *shared = &page ()->slot[front->slot].front;
  front->state = state;
  for (uint32_t ring = 0; ring < PV_DEVICE_RINGS; ring++)
    shared->ring_ref[ring] = front->ring_ref[ring];
  shared->event_channel = front->port;
  shared->features = front->features;
  __atomic_store_n (&shared->state, state, __ATOMIC_RELEASE);
}

static void
set_state (struct pv_front *front, uint32_t state)
{
  publish (front, state);
  pv_event_send (pv_start->device_port);
}

void
pv_front_register (const struct pv_front_driver *driver)
{
  for (uint32_t i = 0; i < DRIVERS_MAX; i++)
    if (!drivers[i]) {
      drivers[i] = driver;
      return;
    }
  pv_panic ("too many device drivers");
}

static const struct pv_front_driver *
driver_for (uint32_t type)
{
  for (uint32_t i = 0; i < DRIVERS_MAX && drivers[i]; i++)
    if (drivers[i]->type == type)
      return drivers[i];
  return NULL;
}

bool
pv_front_give_ring (struct pv_front *front, uint32_t ring, const void *ring_page)
{
  front->ring_ref[ring] = pv_grant_give (front->back->backend_id, ring_page, false);
  return front->ring_ref[ring] != PV_GRANT_NONE;
}

static void
on_event (uint32_t port, void *data)
{
  struct pv_front *front = data;
  (void)port;
  if (front->state == XenbusStateConnected)
    front->driver->event (front);
}

bool
pv_front_open_port (struct pv_front *front)
{
  struct evtchn_alloc_unbound alloc
      = { .dom = DOMID_SELF, .remote_dom = (domid_t)front->back->backend_id };
  if (front->port != 0)
    return true;
  if (pv_event_channel_op (EVTCHNOP_alloc_unbound, &alloc) != 0)
    return false;
  front->port = alloc.port;
  pv_event_set_handler (front->port, on_event, front);
  return true;
}

static void
take_rings_back (struct pv_front *front)
{
  for (uint32_t ring = 0; ring < PV_DEVICE_RINGS; ring++) {
    if (front->ring_ref[ring] != PV_GRANT_NONE && !pv_grant_end (front->ring_ref[ring]))
      pv_printf ("device %u: the back end still uses ring %u\n", front->slot, ring);
    front->ring_ref[ring] = PV_GRANT_NONE;
  }
}

static void
lose (struct pv_front *front, uint32_t state)
{
  take_rings_back (front);
  if (front->driver)
    front->driver->lost (front);
  set_state (front, state);
}

/* The back end waits for a ring. */
static void
connect (struct pv_front *front)
{
  front->driver = driver_for (front->back->type);
  if (!front->driver)
    return;
  if (front->driver->connect (front))
    set_state (front, XenbusStateInitialised);
  else
    lose (front, XenbusStateClosed);
}

static void
look (struct pv_front *front)
{
  uint32_t back = back_state (front);
  switch (front->state) {
  case XenbusStateInitialising:
  case XenbusStateClosed:
    if (back == XenbusStateInitWait)
      connect (front);
    break;
  case XenbusStateInitialised:
    if (back == XenbusStateConnected) {
      set_state (front, XenbusStateConnected);
      front->driver->connected (front);
    } else if (back == XenbusStateClosing || back == XenbusStateClosed) {
      lose (front, XenbusStateClosed);
    }
    break;
  case XenbusStateConnected:
    if (back == XenbusStateClosing)
      set_state (front, XenbusStateClosing);
    else if (back != XenbusStateConnected)
      lose (front, XenbusStateInitialising); /* it started anew, or gave up on us */
    break;
  case XenbusStateClosing:
    if (back == XenbusStateClosed)
      lose (front, XenbusStateClosed);
    break;
  default:
    break;
  }
}

static void
on_change (uint32_t port, void *data)
{
  (void)port;
  (void)data;
  for (uint32_t slot = 0; slot < PV_DEVICES_MAX; slot++) {
    struct pv_front *front = &fronts[slot];
    uint32_t before;
    do {
      before = front->state;
      look (front);
    } while (front->state != before);
  }
}

static void
start (void)
{
  for (uint32_t slot = 0; slot < PV_DEVICES_MAX; slot++) {
    struct pv_front *front = &fronts[slot];
    front->slot = slot;
    front->back = &page ()->slot[slot].back;
    for (uint32_t ring = 0; ring < PV_DEVICE_RINGS; ring++)
      front->ring_ref[ring] = PV_GRANT_NONE;
    publish (front, XenbusStateInitialising);
  }
  pv_event_set_handler (pv_start->device_port, on_change, NULL);
  pv_event_send (pv_start->device_port);
  on_change (0, NULL);
}

/* Nothing is to be let go: the back end does that before the domain is read. */
static void
on_suspend (void *data)
{
  (void)data;
}

static void
on_resume (void *data, bool moved)
{
  (void)data;
  if (!moved)
    return;
  for (uint32_t slot = 0; slot < PV_DEVICES_MAX; slot++)
    if (fronts[slot].driver)
      fronts[slot].driver->lost (&fronts[slot]);
  pv_grant_reset ();
  memset (fronts, 0, sizeof fronts);
  start ();
}

void
pv_devices_start (void)
{
  static struct pv_suspend_user user = { .suspend = on_suspend, .resume = on_resume };
  pv_suspend_add (&user);
  start ();
}
