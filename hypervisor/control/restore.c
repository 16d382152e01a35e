/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream into a domain. It is nobody's until the last record has come, every one of them was
 * whole, and the hypervisor has checked its page tables and registers; then it is paused, and runs
 * when the host's side says so. Whatever fails before leaves nothing behind.
 */
#include <pv/arch.h>
#include <xen/errno.h>
#include "device-methods.h"
#include "events.h"
#include "sched-methods.h"
#include "history.h"
#include "state.h"
#include "stream.h"

#define WORDS 1024u /* of a page */

static struct {
  bool begun, complete;
  bool mapped; /* the p2m has been written */
  bool made;   /* there is a domain, `id` */
  uint32_t id;
  char name[PV_NAME_MAX];
  struct pv_state_header header;
} restore;

/* ---- failures: each ends the transfer ---- */

static bool
fail (uint32_t code, const char *hint, const char *what)
{
  stream_fail (code, hint, "The saved domain was not restored: %s", what);
  restore_abort ();
  return false;
}

static bool
fail_damaged (const char *what)
{
  return fail (ERROR_INTEGRITY, "It was cut off, changed or damaged; use another copy.", what);
}

static bool
fail_create (long error)
{
  const char *name = restore.name;

  switch (error) {
  case -XEN_EEXIST:
    stream_fail (ERROR_EXISTS, "Give another name, or destroy that domain first.",
                 "There is a domain %s already.", name);
    break;
  case -XEN_ENOMEM:
    stream_fail (ERROR_RESOURCE, "Destroy a domain that is not needed.",
                 "Domain %s needs %u KiB, which are not free.", name, restore.header.present * 4);
    break;
  case -XEN_ENOSPC:
    return fail (ERROR_RESOURCE, NULL, "there are as many domains as this hypervisor can hold.");
  case -XEN_ESRCH:
    stream_fail (ERROR_NOT_FOUND, "Load a policy that has it.", "The policy here has no label %s.",
                 restore.header.label);
    break;
  case -XEN_EPERM:
    return fail (ERROR_DENIED, NULL, "the policy forbids it.");
  case -XEN_EINVAL:
  case -XEN_E2BIG:
    return fail_damaged ("its description cannot be.");
  default:
    stream_fail ((uint32_t)ERROR_INTERNAL, NULL,
                 "The hypervisor refused to create domain %s: error %u.", name, (unsigned)-error);
  }
  restore_abort ();
  return false;
}

/* ---- the header makes the domain ---- */

/* Whether the machine's image of that name is the one that the domain was started from. */
static bool
check_image (void)
{
  const struct pv_state_header *header = &restore.header;
  struct pv_sysctl operation = { .cmd = PV_SYSCTL_IMAGE };

  for (; port_sysctl (&operation) == 0; operation.index++) {
    const struct pv_image_info *image = &operation.u.image;

    if (memcmp (image->name, header->image, sizeof image->name) != 0) {
      continue;
    }
    if (memcmp (image->sha256, header->image_sha256, sizeof image->sha256) == 0) {
      return true;
    }
    stream_fail (ERROR_UNSUPPORTED, "Restore it on a machine with the same images.",
                 "The domain was started from another version of the image %s.", header->image);
    restore_abort ();
    return false;
  }
  stream_fail (ERROR_NOT_FOUND, "Restore it on a machine with the same images.",
               "This machine has no image %s.", header->image);
  restore_abort ();
  return false;
}

static bool
is_text (const char text[PV_NAME_MAX])
{
  return text[0] != '\0' && text[PV_NAME_MAX - 1] == '\0';
}

static bool
is_layout (const struct pv_state_header *header)
{
  const struct pv_layout *layout = &header->layout;
  uint32_t p2m_pages = (header->pages + WORDS - 1) / WORDS, end = header->low_pages;

  return header->pages > 0 && header->pages <= STATE_PAGES_MAX && end <= header->present
         && header->present <= header->pages && header->present % 4 == 0 && layout->p2m < end
         && p2m_pages <= end - layout->p2m && layout->start_info < end && layout->shared_info < end
         && layout->device_page < end && layout->grant_table[0] < end
         && layout->grant_table[1] < end;
}

/* The domain keeps its uuid, unless it runs here already (restored from a copy). */
static void
choose_handle (uint8_t handle[16])
{
  struct domain domain;

  memcpy (handle, restore.header.handle, 16);
  for (uint32_t from = 0; domain_next (from, &domain); from = domain.id + 1) {
    if (memcmp (domain.info.handle, handle, 16) == 0) {
      domain_make_uuid (handle);
      return;
    }
  }
}

static bool
create (void)
{
  const struct pv_state_header *header = &restore.header;
  struct pv_domctl operation = { .cmd = PV_DOMCTL_CREATE };
  long error;

  memcpy (operation.u.create.name, restore.name, sizeof restore.name);
  memcpy (operation.u.create.image, header->image, sizeof header->image);
  choose_handle (operation.u.create.handle);
  operation.u.create.memory_kib = header->present * 4;
  operation.u.create.max_memory_kib = header->pages * 4;
  operation.u.create.vcpus = header->vcpus;
  operation.u.create.weight = header->weight;
  operation.u.create.cap_percent = header->cap_percent;
  memcpy (operation.u.create.label, header->label, sizeof header->label);
  operation.u.create.flags = PV_CREATE_EMPTY;
  operation.u.create.low_pages = header->low_pages;
  error = port_domctl (&operation);
  if (error != 0) {
    return fail_create (error);
  }
  restore.id = operation.domain;
  restore.made = true;
  if (state_list_frames (restore.id, header->pages) != 0) {
    return fail (ERROR_INTERNAL, NULL, "the hypervisor did not tell of its memory.");
  }
  return true;
}

/* The header of another version may have another length. */
static bool
check_version (const struct stream_record *record)
{
  const uint32_t *version = record->payload;
  const char *hint = "Restore it with the version of Domicile that saved it.";

  if (restore.made || record->length < sizeof *version) {
    return fail_damaged ("its first record is not a header.");
  }
  if (*version != PV_STREAM_VERSION) {
    stream_fail (ERROR_UNSUPPORTED, hint,
                 "The domain was saved in version %u of the format; this is version %u.", *version,
                 PV_STREAM_VERSION);
    restore_abort ();
    return false;
  }
  if (record->length != sizeof (struct pv_state_header)) {
    return fail_damaged ("its header is cut off.");
  }
  if (restore.header.abi >> 16 != PV_ABI_VERSION >> 16) {
    stream_fail (ERROR_UNSUPPORTED, hint,
                 "The domain was saved under version %u.%u of the hypervisor's interface; this is "
                 "%u.%u.",
                 restore.header.abi >> 16, restore.header.abi & 0xffff, PV_ABI_VERSION >> 16,
                 PV_ABI_VERSION & 0xffff);
    restore_abort ();
    return false;
  }
  return true;
}

static bool
take_header (const struct stream_record *record)
{
  struct pv_state_header *header = &restore.header;

  if (!restore.made && record->length == sizeof *header) {
    memcpy (header, record->payload, sizeof *header);
  }
  if (!check_version (record)) {
    return false;
  }
  if (!is_text (header->name) || !is_text (header->image) || !is_text (header->label)
      || !is_layout (header)) {
    return fail_damaged ("its description cannot be.");
  }
  if (restore.name[0] == '\0') {
    memcpy (restore.name, header->name, sizeof restore.name);
  }
  return check_image () && create ();
}

/* ---- pages ---- */

/* Page numbers become the machine frames of this domain. What an entry may be, the hypervisor
 * checks. */
static bool
localize (uint32_t *words)
{
  for (uint32_t i = 0; i < WORDS; i++) {
    uint32_t page = words[i] >> 12;

    if (words[i] == 0) {
      continue;
    }
    if (page >= restore.header.pages || state_frames[page] == 0) {
      return false;
    }
    words[i] = state_frames[page] << 12 | (words[i] & 0xfff);
  }
  return true;
}

static bool
adapt (uint32_t page, uint32_t use, uint32_t *words)
{
  if (page == restore.header.layout.start_info) {
    ((struct pv_start_info *)(void *)words)->domid = restore.id;
  }
  return (use & (PV_PAGE_TABLES | PV_PAGE_DIRECTORY)) == 0 || localize (words);
}

static bool
write_page (uint32_t page, uint32_t *words)
{
  uint32_t frame = state_frames[page];
  long error = port_pages (PV_DOMCTL_PAGES_WRITE, restore.id, &frame, words, 1);

  if (error == 0) {
    return true;
  }
  stream_fail ((uint32_t)ERROR_INTERNAL, NULL,
               "The saved domain was not restored: the hypervisor refused page %u with error %u.",
               page, (unsigned)-error);
  restore_abort ();
  return false;
}

static bool
take_pages (const struct stream_record *record)
{
  static uint32_t clear[WORDS];
  const struct pv_state_pages *pages = record->payload;
  size_t used = sizeof *pages;

  if (record->length < used || pages->count > PV_PAGES_MAX
      || record->length < (used += pages->count * sizeof (uint32_t))) {
    return fail_damaged ("a record of pages is too short.");
  }
  for (uint32_t i = 0; i < pages->count; i++) {
    uint32_t page = pages->page[i] & PV_STATE_PAGE;
    bool is_clear = (pages->page[i] & PV_STATE_ZERO) != 0;
    uint32_t *words = is_clear ? clear : (uint32_t *)(void *)((uint8_t *)record->payload + used);

    if (page >= restore.header.pages || state_frames[page] == 0
        || (!is_clear && record->length - used < 4096)) {
      return fail_damaged ("a record of pages cannot be.");
    }
    if (!is_clear && !adapt (page, pages->page[i] & PV_PAGE_USE, words)) {
      return fail_damaged ("a page table of it names no page of it.");
    }
    used += is_clear ? 0 : 4096;
    if (!write_page (page, words)) {
      return false;
    }
  }
  return used == record->length || fail_damaged ("a record of pages is too long.");
}

/* Where each page is now, for the guest's kernel. */
static bool
write_p2m (void)
{
  static uint32_t words[WORDS];
  const struct pv_state_header *header = &restore.header;

  for (uint32_t first = 0; first < header->pages; first += WORDS) {
    for (uint32_t i = 0; i < WORDS; i++) {
      uint32_t frame = first + i < header->pages ? state_frames[first + i] : 0;

      words[i] = frame != 0 ? frame : PV_FRAME_NONE;
    }
    if (!write_page (header->layout.p2m + first / WORDS, words)) {
      return false;
    }
  }
  return true;
}

/* ---- processors ---- */

static bool
give_processors (void)
{
  const struct pv_state_header *header = &restore.header;
  struct sched_wish wish = { .class_set = header->period_us != 0,
                             .budget_us = header->budget_us,
                             .period_us = header->period_us,
                             .affinities = header->vcpus,
                             .watchdog_set = header->watchdog_seconds != 0,
                             .watchdog_seconds = header->watchdog_seconds,
                             .watchdog_restart = header->watchdog_restart != 0 };

  memcpy (wish.affinity, header->affinity, sizeof wish.affinity);
  switch (sched_apply (restore.id, &wish)) {
  case 0:
    return true;
  case -XEN_ENOSPC:
    return fail (ERROR_RESOURCE, "Give other real-time domains less, or restore it elsewhere.",
                 "no processor here has as much time left for real-time domains as it needs.");
  case -XEN_EINVAL:
    return fail (ERROR_UNSUPPORTED, "Let it use other processors there: vcpu_affinity of domain.set.",
                 "it is bound to processors that this machine does not have.");
  default:
    return fail (ERROR_DENIED, NULL, "the policy does not let its scheduling be set.");
  }
}

/* ---- devices ---- */

/* What it had is to be here, too; the front ends connect anew when it runs. */
static bool
give_devices (void)
{
  struct pv_device_config *configs = restore.header.devices;
  uint32_t which;
  long error;

  for (uint32_t slot = 0; slot < PV_DEVICES_MAX; slot++) {
    configs[slot].name[sizeof configs[slot].name - 1] = '\0';
  }
  error = devices_give (restore.id, configs, &which);
  switch (error) {
  case 0:
    return true;
  case -XEN_ENOENT:
    stream_fail (ERROR_NOT_FOUND, "Make it here, too: disk.list shows the disks there are.",
                 "The domain's disk %s is not on this machine.", configs[which].name);
    break;
  case -XEN_EBUSY:
    stream_fail (ERROR_EXISTS, "Destroy that domain first.",
                 "The domain's disk %s belongs to another domain.", configs[which].name);
    break;
  case -XEN_EROFS:
    stream_fail (ERROR_STATE, "Start the machine with a disk that can be written to.",
                 "The domain writes to its disk %s, which can only be read here.",
                 configs[which].name);
    break;
  case -XEN_EOPNOTSUPP:
    stream_fail (ERROR_UNSUPPORTED, "Start the machine with one.",
                 "The domain has a %s, and this machine has none.",
                 configs[which].type == PV_DEVICE_NET ? "network interface" : "disk");
    break;
  default:
    stream_fail (ERROR_UNSUPPORTED, NULL, "The domain's device %u cannot be given to it here.",
                 which);
  }
  restore_abort ();
  return false;
}

/* ---- page tables and registers ---- */

static bool
release_page (uint32_t page)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_PAGE_RELEASE, .domain = restore.id };

  operation.u.pin.frame = state_frames[page];
  state_frames[page] = 0;
  return port_domctl (&operation) == 0 || fail_damaged ("a page of it is there and is not there.");
}

/* The pages that are not there are told of first, and the first table may map the p2m. */
static bool
prepare_p2m (void)
{
  if (!restore.mapped && !write_p2m ()) {
    return false;
  }
  restore.mapped = true;
  return true;
}

static bool
take_pins (const struct stream_record *record)
{
  static const uint32_t commands[]
      = { PV_MMUEXT_PIN_TABLES, PV_MMUEXT_PIN_DIRECTORY, MMUEXT_UNPIN_TABLE };
  const uint32_t *pins = record->payload;

  for (size_t i = 0; i < record->length / sizeof *pins; i++) {
    struct pv_domctl operation = { .cmd = PV_DOMCTL_PIN, .domain = restore.id };
    uint32_t page = pins[i] & PV_STATE_PAGE, command = pins[i] >> 28;

    if (page >= restore.header.pages || state_frames[page] == 0) {
      return fail_damaged ("its list of page tables cannot be.");
    }
    if (command == PV_STATE_ABSENT >> 28 && !restore.mapped) {
      if (!release_page (page)) {
        return false;
      }
      continue;
    }
    if (command >= ARRAY_LENGTH (commands)) {
      return fail_damaged ("its list of page tables cannot be.");
    }
    if (!prepare_p2m ()) {
      return false;
    }
    operation.u.pin.frame = state_frames[page];
    operation.u.pin.cmd = commands[command];
    if (port_domctl (&operation) != 0) {
      return fail_damaged ("its page tables are not sound.");
    }
  }
  return true;
}

static bool
take_vcpu (const struct stream_record *record)
{
  struct pv_state_vcpu *vcpu = record->payload;

  if (record->length != sizeof *vcpu || vcpu->context.directory >= restore.header.pages) {
    return fail_damaged ("a processor of it cannot be.");
  }
  vcpu->context.directory = state_frames[vcpu->context.directory];
  if (port_vcpu (PV_DOMCTL_SET_VCPU, restore.id, vcpu->vcpu, &vcpu->context) != 0) {
    return fail_damaged ("the registers of a processor of it cannot be.");
  }
  return true;
}

static bool
take_picture (const struct stream_record *record)
{
  static const char black[PV_HID_READ_MAX];
  const struct pv_state_picture *picture = record->payload;
  const char *pixels = (const char *)(picture + 1);
  struct pv_hid_mode mode;
  long error;

  port_display_mode (&mode);
  if (record->length < sizeof *picture || picture->rows > PV_HID_READ_MAX / mode.stride) {
    return fail_damaged ("its picture cannot be.");
  }
  if (record->length == sizeof *picture) {
    pixels = black;
  } else if (record->length - sizeof *picture != picture->rows * mode.stride) {
    return fail_damaged ("its picture cannot be.");
  }
  error = port_picture_write (restore.id, picture->row, picture->rows, pixels);
  /* Where no picture is left for it, its kernel hears of that when it asks for one. */
  return error == 0 || error == -XEN_ENOSPC || fail_damaged ("its picture cannot be.");
}

static bool
take_end (void)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_COMPLETE, .domain = restore.id };
  struct pv_layout *layout = &operation.u.layout;
  uint32_t *id = stream_begin ();

  *layout = restore.header.layout;
  layout->start_info = state_frames[layout->start_info];
  layout->shared_info = state_frames[layout->shared_info];
  layout->device_page = state_frames[layout->device_page];
  layout->grant_table[0] = state_frames[layout->grant_table[0]];
  layout->grant_table[1] = state_frames[layout->grant_table[1]];
  if (!prepare_p2m ()) {
    return false;
  }
  if (port_domctl (&operation) != 0) {
    return fail_damaged ("something of it is missing.");
  }
  operation = (struct pv_domctl){ .cmd = PV_DOMCTL_MAX_MEM, .domain = restore.id };
  operation.u.max_mem.kib = restore.header.target_kib;
  if (port_domctl (&operation) != 0) {
    return fail_damaged ("the memory that it is to have cannot be.");
  }
  if (!give_processors () || !give_devices ()) {
    return false;
  }
  restore.complete = true;
  *id = restore.id;
  stream_end (PV_RECORD_READY, sizeof *id);
  return true;
}

/* ---- the transfer as a whole ---- */

static bool
take (const struct stream_record *record)
{
  if (record->type == PV_RECORD_HEADER) {
    return take_header (record);
  }
  if (!restore.made) {
    return fail_damaged ("it does not begin with a header.");
  }
  switch (record->type) {
  case PV_RECORD_PAGES:
    return take_pages (record);
  case PV_RECORD_PIN:
    return take_pins (record);
  case PV_RECORD_VCPU:
    return take_vcpu (record);
  case PV_RECORD_PICTURE:
    return take_picture (record);
  case PV_RECORD_HISTORY:
    return history_take (restore.header.label, record->payload, record->length)
           || fail_damaged ("what it has accessed cannot be.");
  case PV_RECORD_END:
    return take_end ();
  case PV_RECORD_ROUND: /* for the host's side */
    return true;
  default:
    return fail_damaged ("it has a record of unknown kind.");
  }
}

void
restore_begin (const char *name)
{
  memset (&restore, 0, sizeof restore);
  restore.begun = true;
  memcpy (restore.name, name, strlen (name) + 1);
}

bool
restore_step (void)
{
  struct stream_record record;

  if (!stream_flush () || !restore.begun || restore.complete) {
    return false;
  }
  switch (stream_next (&record)) {
  case STREAM_RECORD:
    return take (&record);
  case STREAM_BROKEN:
    return fail_damaged ("a record of it is damaged.");
  default:
    return false;
  }
}

bool
restore_is_complete (void)
{
  return restore.complete;
}

long
restore_commit (uint32_t *id)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_UNPAUSE, .domain = restore.id };

  *id = restore.id;
  restore.begun = restore.made = restore.complete = false;
  events_scan_soon ();
  if (restore.header.focus != 0) {
    state_refocus (restore.id);
  }
  return port_domctl (&operation);
}

void
restore_abort (void)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_DESTROY, .domain = restore.id };

  if (restore.made) {
    devices_detach (restore.id); /* it never ran: nothing is under way */
    port_domctl (&operation);
    events_scan_soon ();
  }
  restore.begun = restore.made = restore.complete = false;
}
