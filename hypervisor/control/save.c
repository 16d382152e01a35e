/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A domain into a stream. What stands still is sent once; a live one is sent while it runs, then
 * what it wrote to meanwhile, and again, until little is left or it writes faster than can be sent;
 * then it is suspended for the rest.
 */
#include <pv/arch.h>
#include <xen/errno.h>
#include "device-methods.h"
#include "domain-methods.h"
#include "events.h"
#include "sched-methods.h"
#include "history.h"
#include "state.h"
#include "stream.h"

#define NS_PER_SECOND   1000000000ull
#define SUSPEND_MAX_NS  (10 * NS_PER_SECOND)
#define DISK_MAX_NS     (3 * NS_PER_SECOND)
#define ROUNDS_MAX      12
#define DIRTY_FEW       64u /* pages that need no further round */
#define PAGES_PER_CALL  256u
#define PINS_PER_RECORD 2048u

enum phase {
  PHASE_NONE,
  PHASE_SUSPEND, /* waits until the domain stands still */
  PHASE_HEADER,
  PHASE_PAGES,
  PHASE_ROUND_OVER,
  PHASE_USES, /* looks up what each page is used as */
  PHASE_ABSENT,
  PHASE_PIN_TABLES,
  PHASE_PIN_DIRECTORIES,
  PHASE_VCPUS,
  PHASE_UNPIN,
  PHASE_PICTURE,
  PHASE_HISTORY, /* what its label has accessed behind the Chinese Wall */
  PHASE_END,
  PHASE_COMPLETE,
};

static struct {
  enum phase phase;
  struct domain domain;
  bool live, keep;
  bool watched;     /* the hypervisor logs its writes */
  bool still;       /* it is suspended */
  bool was_still;   /* it was before we came */
  bool focused;     /* it had display and input, which a suspended domain loses */
  uint32_t pages;   /* page numbers go up to here */
  uint32_t present; /* and there is none from here on */
  uint32_t p2m_page, p2m_pages;
  uint32_t cursor; /* page or vCPU of the phase */
  uint32_t round, sent, dirty;
  uint64_t deadline_ns;
} save;
/* A domain that was asked to suspend, and is not wanted to any more. */
static struct {
  bool waiting, focused;
  uint32_t id;
} late;
static uint32_t dirty_map[STATE_PAGES_MAX / 32];

static long
simple (uint32_t cmd)
{
  struct pv_domctl operation = { .cmd = cmd, .domain = save.domain.id };

  return port_domctl (&operation);
}

static void
enter (enum phase phase)
{
  save.phase = phase;
  save.cursor = 0;
}

static void
fail (uint32_t code, const char *hint, const char *what)
{
  stream_fail (code, hint, "Domain %s could not be saved: %s", save.domain.info.name, what);
  save_abort ();
}

static void
fail_hypervisor (long error)
{
  const char *name = save.domain.info.name;

  if (error == -XEN_ESRCH) {
    fail (ERROR_NOT_FOUND, NULL, "it is gone.");
  } else if (error == -XEN_EPERM) {
    fail (ERROR_DENIED, NULL, "the policy forbids it.");
  } else {
    stream_fail ((uint32_t)ERROR_INTERNAL, NULL,
                 "Domain %s could not be saved: the hypervisor gave error %u.", name,
                 (unsigned)-error);
    save_abort ();
  }
}

/* ---- from running to standing still ---- */

static long
ask_to_suspend (void)
{
  long error = simple (PV_DOMCTL_SUSPEND);

  save.deadline_ns = port_time_ns () + SUSPEND_MAX_NS;
  return error;
}

/* Whether it has given memory back, or got some, since its pages were listed. */
static bool
has_other_pages (void)
{
  static struct pv_memory_item items[PAGES_PER_CALL];
  uint32_t first = 0, count, known = 0, there = 0;

  for (uint32_t page = 0; page < save.pages; page++) {
    known += state_frames[page] != 0;
  }
  do {
    count = PAGES_PER_CALL;
    if (port_memory_list (save.domain.id, &first, items, &count) != 0) {
      return true;
    }
    for (uint32_t i = 0; i < count; i++, there++) {
      if (items[i].page >= save.pages
          || (state_frames[items[i].page] & PV_PAGE_FRAME) != items[i].frame) {
        return true;
      }
    }
  } while (first != 0);
  return there != known;
}

static bool
wait_for_suspension (void)
{
  if (!domain_get (save.domain.id, &save.domain)) {
    fail (ERROR_NOT_FOUND, NULL, "it is gone.");
  } else if (save.domain.info.state == PV_STATE_SAVED) {
    if (!save.still) {
      save.still = true;
      save.deadline_ns = port_time_ns () + DISK_MAX_NS;
    }
    if (!devices_detach (save.domain.id)) {
      if (port_time_ns () >= save.deadline_ns) {
        fail (ERROR_IO, "Look at the machine's storage.", "the machine's disk does not answer.");
      }
      return false; /* what they have under way is still done */
    }
    if (save.live && has_other_pages ()) {
      fail (ERROR_STATE, "Try again.", "the memory that it has changed meanwhile.");
      return false;
    }
    enter (save.live ? PHASE_ROUND_OVER : PHASE_HEADER);
    return true;
  } else if (domain_is_over (&save.domain)) {
    fail (ERROR_STATE, NULL, "it ended before it was suspended.");
  } else if (port_time_ns () >= save.deadline_ns) {
    fail (ERROR_STATE, "Look at its console; a kernel that hangs can only be destroyed.",
          "its kernel did not suspend within 10 seconds.");
  }
  return false;
}

/* ---- header ---- */

static uint32_t
page_of (uint32_t frame)
{
  uint32_t page = 0;

  while (page < save.pages && (state_frames[page] & PV_PAGE_FRAME) != frame) {
    page++;
  }
  return page;
}

static bool
translate_layout (struct pv_layout *layout, uint32_t *low_pages)
{
  uint32_t *frames[] = {
    &layout->start_info,     &layout->shared_info,    &layout->device_page,
    &layout->grant_table[0], &layout->grant_table[1],
  };

  *low_pages = layout->p2m + save.p2m_pages;
  for (save.present = save.pages; save.present > 0 && state_frames[save.present - 1] == 0;) {
    save.present--;
  }
  save.present = (save.present + 3) / 4 * 4;
  for (size_t i = 0; i < ARRAY_LENGTH (frames); i++) {
    *frames[i] = page_of (*frames[i]);
    if (*frames[i] >= save.pages) {
      return false;
    }
    if (*frames[i] >= *low_pages) {
      *low_pages = *frames[i] + 1;
    }
  }
  return *low_pages <= save.pages;
}

static void
write_header (const struct pv_layout *layout, uint32_t low_pages)
{
  const struct pv_domain_info *info = &save.domain.info;
  struct pv_state_header *header = stream_begin ();
  uint32_t all = sched_all_processors ();

  *header = (struct pv_state_header){
    .version = PV_STREAM_VERSION,
    .abi = PV_ABI_VERSION,
    .pages = save.pages,
    .vcpus = info->vcpus,
    .weight = info->weight,
    .cap_percent = info->cap_percent,
    .present = save.present,
    .target_kib = info->target_memory_kib,
    .low_pages = low_pages,
    .live = save.live,
    .layout = *layout,
    .budget_us = info->budget_us,
    .period_us = info->period_us,
    .focus = save.focused,
    .watchdog_seconds = info->watchdog_seconds,
    .watchdog_restart = info->watchdog_restart,
  };
  memcpy (header->name, info->name, sizeof header->name);
  memcpy (header->image, info->image, sizeof header->image);
  memcpy (header->image_sha256, info->image_sha256, sizeof header->image_sha256);
  memcpy (header->handle, info->handle, sizeof header->handle);
  memcpy (header->label, info->label, sizeof header->label);
  for (uint32_t i = 0; i < info->vcpus; i++) {
    header->affinity[i] = info->vcpu[i].affinity != all ? info->vcpu[i].affinity : 0;
  }
  devices_noted (save.domain.id, header->devices);
  stream_end (PV_RECORD_HEADER, sizeof *header);
}

static bool
send_header (void)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_GET_LAYOUT, .domain = save.domain.id };
  uint32_t low_pages;
  long error;

  save.pages = save.domain.info.max_memory_kib / 4;
  save.p2m_pages = (save.pages + 1023) / 1024;
  if (save.live && (error = port_log_dirty (save.domain.id, PV_LOG_DIRTY_ENABLE, 0, NULL, 0)) < 0) {
    fail_hypervisor (error);
    return false;
  }
  save.watched = save.live;
  if ((error = state_list_frames (save.domain.id, save.pages)) < 0
      || (error = port_domctl (&operation)) < 0) {
    fail_hypervisor (error);
    return false;
  }
  save.p2m_page = operation.u.layout.p2m;
  if (!translate_layout (&operation.u.layout, &low_pages)) {
    fail (ERROR_INTERNAL, NULL, "its own pages are not where they were.");
    return false;
  }
  write_header (&operation.u.layout, low_pages);
  memset (dirty_map, 0xff, sizeof dirty_map);
  save.round = 1;
  enter (PHASE_PAGES);
  return true;
}

/* ---- pages ---- */

static bool
is_dirty (uint32_t page)
{
  return dirty_map[page / 32] >> (page % 32) & 1;
}

/* The p2m is made anew where the domain is restored. */
static bool
is_wanted (uint32_t page)
{
  return is_dirty (page) && state_frames[page] != 0
         && (page < save.p2m_page || page >= save.p2m_page + save.p2m_pages);
}

static bool
is_clear (const uint32_t *words, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    if (words[i] != 0) {
      return false;
    }
  }
  return true;
}

/* Puts the pages behind the numbers and leaves out the clear ones: in a first round altogether, for
   a new domain's memory is clear. -> bytes of the record. */
static size_t
pack (struct pv_state_pages *record,
      const uint32_t *numbers,
      const uint32_t *frames,
      uint32_t count)
{
  uint8_t *data = (uint8_t *)&record->page[count], *to;
  bool clear[PV_PAGES_MAX];

  record->count = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t use = frames[i] & PV_PAGE_USE;

    clear[i] = use == PV_PAGE_ABSENT || is_clear ((const uint32_t *)(void *)(data + i * 4096), 1024);
    if (!clear[i] || save.round > 1) {
      record->page[record->count++] = numbers[i] | (clear[i] ? PV_STATE_ZERO : use);
    }
  }
  to = (uint8_t *)&record->page[record->count];
  for (uint32_t i = 0; i < count; i++) {
    if (!clear[i]) {
      memmove (to, data + i * 4096, 4096);
      to += 4096;
    }
  }
  return (size_t)(to - (uint8_t *)record);
}

static bool
send_pages (void)
{
  struct pv_state_pages *record = stream_begin ();
  uint32_t numbers[PV_PAGES_MAX], frames[PV_PAGES_MAX], count = 0;
  size_t length;
  long error;

  for (; save.cursor < save.pages && count < PV_PAGES_MAX; save.cursor++) {
    if (is_wanted (save.cursor)) {
      numbers[count] = save.cursor;
      frames[count++] = state_frames[save.cursor] & PV_PAGE_FRAME;
    }
  }
  if (count == 0) {
    enter (save.still ? PHASE_USES : PHASE_ROUND_OVER);
    return true;
  }
  error = port_pages (PV_DOMCTL_PAGES_READ, save.domain.id, frames, &record->page[count], count);
  if (error != 0) {
    fail_hypervisor (error);
    return false;
  }
  for (uint32_t i = 0; i < count; i++) {
    state_frames[numbers[i]] = frames[i];
  }
  save.sent += count;
  length = pack (record, numbers, frames, count);
  if (record->count > 0) {
    stream_end (PV_RECORD_PAGES, length);
  }
  return true;
}

/* ---- a live domain's rounds ---- */

static bool
is_table (uint32_t frame)
{
  uint32_t use = frame & PV_PAGE_USE & ~PV_PAGE_PINNED;

  return use == PV_PAGE_TABLES || use == PV_PAGE_DIRECTORY;
}

/* Asks what each page is used as now. What is a table, or was one when it was sent, is to be sent.
 */
static long
refresh_uses (void)
{
  uint32_t frames[PAGES_PER_CALL], numbers[PAGES_PER_CALL], count, page = 0;

  do {
    long error;

    for (count = 0; page < save.pages && count < PAGES_PER_CALL; page++) {
      if (state_frames[page] != 0) {
        numbers[count] = page;
        frames[count++] = state_frames[page] & PV_PAGE_FRAME;
      }
    }
    error = port_pages (PV_DOMCTL_PAGES_READ, save.domain.id, frames, NULL, count);
    if (error != 0) {
      return error;
    }
    for (uint32_t i = 0; i < count; i++) {
      if (is_table (state_frames[numbers[i]]) || is_table (frames[i])) {
        dirty_map[numbers[i] / 32] |= 1u << (numbers[i] % 32);
      }
      state_frames[numbers[i]] = frames[i];
    }
  } while (count > 0);
  return 0;
}

/* Adds what the hypervisor has seen written to since it was asked last. */
static long
read_log (void)
{
  uint32_t words[64];
  long next = 0;

  do {
    next = port_log_dirty (save.domain.id, PV_LOG_DIRTY_WATCH, (uint32_t)next, NULL, 0);
  } while (next > 0);
  for (uint32_t page = 0; page < save.pages && next >= 0; page += ARRAY_LENGTH (words) * 32) {
    uint32_t count = (save.pages - page + 31) / 32;

    count = count < ARRAY_LENGTH (words) ? count : (uint32_t)ARRAY_LENGTH (words);
    next = port_log_dirty (save.domain.id, PV_LOG_DIRTY_CLEAN, page, words, count);
    for (uint32_t i = 0; i < count && next >= 0; i++) {
      dirty_map[page / 32 + i] |= words[i];
    }
  }
  return next < 0 ? next : 0;
}

/* Marks what the next round is to send. A domain that has just come to stand still may have things
   marked that were not sent: what was seen when it was asked to. */
static long
collect (void)
{
  long error;

  if (!save.still) {
    memset (dirty_map, 0, sizeof dirty_map);
  }
  error = read_log ();
  if (error == 0) {
    error = refresh_uses ();
  }
  save.dirty = 0;
  for (uint32_t page = 0; page < save.pages; page++) {
    save.dirty += is_wanted (page);
  }
  return error;
}

static void
tell_round (bool final)
{
  struct pv_stream_round *record = stream_begin ();

  *record = (struct pv_stream_round){
    .round = save.round,
    .sent = save.sent,
    .dirty = save.dirty,
    .final = final,
  };
  stream_end (PV_RECORD_ROUND, sizeof *record);
}

/* A round has been sent, or the domain has come to stand still: what is left? */
static bool
end_round (void)
{
  uint32_t before = save.dirty;
  long error = collect ();
  bool last;

  if (error < 0) {
    fail_hypervisor (error);
    return false;
  }
  last = save.dirty <= DIRTY_FEW || save.round >= ROUNDS_MAX
         || (save.round > 1 && save.dirty >= before);
  tell_round (save.still || last);
  if (!save.still && last) {
    error = ask_to_suspend ();
    if (error == -XEN_EOPNOTSUPP) {
      fail (ERROR_UNSUPPORTED, NULL, "its kernel does not take part in suspension.");
      return false;
    }
    if (error != 0) {
      fail_hypervisor (error);
      return false;
    }
    enter (PHASE_SUSPEND);
    return true;
  }
  save.round++;
  save.sent = 0;
  enter (PHASE_PAGES);
  return true;
}

/* ---- the rest of what stands still ---- */

static bool
look_up_uses (void)
{
  long error = refresh_uses ();

  if (error != 0) {
    fail_hypervisor (error);
    return false;
  }
  enter (PHASE_ABSENT);
  return true;
}

/* What is done in this phase to a page that is used so: PV_STATE_PIN_*. */
static bool
pin_of (uint32_t page, uint32_t *operation)
{
  uint32_t use = state_frames[page] & PV_PAGE_USE;
  bool tables = (use & ~PV_PAGE_PINNED) == PV_PAGE_TABLES;

  switch (save.phase) {
  case PHASE_ABSENT:
    *operation = PV_STATE_ABSENT;
    return state_frames[page] == 0 && page < save.present;
  case PHASE_PIN_TABLES:
    *operation = PV_STATE_PIN_TABLES;
    return tables;
  case PHASE_PIN_DIRECTORIES:
    *operation = PV_STATE_PIN_DIRECTORY;
    return use == (PV_PAGE_DIRECTORY | PV_PAGE_PINNED);
  default:
    *operation = PV_STATE_UNPIN;
    return tables && (use & PV_PAGE_PINNED) == 0;
  }
}

/* Tables are pinned one by one, so that no directory takes long to check; those that were not
   pinned are let go of behind the directories, which hold them then. */
static bool
send_pins (enum phase next)
{
  uint32_t *record = stream_begin (), count = 0, operation;

  for (; save.cursor < save.pages && count < PINS_PER_RECORD; save.cursor++) {
    if (pin_of (save.cursor, &operation)) {
      record[count++] = save.cursor | operation;
    }
  }
  if (count > 0) {
    stream_end (PV_RECORD_PIN, count * sizeof *record);
  } else {
    enter (next);
  }
  return true;
}

static bool
send_vcpus (void)
{
  struct pv_state_vcpu *record = stream_begin ();
  long error;

  if (save.cursor == save.domain.info.vcpus) {
    enter (PHASE_UNPIN);
    return true;
  }
  *record = (struct pv_state_vcpu){ .vcpu = save.cursor++ };
  error = port_vcpu (PV_DOMCTL_GET_VCPU, save.domain.id, record->vcpu, &record->context);
  if (error != 0) {
    fail_hypervisor (error);
    return false;
  }
  if ((record->context.state & PV_VCPU_STARTED) != 0) {
    record->context.directory = page_of (record->context.directory);
  }
  stream_end (PV_RECORD_VCPU, sizeof *record);
  return true;
}

/* What it shows, as far as it shows anything. */
static bool
send_picture (void)
{
  struct pv_state_picture *record = stream_begin ();
  char *pixels = (char *)(record + 1);
  struct pv_hid_mode mode;
  uint32_t rows;
  long error;

  port_display_mode (&mode);
  if ((save.domain.info.flags & PV_DOMAIN_DISPLAY) == 0 || save.cursor >= mode.height) {
    enter (PHASE_HISTORY);
    return true;
  }
  rows = (PV_RECORD_MAX - sizeof *record) / mode.stride;
  error = port_picture_read (save.domain.id, save.cursor, &rows, pixels);
  if (error != 0) {
    fail_hypervisor (error);
    return false;
  }
  *record = (struct pv_state_picture){ .row = save.cursor, .rows = rows };
  save.cursor += rows;
  stream_end (PV_RECORD_PICTURE,
              sizeof *record
                  + (is_clear ((const uint32_t *)(void *)pixels, rows * mode.stride / 4)
                         ? 0
                         : rows * mode.stride));
  return true;
}

/* ---- the transfer as a whole ---- */

bool
save_begin (struct call *call, struct domain *domain, bool live, bool keep)
{
  long error;

  memset (&save, 0, sizeof save);
  save.domain = *domain;
  late.waiting = late.waiting && late.id != domain->id;
  save.live = live;
  save.keep = keep;
  save.focused = (domain->info.flags & PV_DOMAIN_FOCUS) != 0;
  save.was_still = save.still = domain->info.state == PV_STATE_SAVED;
  if (save.still) {
    save.live = false;
    enter (PHASE_HEADER);
    return true;
  }
  if (live) {
    enter (PHASE_HEADER);
    return true;
  }
  error = ask_to_suspend ();
  if (error != 0) {
    call_fail_hypervisor (call, domain, "saved", error);
    return false;
  }
  enter (PHASE_SUSPEND);
  return true;
}

bool
save_step (void)
{
  stream_drain ();
  if (!stream_flush ()) {
    return false;
  }
  switch (save.phase) {
  case PHASE_SUSPEND:
    return wait_for_suspension ();
  case PHASE_HEADER:
    return send_header ();
  case PHASE_PAGES:
    return send_pages ();
  case PHASE_ROUND_OVER:
    return end_round ();
  case PHASE_USES:
    return look_up_uses ();
  case PHASE_ABSENT:
    return send_pins (PHASE_PIN_TABLES);
  case PHASE_PIN_TABLES:
    return send_pins (PHASE_PIN_DIRECTORIES);
  case PHASE_PIN_DIRECTORIES:
    return send_pins (PHASE_VCPUS);
  case PHASE_VCPUS:
    return send_vcpus ();
  case PHASE_UNPIN:
    return send_pins (PHASE_PICTURE);
  case PHASE_PICTURE:
    return send_picture ();
  case PHASE_HISTORY:
    history_send (save.domain.info.label);
    enter (PHASE_END);
    return true;
  case PHASE_END:
    stream_end (PV_RECORD_END, 0);
    enter (PHASE_COMPLETE);
    return true;
  case PHASE_NONE:
  case PHASE_COMPLETE:
    break;
  }
  return false;
}

bool
save_stood_still (void)
{
  return save.was_still;
}

bool
save_is_complete (void)
{
  return save.phase == PHASE_COMPLETE;
}

uint64_t
save_deadline_ns (void)
{
  return save.phase == PHASE_SUSPEND ? save.deadline_ns : 0;
}

static void
stop_watching (void)
{
  long next = 0;

  if (!save.watched) {
    return;
  }
  do {
    next = port_log_dirty (save.domain.id, PV_LOG_DIRTY_OFF, (uint32_t)next, NULL, 0);
  } while (next > 0);
  save.watched = false;
}

static void
go_on (void)
{
  stop_watching ();
  if (save.still && !save.was_still) {
    simple (PV_DOMCTL_UNSUSPEND);
    devices_reattach (save.domain.id);
    if (save.focused) {
      state_refocus (save.domain.id);
    }
  } else if (save.phase == PHASE_SUSPEND) {
    late.waiting = true;
    late.focused = save.focused;
    late.id = save.domain.id;
  }
  save.still = save.was_still;
  events_scan_soon ();
}

void
save_look_after (void)
{
  struct domain domain;

  if (!late.waiting) {
    return;
  }
  if (!domain_get (late.id, &domain) || domain_is_over (&domain)) {
    late.waiting = false;
  } else if (domain.info.state == PV_STATE_SAVED) {
    struct pv_domctl operation = { .cmd = PV_DOMCTL_UNSUSPEND, .domain = late.id };

    late.waiting = false;
    port_domctl (&operation);
    devices_reattach (late.id);
    events_scan_soon ();
    if (late.focused) {
      state_refocus (late.id);
    }
  }
}

void
save_release (uint32_t id)
{
  late.waiting = true;
  late.focused = false;
  late.id = id;
  save_look_after ();
}

void
save_commit (void)
{
  if (save.keep) {
    go_on ();
  } else {
    simple (PV_DOMCTL_DESTROY);
    events_scan_soon ();
  }
  save.phase = PHASE_NONE;
}

void
save_abort (void)
{
  go_on ();
  save.phase = PHASE_NONE;
}

void
save_hold (void)
{
  stop_watching ();
  save.phase = PHASE_NONE;
}
