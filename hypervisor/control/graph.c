/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graph.h"

#include "device.h"
#include "domain.h"
#include "methods.h"

#define NS_PER_S    1000000000ull
#define INTERVAL_NS (2 * NS_PER_S)
#define EDGES_MAX   256

static const char *const kind_names[] = {
  [PORT_FLOW_EVENT] = "event",
  [PORT_FLOW_GRANT] = "grant",
  [PORT_FLOW_BLOCK] = "block",
  [PORT_FLOW_NET] = "net",
};

/* All counters at one moment. */
struct reading {
  uint64_t time_ns;
  size_t count;
  struct port_flow flow[EDGES_MAX];
};

/* A rate is what came since `before`, which is one to two intervals ago; at first, since boot. */
static struct reading before, last, now;

/* The counter of the same kind between the same two; it is mostly in the same place. */
static struct port_flow *
find (struct reading *reading, const struct port_flow *flow, size_t place)
{
  for (size_t i = 0; i < reading->count; i++) {
    struct port_flow *other = &reading->flow[(place + i) % reading->count];

    if (other->from == flow->from && other->to == flow->to && other->kind == flow->kind) {
      return other;
    }
  }
  return NULL;
}

static void
add (struct reading *reading, const struct port_flow *flow)
{
  struct port_flow *same = find (reading, flow, 0);

  if (same != NULL) { /* two interfaces of one domain */
    same->count += flow->count;
  } else if (flow->count > 0 && reading->count < EDGES_MAX) {
    reading->flow[reading->count++] = *flow;
  }
}

/* The disk is the control domain's. */
static void
read_disks (struct reading *reading, uint32_t id)
{
  struct port_flow flow = { .from = id, .to = 0, .kind = PORT_FLOW_BLOCK };

  for (uint32_t slot = 0; slot < PV_DEVICES_MAX; slot++) {
    const struct device *device = device_get (id, slot);

    if (device != NULL && device->config.type == PV_DEVICE_BLOCK) {
      flow.count += device->requests;
    }
  }
  add (reading, &flow);
}

static void
read_domain (struct reading *reading, uint32_t id)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_FLOW, .domain = id };

  for (; port_domctl (&operation) == 0; operation.u.flow.peer++) {
    uint32_t peer = operation.u.flow.peer;

    add (reading, &(struct port_flow){ id, peer, PORT_FLOW_EVENT, operation.u.flow.events });
    add (reading, &(struct port_flow){ id, peer, PORT_FLOW_GRANT, operation.u.flow.grants });
  }
}

static void
read_all (struct reading *reading, uint64_t now_ns)
{
  struct port_flow flow;
  struct domain domain;

  reading->time_ns = now_ns;
  reading->count = 0;
  for (uint32_t from = 0; domain_next (from, &domain); from = domain.id + 1) {
    read_domain (reading, domain.id);
    read_disks (reading, domain.id);
  }
  for (uint32_t at = 0; port_next_flow (&at, &flow);) {
    add (reading, &flow);
  }
}

uint64_t
graph_run (uint64_t now_ns)
{
  if (now_ns >= last.time_ns + INTERVAL_NS) {
    before = last;
    read_all (&last, now_ns);
  }
  return last.time_ns + INTERVAL_NS;
}

static uint64_t
rate_of (const struct port_flow *flow, size_t place)
{
  const struct port_flow *then = find (&before, flow, place);
  uint64_t start = then != NULL && then->count <= flow->count ? then->count : 0;
  uint64_t ms = (now.time_ns - before.time_ns) / 1000000;

  if (ms == 0) {
    ms = 1;
  }
  return ((flow->count - start) * 1000 + ms / 2) / ms;
}

void
method_domain_graph (struct call *call)
{
  struct json_writer *out = call_result (call);

  read_all (&now, port_time_ns ());
  json_begin_object (out);
  json_key (out, "edges");
  json_begin_array (out);
  for (size_t i = 0; i < now.count; i++) {
    json_begin_object (out);
    json_member_uint (out, "from", now.flow[i].from);
    json_member_uint (out, "to", now.flow[i].to);
    json_member_string (out, "kind", kind_names[now.flow[i].kind]);
    json_member_uint (out, "rate_per_s", rate_of (&now.flow[i], i));
    json_end (out);
  }
}
