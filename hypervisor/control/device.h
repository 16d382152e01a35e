/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The back halves of split drivers: the states of pv/device.h for all guests, in one place for all
 * kinds of devices. What a guest writes is read once and checked by the driver.
 */
#ifndef CONTROL_DEVICE_H
#define CONTROL_DEVICE_H

#include <pv/control.h>
#include <pv/device.h>
#include "base.h"

struct device;

struct device_driver {
  enum pv_device_type type;
  const char *kind; /* the protocol's word */
  /* Looks for what stands behind the device and fills in device->back. 0, or a negative error. */
  long (*offer) (struct device *device);
  /* The opposite of a good offer(). */
  void (*withdraw) (struct device *device);
  /* The front end has given its rings (device->front). 0, or a negative error: it is closed. */
  long (*connect) (struct device *device);
  /* An event of the front end. */
  void (*event) (struct device *device);
  /* Takes no more requests. -> true when nothing is under way and nothing is mapped any more; it is
     asked again until then. */
  bool (*disconnect) (struct device *device);
  /* Does what there is to do for all devices of the kind, some of it. -> whether there is more. */
  bool (*run) (void);
};

/* The back half of one slot of one guest. */
struct device {
  const struct device_driver *driver; /* NULL: the slot is empty */
  uint32_t guest;                     /* id of the domain */
  uint32_t slot;
  struct pv_device_config config;
  struct pv_device_back back;   /* ours; the page has a copy */
  struct pv_device_front front; /* read once, when it connects */
  uint32_t port;                /* 0: not connected */
  bool closing;                 /* the driver still has requests under way */
  bool stale;                   /* the front end still takes its leave of another back end */
  bool leaving;                 /* and then the device goes away */
  uint64_t requests, bytes, errors;
  uint64_t dropped; /* frames that the guest offered no buffer for in time */
  void *data;       /* the driver's */
};

/* All that guests have already; those that the machine started get what has their name. */
void devices_start (void);
/* Gives a domain its devices. 0, or a negative error with none given; *which is the slot that could
   not be. */
long devices_attach (uint32_t domain, const struct pv_device_config *configs, uint32_t *which);
/* Whether everything is let go of that a domain shares with us; to be asked again until it is. No
   device of it is served from the first call on. */
bool devices_detach (uint32_t domain);
/* Waits for devices_detach(), but not for a disk that does not answer: false. */
bool devices_detach_soon (uint32_t domain);
/* Gives a domain what it had before devices_detach() was called, as soon as that is done. */
void devices_reattach (uint32_t domain);
/* -> whether there is more to do. */
bool devices_run (void);

/* The device in a slot of a domain; NULL: none. */
const struct device *device_get (uint32_t domain, uint32_t slot);

/* ---- for drivers ---- */
void device_notify (const struct device *device);
/* A front end that breaks the rules is closed. */
void device_fail (struct device *device, long error, const char *what);

#endif
