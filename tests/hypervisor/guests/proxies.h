/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a control domain of tests does with proxies (proxy.h): makes them, has them act, and looks at
 * both sides. */
#ifndef PROXIES_H
#define PROXIES_H

#include "grant.h"
#include "proxy.h"
#include "test.h"

struct peer {
  uint32_t id, port;
  void *page;
  struct proxy *proxy;
};

static struct pv_domctl op;

static inline long
command (uint32_t cmd, uint32_t domain)
{
  memset (&op, 0, sizeof op);
  op.cmd = cmd;
  op.domain = domain;
  return pv_domctl (&op);
}

static inline const struct pv_domain_info *
info_of (uint32_t domain)
{
  command (PV_DOMCTL_GET_INFO, domain);
  return &op.u.info;
}

static inline void
told (uint32_t port, void *data)
{
  (void)port;
  (void)data;
}

/* Waits until a word of the page is `value`. */
static inline bool
wait_for (const uint32_t *word, uint32_t value)
{
  uint64_t deadline = pv_time_ns () + TEST_PATIENCE_NS;
  while (__atomic_load_n (word, __ATOMIC_ACQUIRE) != value) {
    if (pv_time_ns () > deadline)
      return false;
    pv_event_wait (deadline);
  }
  return true;
}

static inline bool
start (struct peer *peer, const char *name, const char *label)
{
  const uint32_t reference = GNTTAB_RESERVED_XENSTORE;
  memset (&op, 0, sizeof op);
  op.cmd = PV_DOMCTL_CREATE;
  memcpy (op.u.create.name, name, strlen (name));
  memcpy (op.u.create.image, "proxy", 5);
  memcpy (op.u.create.label, label, strlen (label));
  op.u.create.memory_kib = 1024;
  op.u.create.vcpus = 1;
  if (pv_domctl (&op) < 0)
    return false;
  peer->id = op.domain;
  struct evtchn_bind_interdomain bind
      = { .remote_dom = (domid_t)peer->id, .remote_port = PV_PORT_DEVICE };
  if (pv_grant_map (peer->id, &reference, 1, false, &peer->page) != 0
      || pv_event_channel_op (EVTCHNOP_bind_interdomain, &bind) != 0)
    return false;
  peer->port = bind.local_port;
  peer->proxy = peer->page;
  pv_event_set_handler (peer->port, told, NULL);
  return command (PV_DOMCTL_UNPAUSE, peer->id) == 0 && wait_for (&peer->proxy->ready, 1);
}

static inline void
stop (struct peer *peer)
{
  struct evtchn_close close = { .port = peer->port };
  pv_event_channel_op (EVTCHNOP_close, &close);
  pv_grant_unmap (&peer->page, 1);
  command (PV_DOMCTL_DESTROY, peer->id);
}

/* Has the peer do something; -> its result. */
static inline int32_t
tell (struct peer *peer, enum proxy_command what, const uint32_t args[5])
{
  struct proxy *proxy = peer->proxy;
  memcpy (proxy->args, args, sizeof proxy->args);
  proxy->command = what;
  __atomic_store_n (&proxy->asked, proxy->asked + 1, __ATOMIC_RELEASE);
  pv_event_send (peer->port);
  if (!wait_for (&proxy->answered, proxy->asked))
    report (false, "domain %u does not answer", peer->id);
  return proxy->result;
}

static inline uint32_t
load (struct peer *peer, uint32_t address)
{
  return (uint32_t)tell (peer, PROXY_LOAD, (const uint32_t[5]){ address });
}

/* -> whether it met no fault. */
static inline bool
can_load (struct peer *peer, uint32_t address)
{
  load (peer, address);
  return peer->proxy->fault == 0;
}

static inline bool
can_store (struct peer *peer, uint32_t address, uint32_t word)
{
  tell (peer, PROXY_STORE, (const uint32_t[5]){ address, word });
  return peer->proxy->fault == 0;
}

static inline int32_t
grant_op (struct peer *peer, uint32_t cmd, void *ops, uint32_t size, uint32_t count)
{
  memcpy (peer->proxy->data, ops, size * count);
  int32_t result
      = tell (peer, PROXY_HYPERCALL,
              (const uint32_t[5]){ __HYPERVISOR_grant_table_op, cmd,
                                   peer->proxy->self + offsetof (struct proxy, data), count });
  memcpy (ops, peer->proxy->data, size * count);
  return result;
}

/* Writes an entry of the peer's grant table as its kernel would. */
static inline void
give (struct peer *peer, uint32_t reference, uint32_t flags, uint32_t to, uint32_t frame)
{
  uint32_t at = peer->proxy->grant_table + reference * sizeof (struct grant_entry_v1);
  can_store (peer, at + 4, frame);
  can_store (peer, at, flags | to << 16);
}

static inline uint32_t
flags_of (struct peer *peer, uint32_t reference)
{
  return load (peer, peer->proxy->grant_table + reference * sizeof (struct grant_entry_v1))
         & 0xffff;
}

struct mapping {
  int16_t status;
  uint32_t handle;
};

static inline struct mapping
map (struct peer *by, uint32_t from, uint32_t reference, uint64_t at, uint32_t flags)
{
  struct gnttab_map_grant_ref wish = { .host_addr = at,
                                       .flags = flags | GNTMAP_host_map,
                                       .ref = reference,
                                       .dom = (domid_t)from,
                                       .status = 99 };
  grant_op (by, GNTTABOP_map_grant_ref, &wish, sizeof wish, 1);
  return (struct mapping){ wish.status, wish.handle };
}

static inline int16_t
unmap (struct peer *by, uint64_t at, uint32_t handle)
{
  struct gnttab_unmap_grant_ref wish = { .host_addr = at, .handle = handle, .status = 99 };
  grant_op (by, GNTTABOP_unmap_grant_ref, &wish, sizeof wish, 1);
  return wish.status;
}

#endif
