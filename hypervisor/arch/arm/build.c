/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The domain builder: lays out a new domain's memory, writes its first page tables and sets its
 * registers. The tables pass the same checks as a guest's own updates before they are used.
 *
 * Pages by number, all mapped linearly from PV_KERNEL_START: image and .bss, stack, start info,
 * shared info, device page, grant table, p2m, second-level tables, the directory (aligned), free
 * memory.
 */
#include <pv/arch.h>
#include <xen/errno.h>
#include <xen/grant_table.h>
#include "core/string.h"
#include "arch/arch.h"
#include "arch/arm/mmu.h"
#include "arch/arm/watch.h"
#include "core/domain.h"
#include "core/frame.h"
#include "core/grant.h"
#include "core/image.h"

/* What is done in one go: each of these takes some 30,000 instructions. */
#define SLICE_EXTENTS 16u
#define SLICE_COPIES  16u   /* pages */
#define SLICE_ENTRIES 2048u /* of page tables */

struct layout {
  uint32_t image, stack, start_info, shared, device, grants, p2m, tables, directory, first_free;
};

/* Machine frame of each page of the domain being built; one at a time. */
static uint32_t p2m[HV_FRAMES_MAX];

static void *
page (uint32_t number)
{
  return hv_frame_address (p2m[number]);
}

static uint32_t
page_va (uint32_t number)
{
  return PV_KERNEL_START + number * HV_PAGE_SIZE;
}

static uint32_t
pages_for (uint32_t bytes)
{
  return (bytes + HV_PAGE_SIZE - 1) / HV_PAGE_SIZE;
}

/* Pages that can be mapped linearly: what a domain has beyond them it only finds in its p2m. */
static uint32_t
linear_pages (const struct hv_domain *domain)
{
  const uint32_t most = (PV_HYPERVISOR_START - PV_KERNEL_START) / HV_PAGE_SIZE;
  return domain->pages_max < most ? domain->pages_max : most;
}

static uint32_t
table_pages (const struct hv_domain *domain)
{
  return (linear_pages (domain) + HV_L2_FRAME_ENTRIES - 1) / HV_L2_FRAME_ENTRIES;
}

static struct layout
plan (const struct hv_domain *domain, const struct hv_image *image)
{
  struct layout at;
  at.image = 0;
  at.stack = pages_for (image->memory_end - PV_KERNEL_START);
  at.start_info = at.stack + 1;
  at.shared = at.start_info + 1;
  at.device = at.shared + 1;
  at.grants = at.device + 1;
  at.p2m = at.grants + HV_GRANT_FRAMES;
  at.tables = at.p2m + pages_for (domain->pages_max * sizeof (uint32_t));
  at.directory = at.tables + table_pages (domain);
  at.directory = (at.directory + HV_EXTENT_FRAMES - 1) / HV_EXTENT_FRAMES * HV_EXTENT_FRAMES;
  at.first_free = at.directory + HV_EXTENT_FRAMES;
  return at;
}

/* Gives the domain an extent for its pages from `number` on, or, when there are no more whole ones, a
   frame. -> how many frames; 0: there are none. The pages that the hypervisor itself uses as long as
   the domain lives come from memory that it always sees. */
static uint32_t
take_frames (const struct hv_domain *domain, uint32_t number, uint32_t low)
{
  uint32_t frames = HV_EXTENT_FRAMES;
  uint32_t mfn = hv_extent_take (domain->slot, number < low);
  if (mfn == HV_FRAME_INVALID && number >= low) {
    mfn = hv_frame_take (domain->slot);
    frames = 1;
  }
  if (mfn == HV_FRAME_INVALID)
    return 0;
  for (uint32_t i = 0; i < frames; i++) {
    p2m[number + i] = mfn + i;
    hv_frame_page[mfn + i - HV_FRAME_FIRST] = number + i;
  }
  return frames;
}

int
hv_arch_domain_begin (struct hv_domain *domain, uint32_t low_pages, uint32_t *next)
{
  if (*next == 0) {
    for (uint32_t i = 0; i < domain->vcpus; i++)
      domain->vcpu[i].arch.asid = hv_asid (domain, i);
    hv_mmu_flush_domain (domain); /* its ASIDs may have served another domain */
  }
  for (uint32_t i = 0; i < SLICE_EXTENTS && *next < domain->pages; i++) {
    uint32_t frames = take_frames (domain, *next, low_pages);
    if (frames == 0)
      return -XEN_ENOMEM;
    *next += frames;
  }
  return *next < domain->pages ? -XEN_EAGAIN : 0;
}

/* Copies a piece of `length` bytes, from page *next on, to consecutive pages of the domain. */
static int
put_bytes (uint32_t number, const void *bytes, uint32_t length, uint32_t *next)
{
  uint32_t end = pages_for (length);
  for (uint32_t i = 0; i < SLICE_COPIES && *next < end; i++, ++*next) {
    uint32_t done = *next * HV_PAGE_SIZE;
    memcpy (page (number + *next), (const uint8_t *)bytes + done,
            length - done < HV_PAGE_SIZE ? length - done : HV_PAGE_SIZE);
  }
  return *next < end ? -XEN_EAGAIN : 0;
}

/* The next piece of the image, which is verified there. */
static int
put_image (uint32_t number, const struct hv_image *image, uint32_t *next)
{
  uint32_t at = *next * STORE_PIECE;
  uint8_t *to = (uint8_t *)page (number + at / HV_PAGE_SIZE) + at % HV_PAGE_SIZE;
  return hv_image_put (image, (*next)++, to);
}

/* Second-level tables stand there for all pages that the domain may ever have. */
static int
write_tables (const struct hv_domain *domain, const struct layout *at, uint32_t *next)
{
  uint32_t *directory = page (at->directory);
  uint32_t end = linear_pages (domain);
  for (uint32_t i = 0; i < SLICE_ENTRIES && *next < end; i++, ++*next) {
    uint32_t number = *next;
    uint32_t *table = page (at->tables + number / HV_L2_FRAME_ENTRIES);
    bool readonly = (number >= at->p2m && number < at->first_free) || number == at->start_info;
    if (number < domain->pages)
      table[number % HV_L2_FRAME_ENTRIES] = p2m[number] << 12 | (readonly ? PV_L2_RO : PV_L2_RW);
    if (number % 256 == 0)
      directory[(page_va (number)) >> 20] = (p2m[at->tables + number / HV_L2_FRAME_ENTRIES] << 12)
                                            + number % HV_L2_FRAME_ENTRIES / 256 * PV_TABLE_SIZE
                                            + PV_L1_KERNEL;
  }
  return *next < end ? -XEN_EAGAIN : 0;
}

/* The tables are checked one by one, so that the directory finds them checked. */
static int
use_tables (struct hv_domain *domain, const struct layout *at, uint32_t *next)
{
  uint32_t tables = table_pages (domain);
  if (*next < tables) {
    int error = domain->paging->pin (&domain->vcpu[0], PV_MMUEXT_PIN_TABLES, p2m[at->tables + *next]);
    ++*next;
    return error ? error : -XEN_EAGAIN;
  }
  int error = domain->paging->set_base (&domain->vcpu[0], p2m[at->directory]);
  for (uint32_t i = 0; i < tables && !error; i++)
    error = domain->paging->pin (&domain->vcpu[0], MMUEXT_UNPIN_TABLE, p2m[at->tables + i]);
  return error;
}

static void
write_start_info (struct hv_domain *domain,
                  const struct layout *at,
                  const struct hv_image *image,
                  const char *command_line)
{
  struct pv_start_info *info = page (at->start_info);
  memcpy (info->magic, "domicile-pv-1", sizeof "domicile-pv-1");
  info->abi = PV_ABI_VERSION;
  info->domid = domain->id;
  info->flags = domain->control ? PV_START_CONTROL : 0;
  info->flags |= domain == hv_control ? PV_START_AGAIN : 0;
  info->pages = domain->pages;
  info->max_pages = domain->pages_max;
  info->first_free = at->first_free;
  info->p2m = page_va (at->p2m);
  info->vcpus = domain->vcpus;
  info->directory = page_va (at->directory);
  info->shared_info = page_va (at->shared);
  info->console_port = (uint32_t)hv_event_bind_virq (domain, VIRQ_CONSOLE, 0);
  info->grant_table = page_va (at->grants);
  info->grant_frames = HV_GRANT_FRAMES;
  info->device_page = page_va (at->device);
  info->device_port = (uint32_t)hv_event_reserve (domain, HV_CONTROL_ID);
  memcpy (info->image, image->name, sizeof info->image);
  memcpy (info->command_line, command_line, sizeof info->command_line);
}

int
hv_arch_adopt (struct hv_domain *domain, const struct pv_layout *layout)
{
  /* The hypervisor writes to the shared page for as long as the domain lives: it stays a writable
     page, and where it always sees it. */
  if (!hv_frame_is_low (layout->shared_info))
    return -XEN_EINVAL;
  int error = hv_frame_get_type (layout->shared_info, domain->slot, HV_FRAME_WRITABLE);
  if (!error)
    error = hv_grant_table_init (domain, layout->grant_table);
  if (error)
    return error;
  hv_grant_offer (domain, GNTTAB_RESERVED_XENSTORE, HV_CONTROL_ID, layout->device_page);
  domain->layout = *layout;
  domain->shared = hv_frame_address (layout->shared_info);
  hv_domain_tell_pages (domain);
  for (uint32_t i = 0; i < domain->vcpus; i++) {
    struct hv_arch_vcpu *arch = &domain->vcpu[i].arch;
    char *shared = (char *)domain->shared;
    arch->info = (struct vcpu_info *)(void *)(shared + PV_SHARED_VCPU_INFO (i));
    arch->info->evtchn_upcall_mask = 1;
    arch->fault_address = (uint32_t *)(void *)(shared + PV_SHARED_FAULT_ADDRESS) + i;
    arch->dacr = DACR_KERNEL;
  }
  return 0;
}

/* What every vCPU has; the first starts at the image's entry, the others where vcpu_op says. */
static int
set_vcpus (struct hv_domain *domain, const struct layout *at, uint32_t entry)
{
  const struct pv_layout layout = { .p2m = at->p2m,
                                    .start_info = p2m[at->start_info],
                                    .shared_info = p2m[at->shared],
                                    .device_page = p2m[at->device],
                                    .grant_table = { p2m[at->grants], p2m[at->grants + 1] } };
  int error = hv_arch_adopt (domain, &layout);
  if (error)
    return error;
  struct hv_arch_vcpu *arch = &domain->vcpu[0].arch;
  arch->regs.pc = entry;
  arch->regs.cpsr = MODE_USR;
  arch->regs.r[0] = page_va (at->start_info);
  arch->regs.r[13] = page_va (at->stack + 1);
  arch->kernel_sp = arch->regs.r[13] - PV_FRAME_SIZE;
  return 0;
}

/* What of a slice the domain may have and has not yet is none. */
static int
write_p2m (const struct hv_domain *domain, const struct layout *at, uint32_t *next)
{
  _Static_assert(PV_FRAME_NONE == UINT32_MAX, "all bits");
  uint32_t from = *next * (HV_PAGE_SIZE / sizeof *p2m);
  uint32_t end = from + SLICE_COPIES * (HV_PAGE_SIZE / sizeof *p2m);
  from = from > domain->pages ? from : domain->pages;
  end = end < domain->pages_max ? end : domain->pages_max;
  if (from < end)
    memset (&p2m[from], 0xff, (end - from) * sizeof *p2m);
  return put_bytes (at->p2m, p2m, domain->pages_max * sizeof (uint32_t), next);
}

enum step { STEP_PLAN, STEP_MEMORY, STEP_IMAGE, STEP_P2M, STEP_INFO, STEP_TABLES, STEP_USE };

int
hv_arch_domain_build (struct hv_domain *domain,
                      const struct hv_image *image,
                      const char *command_line,
                      struct hv_progress *progress)
{
  const struct layout at = plan (domain, image);
  int error = 0;
  switch ((enum step)progress->step) {
  case STEP_PLAN:
    error = at.first_free > domain->pages ? -XEN_E2BIG : 0;
    break;
  case STEP_MEMORY:
    error = hv_arch_domain_begin (domain, at.first_free, &progress->next);
    break;
  case STEP_IMAGE:
    error = put_image (at.image, image, &progress->next);
    break;
  case STEP_P2M:
    error = write_p2m (domain, &at, &progress->next);
    break;
  case STEP_INFO:
    error = set_vcpus (domain, &at, image->entry);
    if (!error)
      write_start_info (domain, &at, image, command_line);
    break;
  case STEP_TABLES:
    error = write_tables (domain, &at, &progress->next);
    break;
  case STEP_USE:
    return use_tables (domain, &at, &progress->next);
  }
  if (error)
    return error;
  progress->step++;
  progress->next = 0;
  return -XEN_EAGAIN;
}

int
hv_arch_vcpu_start (struct hv_vcpu *vcpu,
                    const struct hv_vcpu *caller,
                    const struct pv_vcpu_start *context)
{
  struct hv_arch_vcpu *arch = &vcpu->arch;
  if (context->pc >= PV_HYPERVISOR_START || context->sp >= PV_HYPERVISOR_START
      || context->sp < PV_FRAME_SIZE || ((context->pc | (context->sp >> 1)) & 3) != 0)
    return -XEN_EINVAL;
  int error
      = vcpu->domain->paging->set_base (vcpu, context->directory != 0 ? context->directory : caller->arch.base);
  if (error)
    return error;
  arch->regs = (struct hv_regs){ .pc = context->pc, .cpsr = MODE_USR };
  arch->regs.r[0] = context->r0;
  arch->regs.r[13] = context->sp;
  arch->kernel_sp = context->sp - PV_FRAME_SIZE;
  for (uint32_t i = 0; i < PV_TRAPS; i++)
    arch->handler[i] = caller->arch.handler[i];
  arch->abort_handler = caller->arch.abort_handler;
  arch->dacr = DACR_KERNEL;
  arch->info->evtchn_upcall_mask = 1;
  hv_mmu_flush_domain (vcpu->domain); /* its ASID may have had another directory */
  return 0;
}

/* The memory goes as a whole, so that what its tables refer to needs no giving back. */
void
hv_arch_domain_destroy (struct hv_domain *domain)
{
  hv_watch_forget (domain);
  for (uint32_t i = 0; i < domain->vcpus; i++)
    domain->vcpu[i].arch.base = 0;
  domain->shared = NULL;
}
