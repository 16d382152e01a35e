/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hypervisor-model.h"

#include <glib.h>
#include <pv/arch.h>
#include <xen/errno.h>

#define DOMAINS      8
#define CONSOLE_KEPT 4096 /* bytes of console history */
#define INPUT_MAX    16

struct model_domain {
  gboolean used;
  uint32_t id;
  struct pv_domain_info info;
  struct pv_device_config devices[PV_DEVICES_MAX];
  GByteArray *console;
  char typed[INPUT_MAX + 1];
};

long model_rebuild_error;

static struct model_domain domains[DOMAINS];
static uint32_t restarts;
static struct {
  uint32_t from, to, events, grants, frames;
} flow;
static uint32_t next_id;
static uint64_t now_ns;

static const struct pv_image_info images[] = {
  { .name = "talker", .version = "1", .size = 12345, .min_kib = 1024, .memory_kib = 4096 },
  { .name = "damaged", .version = "1", .size = 99, .min_kib = 1024, .memory_kib = 4096 },
  { .name = "text", .version = "", .size = 7, .min_kib = 16, .memory_kib = 16 },
};

static struct model_domain *
find (uint32_t id)
{
  for (int i = 0; i < DOMAINS; i++) {
    if (domains[i].used && domains[i].id == id) {
      return &domains[i];
    }
  }
  return NULL;
}

static struct model_domain *
add (const char *name, const char *image, uint32_t memory_kib, gboolean control)
{
  for (int i = 0; i < DOMAINS; i++) {
    struct model_domain *domain = &domains[i];

    if (domain->used) {
      continue;
    }
    memset (domain, 0, sizeof *domain);
    domain->used = TRUE;
    domain->id = next_id++;
    domain->console = g_byte_array_new ();
    domain->info.control = control;
    domain->info.state = control ? PV_STATE_RUNNING : PV_STATE_PAUSED;
    g_strlcpy (domain->info.name, name, sizeof domain->info.name);
    g_strlcpy (domain->info.label, control ? "control_t" : "guest_t", sizeof domain->info.label);
    g_strlcpy (domain->info.image, image, sizeof domain->info.image);
    domain->info.memory_kib = domain->info.target_memory_kib = memory_kib;
    domain->info.max_memory_kib = memory_kib;
    domain->info.weight = PV_WEIGHT_DEFAULT;
    domain->info.vcpus = 1;
    domain->info.event_channels_max = 32;
    return domain;
  }
  return NULL;
}

void
model_reset (void)
{
  for (int i = 0; i < DOMAINS; i++) {
    g_clear_pointer (&domains[i].console, g_byte_array_unref);
    domains[i].used = FALSE;
  }
  memset (&flow, 0, sizeof flow);
  model_reset_devices ();
  model_rebuild_error = 0;
  next_id = 0;
  now_ns = 1000000000;
  add ("control", "control", 8192, TRUE);
  add ("guest-1", "talker", 4096, FALSE)->info.state = PV_STATE_RUNNING;
}

uint32_t
model_free_kib (void)
{
  uint32_t used = 0;

  for (int i = 0; i < DOMAINS; i++) {
    used += domains[i].used ? domains[i].info.memory_kib : 0;
  }
  return MODEL_MEMORY_KIB - used;
}

void
model_console_print (uint32_t id, const void *bytes, size_t length)
{
  struct model_domain *domain = find (id);

  g_assert_nonnull (domain);
  g_byte_array_append (domain->console, bytes, (guint)length);
  domain->info.console_bytes += length;
}

const char *
model_console_typed (uint32_t id)
{
  static char copy[INPUT_MAX + 1];
  struct model_domain *domain = find (id);

  g_assert_nonnull (domain);
  memcpy (copy, domain->typed, sizeof copy);
  domain->typed[0] = '\0';
  return copy;
}

void
model_crash (uint32_t id)
{
  struct model_domain *domain = find (id);

  g_assert_nonnull (domain);
  domain->info.state = PV_STATE_CRASHED;
  domain->info.crash.reason = PV_CRASH_NO_HANDLER;
  domain->info.crash.pc = 0xc0001234;
  domain->info.crash.frames = 4;
  domain->info.crash.trace[0] = 0xc0001234;
  domain->info.crash.trace[1] = 0xc0001208 | PV_CRASH_PERHAPS; /* the same function: not a call */
  domain->info.crash.trace[2] = 0xc0000104 | PV_CRASH_PERHAPS;
  domain->info.crash.trace[3] = 0x10;
}

void
model_advance_ms (uint64_t ms)
{
  now_ns += ms * 1000000;
}

static long
create (struct pv_domctl *op)
{
  const char *image = op->u.create.image;
  const struct pv_image_info *found = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (images); i++) {
    found = strcmp (images[i].name, image) == 0 ? &images[i] : found;
  }
  if (found == NULL) {
    return -XEN_ENOENT;
  }
  if (strcmp (image, "damaged") == 0) {
    return -XEN_EBADMSG;
  }
  if (strcmp (image, "text") == 0) {
    return -XEN_ENOEXEC;
  }
  for (int i = 0; i < DOMAINS; i++) {
    if (domains[i].used && strcmp (domains[i].info.name, op->u.create.name) == 0) {
      return -XEN_EEXIST;
    }
  }
  if (op->u.create.memory_kib < found->min_kib) {
    return -XEN_E2BIG;
  }
  if (op->u.create.memory_kib > model_free_kib ()) {
    return -XEN_ENOMEM;
  }
  if (op->u.create.label[0] != '\0' && strcmp (op->u.create.label, "guest_t") != 0) {
    return -XEN_ESRCH;
  }
  struct model_domain *domain = add (op->u.create.name, image, op->u.create.memory_kib, FALSE);
  if (domain == NULL) {
    return -XEN_ENOSPC;
  }
  memcpy (domain->info.handle, op->u.create.handle, sizeof domain->info.handle);
  domain->info.weight = op->u.create.weight;
  domain->info.max_memory_kib = MAX (op->u.create.max_memory_kib, op->u.create.memory_kib);
  op->domain = domain->id;
  return 0;
}

static long
get_info (struct pv_domctl *op)
{
  struct model_domain *best = NULL;

  for (int i = 0; i < DOMAINS; i++) {
    if (domains[i].used && domains[i].id >= op->domain
        && (best == NULL || domains[i].id < best->id)) {
      best = &domains[i];
    }
  }
  if (best == NULL) {
    return -XEN_ESRCH;
  }
  op->domain = best->id;
  op->u.info = best->info;
  return 0;
}

static long
set_scheduler (struct model_domain *domain, const struct pv_domctl *op)
{
  if (op->u.scheduler.set & PV_SCHED_SET_WEIGHT) {
    domain->info.weight = op->u.scheduler.weight;
  }
  if (op->u.scheduler.set & PV_SCHED_SET_CAP) {
    domain->info.cap_percent = op->u.scheduler.cap_percent;
  }
  if (op->u.scheduler.set & PV_SCHED_SET_REALTIME) {
    if (op->u.scheduler.budget_us * 10 > op->u.scheduler.period_us * 9) {
      return -XEN_ENOSPC;
    }
    domain->info.budget_us = op->u.scheduler.budget_us;
    domain->info.period_us = op->u.scheduler.period_us;
  }
  return 0;
}

static long
next_flow (const struct model_domain *domain, struct pv_domctl *op)
{
  if (domain->id != flow.from || op->u.flow.peer > flow.to || (flow.events | flow.grants) == 0) {
    return -XEN_ENOENT;
  }
  op->u.flow.peer = flow.to;
  op->u.flow.events = flow.events;
  op->u.flow.grants = flow.grants;
  return 0;
}

void
model_flow (uint32_t from, uint32_t to, uint32_t events, uint32_t grants, uint32_t frames)
{
  flow.from = from;
  flow.to = to;
  flow.events = events;
  flow.grants = grants;
  flow.frames = frames;
}

/* Two interfaces between the same two, which share the frames. */
bool
port_next_flow (uint32_t *at, struct port_flow *next)
{
  if (*at >= 2) {
    return false;
  }
  *next = (struct port_flow){ flow.from, flow.to, PORT_FLOW_NET,
                              *at == 0 ? flow.frames / 3 : flow.frames - flow.frames / 3 };
  ++*at;
  return true;
}

static long
act_on (struct model_domain *domain, struct pv_domctl *op)
{
  if (op->cmd == PV_DOMCTL_SCHEDULER) {
    return set_scheduler (domain, op);
  }
  if (op->cmd == PV_DOMCTL_FLOW) {
    return next_flow (domain, op);
  }
  if (domain->info.control) {
    return -XEN_EPERM;
  }
  switch (op->cmd) {
  case PV_DOMCTL_DESTROY:
    g_clear_pointer (&domain->console, g_byte_array_unref);
    domain->used = FALSE;
    return 0;
  case PV_DOMCTL_REBUILD:
    domain->info.state = model_rebuild_error ? PV_STATE_SHUTDOWN : PV_STATE_PAUSED;
    return model_rebuild_error;
  case PV_DOMCTL_MAX_MEM: /* a guest that follows at once */
    domain->info.memory_kib = domain->info.target_memory_kib = op->u.max_mem.kib;
    return 0;
  case PV_DOMCTL_PAUSE:
    domain->info.state = PV_STATE_PAUSED;
    return 0;
  case PV_DOMCTL_UNPAUSE:
    domain->info.state = PV_STATE_BLOCKED;
    return 0;
  case PV_DOMCTL_SHUTDOWN:
    domain->info.state = PV_STATE_SHUTDOWN;
    return 0;
  case PV_DOMCTL_SET_DEVICES:
    memcpy (domain->devices, op->u.devices, sizeof domain->devices);
    return 0;
  case PV_DOMCTL_GET_DEVICES:
    memcpy (op->u.devices, domain->devices, sizeof domain->devices);
    return 0;
  case PV_DOMCTL_SET_HANDLE:
    memcpy (domain->info.handle, op->u.handle.handle, sizeof domain->info.handle);
    return 0;
  default:
    return -XEN_ENOSYS;
  }
}

long
port_domctl (struct pv_domctl *op)
{
  struct model_domain *domain;

  if (op->cmd == PV_DOMCTL_CREATE) {
    return create (op);
  }
  if (op->cmd == PV_DOMCTL_GET_INFO) {
    return get_info (op);
  }
  domain = find (op->domain);
  return domain != NULL ? act_on (domain, op) : -XEN_ESRCH;
}

/* This model has the built-in rules. */
long
port_policy (struct pv_policy_op *operation)
{
  (void)operation;
  return -XEN_ENODATA;
}

long
port_audit_read (uint64_t since, struct pv_audit_record *records, uint32_t room, uint64_t *next)
{
  struct pv_audit_record record = { .seq = 0,
                                    .time_us = 500000,
                                    .subject = 1,
                                    .operation = 36,
                                    .result = -XEN_EPERM,
                                    .permission = 2,
                                    .by_policy = 1 };

  *next = 1;
  if (since > 0 || room == 0) {
    return 0;
  }
  g_strlcpy (record.subject_label, "guest_t", sizeof record.subject_label);
  g_strlcpy (record.object_label, "control_t", sizeof record.object_label);
  records[0] = record;
  return 1;
}

long
port_sysctl (struct pv_sysctl *op)
{
  if (op->cmd == PV_SYSCTL_PHYSINFO) {
    memset (&op->u, 0, sizeof op->u);
    g_strlcpy (op->u.physinfo.machine, "model", sizeof op->u.physinfo.machine);
    /* A field without its zero, which must not be read past. */
    memset (op->u.physinfo.version, 'v', sizeof op->u.physinfo.version);
    op->u.physinfo.abi = PV_ABI_VERSION;
    op->u.physinfo.cpus = 1;
    op->u.physinfo.memory_kib = MODEL_MEMORY_KIB;
    op->u.physinfo.free_kib = model_free_kib ();
    op->u.physinfo.uptime_us = now_ns / 1000;
    return 0;
  }
  if (op->cmd == PV_SYSCTL_IMAGE && op->index < G_N_ELEMENTS (images)) {
    op->u.image = images[op->index];
    return 0;
  }
  return -XEN_ENOENT;
}

/* A manifest that repeats itself, of 3000 bytes. */
long
port_manifest_read (uint32_t offset, void *buffer, size_t length)
{
  length = offset < 3000 ? MIN (length, 3000 - offset) : 0;
  memset (buffer, 'm', length);
  return (long)length;
}

long
port_attest (const uint8_t *nonce, size_t length, uint8_t signature[64])
{
  memset (signature, nonce[length - 1], 64);
  return 0;
}

/* Image 0 has three functions; the others have no symbol table. */
long
port_symbols_read (uint32_t index, uint32_t offset, void *buffer, size_t length)
{
  static const struct {
    uint32_t count;
    struct pv_symbol symbol[3];
    char names[18];
  } table = { 3, { { 0xc0000100, 28 }, { 0xc0001200, 34 }, { 0xc0002000, 40 } }, "first\0inner\0last" };

  if (index != 0 || offset > sizeof table) {
    return index < G_N_ELEMENTS (images) ? 0 : -XEN_ENOENT;
  }
  length = MIN (length, sizeof table - offset);
  memcpy (buffer, (const char *)&table + offset, length);
  return (long)length;
}

long
port_console_read (
    uint32_t id, char *buffer, size_t size, uint64_t since, struct port_console *position)
{
  struct model_domain *domain = find (id);
  guint total, start;
  size_t length;

  if (domain == NULL) {
    return -XEN_ESRCH;
  }
  total = domain->console->len;
  start = total > CONSOLE_KEPT ? total - CONSOLE_KEPT : 0;
  start = (guint)CLAMP (since, start, total);
  length = MIN (size, MIN (total - start, 1000u)); /* in pieces */
  if (length > 0) {
    memcpy (buffer, domain->console->data + start, length);
  }
  position->start = start;
  position->next = start + length;
  return (long)length;
}

long
port_console_write (uint32_t id, const char *bytes, size_t length)
{
  struct model_domain *domain = find (id);
  size_t used;

  if (domain == NULL) {
    return -XEN_ESRCH;
  }
  used = strlen (domain->typed);
  length = MIN (length, INPUT_MAX - used);
  memcpy (domain->typed + used, bytes, length);
  domain->typed[used + length] = '\0';
  return (long)length;
}

/* The model's domains have no memory that could be saved, and its machine has no second channel. */
long
port_state_read (void *buffer, size_t size)
{
  return -XEN_ENODEV;
}

long
port_state_write (const void *bytes, size_t length)
{
  return -XEN_ENODEV;
}

bool
port_state_connected (void)
{
  return false;
}

long
port_memory_list (uint32_t id, uint32_t *first, struct pv_memory_item *items, uint32_t *count)
{
  return -XEN_ENOSYS;
}

long
port_pages (uint32_t cmd, uint32_t id, uint32_t *frames, void *data, uint32_t count)
{
  return -XEN_ENOSYS;
}

long
port_vcpu (uint32_t cmd, uint32_t id, uint32_t vcpu, struct pv_vcpu_context *context)
{
  return -XEN_ENOSYS;
}

long
port_log_dirty (uint32_t id, uint32_t op, uint32_t first, uint32_t *words, uint32_t count)
{
  return -XEN_ENOSYS;
}

uint64_t
port_time_ns (void)
{
  return now_ns;
}

/* A display of few rows: the domain with id 1 has a picture, whose bytes are its row numbers. */
long
port_focus (uint32_t id)
{
  return find (id) != NULL ? 0 : -XEN_ESRCH;
}

void
port_display_mode (struct pv_hid_mode *mode)
{
  *mode = (struct pv_hid_mode){ .width = 3, .height = 5, .stride = 12, .format = PV_HID_FORMAT_XRGB8888 };
}

long
port_picture_read (uint32_t id, uint32_t row, uint32_t *rows, char *buffer)
{
  if (find (id) == NULL) {
    return -XEN_ESRCH;
  }
  if (id != 1) {
    return -XEN_ENOENT;
  }
  if (row >= 5) {
    return -XEN_EINVAL;
  }
  *rows = MIN (*rows, 2);
  for (uint32_t i = 0; i < *rows; i++) {
    memset (buffer + 12 * i, (int)(row + i), 12);
  }
  return 0;
}

long
port_picture_write (uint32_t id, uint32_t row, uint32_t rows, const char *buffer)
{
  return -XEN_ESRCH;
}

void
port_restart (void)
{
  restarts++;
}

uint32_t
model_restarts (void)
{
  return restarts;
}
