/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control domain of the policy test: three proxies (proxy.h) share pages and event channels; then
 * another policy takes over that keeps two of them apart.
 */
#include <pv/policy.h>
#include "proxies.h"
#include <pv/hid.h>
#include <xen/memory.h>

#define FAR 4u /* frame of the window that the other mapping uses */

struct text {
  const char *start, *end;
};
#define POLICY(name) extern const char policy_##name[], policy_##name##_end[];
POLICY (together) POLICY (apart) POLICY (locked) POLICY (strangers) POLICY (watching) POLICY (mute) POLICY (wall)
#define TEXT(name) ((struct text){ policy_##name, policy_##name##_end })

static struct peer a, b, c;
static struct pv_policy_op request;

/* What a, and through it b and c, have of each other. */
static uint32_t a_to_b, a_to_c, b_port, c_port;
static struct mapping at_b, at_c;

/* ---- loading ---- */

static long
ask (uint32_t cmd)
{
  request.cmd = cmd;
  return pv_policy_op (&request);
}

static uint32_t
sequence (void)
{
  memset (&request, 0, sizeof request);
  ask (PV_POLICY_STATUS);
  return request.sequence;
}

static long
bring (const char *bytes, uint32_t size)
{
  memset (&request, 0, sizeof request);
  request.u.begin.size = size;
  long error = ask (PV_POLICY_BEGIN);
  for (uint32_t at = 0; at < size && error == 0; at += PV_POLICY_PART) {
    request.u.part.buffer = (uint32_t)(bytes + at);
    request.u.part.length = size - at < PV_POLICY_PART ? size - at : PV_POLICY_PART;
    request.u.part.offset = at;
    error = ask (PV_POLICY_WRITE);
  }
  memset (&request, 0, sizeof request);
  return error;
}

static long
test (struct text text)
{
  long error = bring (text.start, (uint32_t)(text.end - text.start));
  return error ? error : ask (PV_POLICY_TEST);
}

/* ---- what domains have of each other ---- */

static int32_t
event_op (struct peer *peer, uint32_t cmd, void *argument, uint32_t size)
{
  memcpy (peer->proxy->data, argument, size);
  int32_t result = tell (peer, PROXY_HYPERCALL,
                         (const uint32_t[5]){ __HYPERVISOR_event_channel_op, cmd,
                                              peer->proxy->self + offsetof (struct proxy, data) });
  memcpy (argument, peer->proxy->data, size);
  return result;
}

static int32_t
connect (struct peer *by, struct peer *to, uint32_t *near, uint32_t *far)
{
  struct evtchn_alloc_unbound offer = { .dom = DOMID_SELF, .remote_dom = (domid_t)by->id };
  int32_t error = event_op (to, EVTCHNOP_alloc_unbound, &offer, sizeof offer);
  if (error)
    return error;
  struct evtchn_bind_interdomain bind
      = { .remote_dom = (domid_t)to->id, .remote_port = offer.port };
  error = event_op (by, EVTCHNOP_bind_interdomain, &bind, sizeof bind);
  *near = bind.local_port;
  *far = offer.port;
  return error;
}

static int32_t
send (struct peer *peer, uint32_t port)
{
  struct evtchn_send wish = { .port = port };
  return event_op (peer, EVTCHNOP_send, &wish, sizeof wish);
}

static uint32_t
window (const struct peer *peer)
{
  return peer->proxy->window + FAR * PV_PAGE_SIZE;
}

static void
share (void)
{
  give (&a, 8, GTF_permit_access, b.id, a.proxy->frame[3]);
  give (&a, 9, GTF_permit_access, c.id, a.proxy->frame[4]);
  at_b = map (&b, a.id, 8, window (&b), 0);
  at_c = map (&c, a.id, 9, window (&c), 0);
  check (at_b.status == GNTST_okay && at_c.status == GNTST_okay, "two domains map pages of a third");
  check (connect (&b, &a, &b_port, &a_to_b) == 0 && connect (&c, &a, &c_port, &a_to_c) == 0,
         "and have event channels to it");
}

/* Whether the domain that the policies leave alone has all that it had. */
static bool
others_unharmed (void)
{
  return load (&c, window (&c)) == 4 && c.proxy->fault == 0
         && can_store (&c, window (&c) + 4, 4) && send (&c, c_port) == 0 && send (&a, a_to_c) == 0;
}

static bool
all_works (void)
{
  return load (&b, window (&b)) == 3 && b.proxy->fault == 0 && send (&b, b_port) == 0
         && send (&a, a_to_b) == 0 && others_unharmed ();
}

/* ---- the tests ---- */

static void
wrongly_brought (void)
{
  uint32_t size = (uint32_t)(policy_apart_end - policy_apart);
  static char copy[96 << 10] __attribute__ ((aligned (8)));
  check (ask (PV_POLICY_WRITE) == -XEN_EBUSY && ask (PV_POLICY_TEST) == -XEN_EBUSY
             && ask (PV_POLICY_COMMIT) == -XEN_EBUSY,
         "nothing is written, tested or taken over before it begins");
  request.u.begin.size = PV_POLICY_MAX + 1;
  check (ask (PV_POLICY_BEGIN) == -XEN_E2BIG, "one that is too large");
  memset (&request, 0, sizeof request);
  request.u.begin.size = size;
  ask (PV_POLICY_BEGIN);
  request.u.part.buffer = (uint32_t)policy_apart;
  request.u.part.length = 8;
  request.u.part.offset = 8;
  check (ask (PV_POLICY_WRITE) == -XEN_EBUSY, "a part with a hole before it");
  request.u.part.offset = 0;
  request.u.part.length = PV_POLICY_PART + 1;
  check (ask (PV_POLICY_WRITE) == -XEN_E2BIG, "a part that is too large");
  request.u.part.length = 8;
  request.u.part.buffer = PV_HYPERVISOR_START;
  check (ask (PV_POLICY_WRITE) == -XEN_EFAULT, "a part that is the hypervisor's memory");
  request.u.part.buffer = (uint32_t)policy_apart;
  check (ask (PV_POLICY_WRITE) == 0 && ask (PV_POLICY_TEST) == -XEN_EBADMSG, "one that is not whole");
  check (bring (policy_apart, size - 8) == 0 && ask (PV_POLICY_TEST) == -XEN_EBADMSG,
         "one that is cut off");
  memcpy (copy, policy_apart, size);
  uint32_t refused = 0, tried = 0;
  for (uint32_t at = 0; at < 32; at += 4, tried++) {
    copy[at + 3] = (char)(copy[at + 3] ^ 0x80);
    refused += bring (copy, size) == 0 && ask (PV_POLICY_TEST) != 0;
    copy[at + 3] = (char)(copy[at + 3] ^ 0x80);
  }
  check (refused == tried, "damaged headers are refused: %u of %u", refused, tried);
  check (test (TEXT (strangers)) == -XEN_ESRCH && memcmp (request.u.test.label, "c_t", 4) == 0,
         "one that does not know the label of a domain says which");
  check (test (TEXT (locked)) == -XEN_EACCES, "one under which nobody could load another");
  check (ask (PV_POLICY_COMMIT) == -XEN_EBUSY, "what was refused cannot take over");
  check (sequence () == 1 && all_works (), "none of that changes anything");
}

static void
others (void)
{
  uint32_t args[5] = { __HYPERVISOR_xsm_op, a.proxy->self + offsetof (struct proxy, data) };
  int32_t denied = 0;
  for (uint32_t cmd = PV_POLICY_STATUS; cmd <= PV_POLICY_ADD_HISTORY; cmd++) {
    memset (a.proxy->data, 0, sizeof (struct pv_policy_op));
    memcpy (a.proxy->data, &cmd, sizeof cmd);
    denied += tell (&a, PROXY_HYPERCALL, args) == -XEN_EPERM;
  }
  check (denied == PV_POLICY_ADD_HISTORY, "no other domain may read, ask or change it");
}

/* It is repeated until it is done, which a part of another call cannot be. */
static void
batched (void)
{
  struct pv_policy_op op_in = { .cmd = PV_POLICY_STATUS };
  struct multicall_entry entry = { .op = __HYPERVISOR_xsm_op, .args = { (uint32_t)&op_in } };
  pv_hypercall2 (__HYPERVISOR_multicall, (uint32_t)&entry, 1);
  check ((int32_t)entry.result == -XEN_ENOSYS, "not as a part of another call");
}

static void
only_watching (void)
{
  check (test (TEXT (watching)) == 0 && request.u.test.grants == 0 && request.u.test.channels == 0,
         "one that only watches takes nothing back");
  check (ask (PV_POLICY_COMMIT) == 0 && sequence () == 2 && all_works (), "and does not");
}

static void
keeping_apart (void)
{
  uint32_t before = sequence ();
  check (test (TEXT (apart)) == 0, "a policy that keeps two domains apart is tested");
  check (request.u.test.grants == 1 && request.u.test.channels == 1
             && request.u.test.interrupts == 0,
         "it would end one mapping and one channel");
  check (sequence () == before && all_works (), "testing changes nothing");
  test (TEXT (apart));
  check (ask (PV_POLICY_COMMIT) == 0 && request.sequence == before + 1, "it takes over");
  check (request.u.test.grants == 1 && request.u.test.channels == 1, "and ends as many");
  check (!can_load (&b, window (&b)), "the page is out of reach");
  check (flags_of (&a, 8) == GTF_permit_access, "its owner has it for itself");
  check (send (&b, b_port) == -XEN_EINVAL && send (&a, a_to_b) == 0,
         "the end that was bound has gone, and what the other sends is lost");
  check (others_unharmed (), "the third domain has all that it had");
  check (unmap (&b, window (&b), at_b.handle) == GNTST_okay, "the handle is given back as ever");
  check (map (&b, a.id, 8, window (&b), 0).status == GNTST_permission_denied
             && map (&b, a.id, 8, window (&b), GNTMAP_readonly).status == GNTST_permission_denied,
         "the page is not mapped again");
  uint32_t near, far;
  check (connect (&b, &a, &near, &far) == -XEN_EPERM, "nor the channel bound");
  check (connect (&a, &b, &near, &far) == -XEN_EPERM, "from either side");
}

static void
together_again (void)
{
  uint32_t used = info_of (a.id)->grants_used;
  check (test (TEXT (together)) == 0 && ask (PV_POLICY_COMMIT) == 0
             && request.u.test.grants + request.u.test.channels == 0,
         "the first policy holds again");
  at_b = map (&b, a.id, 8, window (&b), 0);
  check (at_b.status == GNTST_okay && connect (&b, &a, &b_port, &a_to_b) == 0 && all_works (),
         "and the two have to do with each other");
  check (info_of (a.id)->grants_used == used + 1, "no reference was lost");
}

/* What is read back is what was loaded. */
static void
read_back (void)
{
  static char part[PV_POLICY_PART];
  uint32_t size = (uint32_t)(policy_together_end - policy_together), at = 0;
  bool same = true;
  for (;;) {
    memset (&request, 0, sizeof request);
    request.u.part.buffer = (uint32_t)part;
    request.u.part.length = sizeof part;
    request.u.part.offset = at;
    if (ask (PV_POLICY_READ) != 0 || request.u.part.length == 0)
      break;
    same = same && at + request.u.part.length <= size
           && memcmp (part, policy_together + at, request.u.part.length) == 0;
    at += request.u.part.length;
  }
  check (same && at == size, "what is read back is what was loaded");
}

static void
recorded (void)
{
  static struct pv_audit_record records[64];
  struct pv_sysctl audit = { .cmd = PV_SYSCTL_AUDIT_READ };
  uint32_t grants = 0, channels = 0;
  audit.u.audit.buffer = (uint32_t)records;
  audit.u.audit.records = 64;
  pv_sysctl (&audit);
  for (uint32_t i = 0; i < audit.u.audit.records; i++)
    if (records[i].operation == __HYPERVISOR_xsm_op && records[i].subject == b.id) {
      grants += records[i].object == a.id && records[i].by_policy == 1 && records[i].cls == 6;
      channels += records[i].object == a.id && records[i].by_policy == 1 && records[i].cls == 5;
    }
  check (grants == 1 && channels == 1, "what was taken back is recorded: %u and %u", grants,
         channels);
}

/* ---- the wall ---- */

static struct peer again;

/* How many datasets the subjects of a label have accessed. */
static uint32_t
history_of (const char *label, uint32_t *datasets)
{
  memset (&request, 0, sizeof request);
  memcpy (request.u.history.label, label, strlen (label));
  request.u.history.buffer = (uint32_t)datasets;
  request.u.history.count = 2;
  return ask (PV_POLICY_HISTORY) == 0 ? request.u.history.count : 99;
}

static int16_t
read_from (struct peer *by, struct peer *from)
{
  give (from, 12, GTF_permit_access, by->id, from->proxy->frame[5]);
  struct mapping mapping = map (by, from->id, 12, by->proxy->window, GNTMAP_readonly);
  if (mapping.status == GNTST_okay)
    unmap (by, by->proxy->window, mapping.handle);
  return mapping.status;
}

static void
walled (void)
{
  uint32_t datasets[2];
  unmap (&b, window (&b), at_b.handle);
  unmap (&c, window (&c), at_c.handle);
  check (test (TEXT (wall)) == 0 && ask (PV_POLICY_COMMIT) == 0, "a policy with a wall takes over");
  check (history_of ("a_t", datasets) == 0, "nobody has accessed anything");
  check (read_from (&a, &b) == GNTST_okay, "the first choice is free");
  check (history_of ("a_t", datasets) == 1, "and is recorded");
  check (read_from (&a, &c) == GNTST_permission_denied, "the competitor is out of reach from then on");
  check (read_from (&a, &b) == GNTST_okay, "the first is not");
  check (command (PV_DOMCTL_PAUSE, a.id) == 0 && command (PV_DOMCTL_UNPAUSE, a.id) == 0
             && read_from (&a, &c) == GNTST_permission_denied,
         "after a pause, too");
  check (test (TEXT (wall)) == 0 && ask (PV_POLICY_COMMIT) == 0
             && read_from (&a, &c) == GNTST_permission_denied,
         "after another policy has taken over, too");
  check (start (&again, "a again", "a_t") && read_from (&again, &c) == GNTST_permission_denied
             && read_from (&again, &b) == GNTST_okay,
         "and for a domain of that label that is new");
  stop (&again);
  /* As where a domain of that label comes from elsewhere. */
  memset (&request, 0, sizeof request);
  memcpy (request.u.history.label, "guest_t", 7);
  request.u.history.buffer = (uint32_t)datasets;
  request.u.history.count = 1;
  check (ask (PV_POLICY_ADD_HISTORY) == 0 && start (&again, "mover", "guest_t")
             && read_from (&again, &c) == GNTST_permission_denied
             && read_from (&again, &b) == GNTST_okay,
         "a history that is brought along holds");
  stop (&again);
  check (history_of ("control_t", datasets) == 0, "who is outside the wall has none");
}

/* ---- everything is mediated ---- */

static uint64_t
refusals (void)
{
  struct pv_sysctl audit = { .cmd = PV_SYSCTL_AUDIT_READ };
  pv_sysctl (&audit);
  return audit.u.audit.next;
}

#define AT_DATA 0xffffffffu /* an argument: the address of the structure */

struct call {
  const char *what;
  uint32_t number, args[4];
  uint32_t words[6]; /* the structure */
  uint32_t answer;   /* where in it the result stands; 0: the call's own */
};

/* What a domain could do to itself, to others and to the machine. */
static const struct call calls[] = {
  { "mmu_update", __HYPERVISOR_mmu_update, { AT_DATA, 1, 0, DOMID_SELF }, { 0 }, 0 },
  { "update_va_mapping", __HYPERVISOR_update_va_mapping, { 0xc0000000, 0, 0, 0 }, { 0 }, 0 },
  { "mmuext_op", __HYPERVISOR_mmuext_op, { AT_DATA, 1, 0, DOMID_SELF }, { 0 }, 0 },
  { "populate", __HYPERVISOR_memory_op, { XENMEM_populate_physmap, AT_DATA }, { 0 }, 0 },
  { "decrease", __HYPERVISOR_memory_op, { XENMEM_decrease_reservation, AT_DATA }, { 0 }, 0 },
  { "another's memory", __HYPERVISOR_memory_op, { XENMEM_current_reservation, AT_DATA }, { 0 }, 0 },
  { "console write", __HYPERVISOR_console_io, { CONSOLEIO_write, 4, AT_DATA }, { 0 }, 0 },
  { "console read", __HYPERVISOR_console_io, { CONSOLEIO_read, 4, AT_DATA }, { 0 }, 0 },
  { "grant table", __HYPERVISOR_grant_table_op, { GNTTABOP_setup_table, AT_DATA, 1 },
    { DOMID_SELF }, 8 },
  { "alloc_unbound", __HYPERVISOR_event_channel_op, { EVTCHNOP_alloc_unbound, AT_DATA },
    { DOMID_SELF }, 0 },
  { "bind_ipi", __HYPERVISOR_event_channel_op, { EVTCHNOP_bind_ipi, AT_DATA }, { 0 }, 0 },
  { "bind_virq", __HYPERVISOR_event_channel_op, { EVTCHNOP_bind_virq, AT_DATA }, { VIRQ_DEBUG, 0 }, 0 },
  { "bind an interrupt of the machine", __HYPERVISOR_event_channel_op,
    { EVTCHNOP_bind_virq, AT_DATA }, { PV_VIRQ_IO, 0 }, 0 },
  { "status", __HYPERVISOR_event_channel_op, { EVTCHNOP_status, AT_DATA }, { DOMID_SELF, 1 }, 0 },
  { "vcpu initialise", __HYPERVISOR_vcpu_op, { VCPUOP_initialise, 0, AT_DATA }, { 0 }, 0 },
  { "the channel", PV_HYPERVISOR_channel_op, { PV_CHANNEL_STATUS }, { 0 }, 0 },
  { "power off", PV_HYPERVISOR_debug_op, { 0 }, { 0 }, 0 },
  { "the disk", PV_HYPERVISOR_io_op, { PV_IO_BLOCK_QUERY, AT_DATA, 1 }, { 0 }, 0 },
  { "the network", PV_HYPERVISOR_io_op, { PV_IO_NET_QUERY, AT_DATA, 1 }, { 0 }, 0 },
  { "sending frames", PV_HYPERVISOR_io_op, { PV_IO_NET_SEND, AT_DATA, 1 }, { 0 }, 0 },
  { "a picture", PV_HYPERVISOR_hid_op, { PV_HID_ATTACH }, { 0 }, 0 },
  { "the focus", PV_HYPERVISOR_hid_op, { PV_HID_FOCUS, 0 }, { 0 }, 0 },
  { "another's picture", PV_HYPERVISOR_hid_op, { PV_HID_READ, AT_DATA }, { 0 }, 0 },
};

static int32_t
try (const struct call *call)
{
  uint32_t args[5] = { call->number };
  for (uint32_t i = 0; i < 4; i++)
    args[i + 1] = call->args[i] == AT_DATA ? a.proxy->self + offsetof (struct proxy, data)
                                           : call->args[i];
  memset (a.proxy->data, 0, 256);
  memcpy (a.proxy->data, call->words, sizeof call->words);
  int32_t result = tell (&a, PROXY_HYPERCALL, args);
  return call->answer ? (int16_t)(a.proxy->data[call->answer] | a.proxy->data[call->answer + 1] << 8)
                      : result;
}

/* Every command of a hypercall that takes a structure which begins with the command. */
static void
try_commands (const char *what, uint32_t number, uint32_t from, uint32_t to)
{
  for (uint32_t cmd = from; cmd <= to; cmd++) {
    struct call call = { what, number, { AT_DATA }, { cmd, b.id }, 0 };
    uint64_t before = refusals ();
    int32_t result = try (&call);
    if (result != -XEN_ENOSYS)
      check (result == -XEN_EPERM && refusals () == before + 1, "%s %u: %d", what, cmd, result);
  }
}

static void
mediated (void)
{
  check (test (TEXT (mute)) == 0 && ask (PV_POLICY_COMMIT) == 0,
         "a policy that gives one domain nothing takes over");
  for (uint32_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
    uint64_t before = refusals ();
    int32_t result = try (&calls[i]);
    check ((result == -XEN_EPERM || (calls[i].answer && result == GNTST_permission_denied))
               && refusals () == before + 1,
           "%s is refused and recorded: %d", calls[i].what, result);
  }
  uint64_t before = refusals ();
  check (map (&a, c.id, 8, window (&a), 0).status == GNTST_permission_denied
             && refusals () > before,
         "mapping a page of another");
  try_commands ("sysctl", __HYPERVISOR_sysctl, 0, 10);
  try_commands ("sysctl", __HYPERVISOR_sysctl, 199, 210);
  try_commands ("domctl", __HYPERVISOR_domctl, 0, 20);
  try_commands ("domctl", __HYPERVISOR_domctl, 199, 240);
  try_commands ("xsm_op", __HYPERVISOR_xsm_op, 0, 12);
}

void
pv_main (const struct pv_start_info *info)
{
  (void)info;
  bool started = start (&a, "a", "a_t") && start (&b, "b", "b_t") && start (&c, "c", "c_t");
  check (started && sequence () == 1, "three domains with labels");
  share ();
  check (all_works (), "all of that works");
  wrongly_brought ();
  others ();
  batched ();
  only_watching ();
  keeping_apart ();
  recorded ();
  together_again ();
  read_back ();
  walled ();
  mediated ();
  pv_printf ("done\n");
  pv_hypercall1 (PV_HYPERVISOR_debug_op, 0);
  for (;;)
    continue;
}
