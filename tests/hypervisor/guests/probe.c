/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hostile guest kernel: everything that it must not get, and the fault or error that it gets
 * instead. */
#include "test.h"

#define PERMISSION_HYPERVISOR 0x00d /* section permission fault, MMU domain 0 */
#define PERMISSION_PAGE       0x01f /* page permission fault, MMU domain 1 */
#define FAULT_MASK            0x4ff
#define SRAM_FRAME            0x48000u
#define DEVICE_FRAME          0x10009u
#define ROM_FRAME             0x40000u

static volatile uint32_t last_fault;

/* Skips the instruction that faulted. */
void
pv_on_data_abort (struct pv_context *context)
{
  last_fault = context->frame.info | 0x80000000u;
  context->frame.pc += 4;
}

void
pv_on_undefined (struct pv_context *context)
{
  last_fault = 0x40000000u;
  context->frame.pc += 4;
}

static uint32_t
read_fault (uint32_t address)
{
  last_fault = 0;
  asm volatile("ldr r0, [%0]" : : "r"(address) : "r0", "memory");
  return last_fault & FAULT_MASK;
}

static uint32_t
write_fault (uint32_t address)
{
  last_fault = 0;
  asm volatile("str %0, [%0]" : : "r"(address) : "memory");
  return last_fault & FAULT_MASK;
}

static uint32_t
frame_of (uint32_t page)
{
  return ((const uint32_t *)(uintptr_t)pv_start->p2m)[page];
}

static uint32_t
page_va (uint32_t page)
{
  return PV_KERNEL_START + page * PV_PAGE_SIZE;
}

static uint32_t
page_of (uint32_t va)
{
  return (va - PV_KERNEL_START) / PV_PAGE_SIZE;
}

static long
update (uint32_t machine_address, uint32_t value)
{
  struct mmu_update entry = { .ptr = machine_address, .val = value };
  return pv_mmu_update (&entry, 1, NULL);
}

static long
extended (uint32_t cmd, uint32_t mfn)
{
  struct mmuext_op op = { .cmd = cmd, .arg1.mfn = mfn };
  return pv_mmuext_op (&op, 1, NULL);
}

static uint32_t
directory_machine (void)
{
  return frame_of (page_of (pv_start->directory)) << PV_PAGE_SHIFT;
}

/* Frame of the second-level tables that map `page`: the page among the read-only ones whose entry
 * says so. */
static uint32_t
tables_of (uint32_t page)
{
  uint32_t entry = frame_of (page) << PV_PAGE_SHIFT | PV_L2_RW;
  for (uint32_t candidate = page_of (pv_start->p2m); candidate < page_of (pv_start->directory);
       candidate++)
    if (*(const uint32_t *)(uintptr_t)(page_va (candidate) + page * 4) == entry)
      return frame_of (candidate);
  pv_panic ("page %u has no table", page);
}

static void
expect (long got, long wanted, const char *what)
{
  check (got == wanted, "%s: %d", what, (int)got);
}

static void
memory_faults (void)
{
  static const struct {
    uint32_t address;
    const char *what;
  } forbidden[] = {
    { 0xfc000000, "the hypervisor's text" },
    { 0xfc100000, "the hypervisor's data" },
    { 0xe0000000, "all memory of all domains" },
    { 0xf8000000, "the images in flash" },
    { 0xfe009000, "the UART" },
    { 0xfe101000, "the interrupt controller" },
  };
  for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++) {
    uint32_t status = read_fault (forbidden[i].address);
    check (status == PERMISSION_HYPERVISOR, "guest kernel reads %s: status %03x", forbidden[i].what,
           status);
    status = write_fault (forbidden[i].address);
    check ((status & 0xff) == PERMISSION_HYPERVISOR, "guest kernel writes %s: status %03x",
           forbidden[i].what, status);
  }
  check (read_fault (pv_start->directory) == 0, "guest kernel reads its own page directory");
  uint32_t status = write_fault (pv_start->directory);
  check ((status & 0xff) == PERMISSION_PAGE,
         "guest kernel writes its own page directory: status %03x", status);
  status = write_fault (pv_start->p2m);
  check ((status & 0xff) == PERMISSION_PAGE, "guest kernel writes the p2m: status %03x", status);
}

/* A frame of domain memory that this domain does not have. */
static uint32_t
not_ours (void)
{
  uint32_t frame = frame_of (0);
  for (uint32_t page = 0; page < pv_start->pages; page++)
    if (frame_of (page) == frame - 1) {
      frame--;
      page = UINT32_MAX; /* from the first again */
    }
  return frame - 1;
}

static void
single_updates (void)
{
  uint32_t page = pv_start->first_free, va = page_va (page);
  uint32_t own = frame_of (page) << PV_PAGE_SHIFT;
  uint32_t directory = directory_machine ();
  uint32_t tables = tables_of (page);
  uint32_t foreign = not_ours () << PV_PAGE_SHIFT;

  expect (pv_update_va_mapping (va, own | PV_L2_RO, UVMF_INVLPG), 0, "map an own frame read-only");
  check ((write_fault (va) & 0xff) == PERMISSION_PAGE, "and it is read-only");
  expect (pv_update_va_mapping (va, own | PV_L2_RW, UVMF_INVLPG), 0, "map it writable again");
  check (write_fault (va) == 0, "and it is writable");
  expect (pv_update_va_mapping (va, foreign | PV_L2_RW, UVMF_INVLPG), -XEN_EPERM,
          "map another domain's frame");
  expect (pv_update_va_mapping (va, foreign | PV_L2_RO, UVMF_INVLPG), -XEN_EPERM,
          "map another domain's frame read-only");
  expect (pv_update_va_mapping (va, SRAM_FRAME << 12 | PV_L2_RO, UVMF_INVLPG), -XEN_EPERM,
          "map the hypervisor's memory");
  expect (pv_update_va_mapping (va, DEVICE_FRAME << 12 | PV_L2_RW, UVMF_INVLPG), -XEN_EPERM,
          "map a device");
  expect (pv_update_va_mapping (va, ROM_FRAME << 12 | PV_L2_RO, UVMF_INVLPG), -XEN_EPERM,
          "map the boot ROM");
  expect (pv_update_va_mapping (va, directory | PV_L2_RW, UVMF_INVLPG), -XEN_EBUSY,
          "map the page directory writable");
  expect (pv_update_va_mapping (va, (tables << 12) | PV_L2_RW, UVMF_INVLPG), -XEN_EBUSY,
          "map a page table writable");
  expect (pv_update_va_mapping (va, own | (PV_L2_RW & ~0x800u), UVMF_INVLPG), -XEN_EINVAL,
          "map a frame globally");
  expect (pv_update_va_mapping (va, own | 0x1, UVMF_INVLPG), -XEN_EINVAL, "map a large page");
  expect (pv_update_va_mapping (va, own | (PV_L2_RW & ~0x20u), UVMF_INVLPG), -XEN_EINVAL,
          "map a frame for the hypervisor only");
  expect (pv_update_va_mapping (0xfc000000, own | PV_L2_RW, UVMF_INVLPG), -XEN_EPERM,
          "map over the hypervisor");
  check (write_fault (va) == 0, "after all that the page is as it was");
}

static void
directory_updates (void)
{
  uint32_t directory = directory_machine ();
  uint32_t free_slot = directory + 0x123 * 4;
  uint32_t page = pv_start->first_free + 1;
  uint32_t own = frame_of (page) << PV_PAGE_SHIFT;

  expect (update (free_slot, 0x48000000 | 0xc0e), -XEN_EINVAL,
          "directory entry: a section over the hypervisor's memory");
  expect (update (free_slot, 0x60000000 | 0xc0e | 1 << 5), -XEN_EINVAL,
          "directory entry: a section of its own");
  expect (update (free_slot, own | 0x40c02), -XEN_EINVAL, "directory entry: a supersection");
  expect (update (free_slot, own | PV_L1_TABLE), -XEN_EINVAL,
          "directory entry: a table in the hypervisor's MMU domain");
  expect (update (free_slot, own | PV_L1_TABLE | PV_L1_DOMAIN (3)), -XEN_EINVAL,
          "directory entry: a table in an unused MMU domain");
  expect (update (free_slot, own | PV_L1_KERNEL), -XEN_EBUSY,
          "directory entry: a table that is still writable");
  expect (update (directory + 0xfc0 * 4, own | PV_L1_KERNEL), -XEN_EPERM,
          "directory entry of the hypervisor");
  expect (update (directory + 0xfc0 * 4, 0), -XEN_EPERM, "removing the hypervisor's entry");
  expect (update (own, 0), -XEN_EINVAL, "an entry in a page that is no table");
  expect (update (0xfffff000, 0), -XEN_EPERM, "an entry in the last frame there could be");
  expect (update (0x48000000, 0), -XEN_EPERM, "an entry in the hypervisor's memory");
  expect (extended (MMUEXT_NEW_BASEPTR, frame_of (page_of (pv_start->directory)) + 1), -XEN_EINVAL,
          "the second quarter of a directory as base");
  expect (extended (PV_MMUEXT_PIN_DIRECTORY, frame_of (0) & ~3u), -XEN_EBUSY,
          "text and data as a directory");
  expect (extended (MMUEXT_NEW_BASEPTR, SRAM_FRAME), -XEN_EPERM, "the hypervisor's memory as base");
  expect (extended (PV_MMUEXT_PIN_TABLES, frame_of (page)), -XEN_EBUSY,
          "a page that is mapped writable as page table");
}

/* A page becomes a table only when all its entries are good, and stays out of reach while it is
 * one. */
static void
table_life (void)
{
  uint32_t page = pv_start->first_free + 2, va = page_va (page);
  uint32_t own = frame_of (page) << PV_PAGE_SHIFT;
  volatile uint32_t *table = (volatile uint32_t *)(uintptr_t)va;

  table[1023] = SRAM_FRAME << 12 | PV_L2_RO;
  pv_update_va_mapping (va, own | PV_L2_RO, UVMF_INVLPG);
  expect (extended (PV_MMUEXT_PIN_TABLES, frame_of (page)), -XEN_EPERM,
          "a table with one entry into the hypervisor's memory");
  pv_update_va_mapping (va, own | PV_L2_RW, UVMF_INVLPG);
  table[1023] = own | PV_L2_RW;
  pv_update_va_mapping (va, own | PV_L2_RO, UVMF_INVLPG);
  expect (extended (PV_MMUEXT_PIN_TABLES, frame_of (page)), -XEN_EBUSY,
          "a table that maps itself writable");
  pv_update_va_mapping (va, own | PV_L2_RW, UVMF_INVLPG);
  table[1023] = 0;
  expect (update ((directory_machine () & ~0xfffu), 0x1000), 0,
          "an invalid entry may hold anything");
  expect (update ((directory_machine () & ~0xfffu), 0), 0, "and may be cleared");

  /* Writable translations that the processor still remembers must not survive the change of type.
   */
  table[0] = 0;
  struct mmu_update unmap
      = { .ptr = (tables_of (page) << PV_PAGE_SHIFT) + page * 4, .val = own | PV_L2_RO };
  expect (pv_mmu_update (&unmap, 1, NULL), 0, "make a page read-only without naming its address");
  expect (extended (PV_MMUEXT_PIN_TABLES, frame_of (page)), 0, "make it a table");
  check ((write_fault (va) & 0xff) == PERMISSION_PAGE, "no stale writable translation is left");
  expect (extended (PV_MMUEXT_PIN_TABLES, frame_of (page)), -XEN_EINVAL, "pin it twice");
  expect (extended (MMUEXT_UNPIN_TABLE, frame_of (page)), 0, "unpin it");
  expect (extended (MMUEXT_UNPIN_TABLE, frame_of (page)), -XEN_EINVAL, "unpin it twice");
  expect (pv_update_va_mapping (va, own | PV_L2_RW, UVMF_INVLPG), 0, "and it is memory again");
}

static void
hostile_arguments (void)
{
  struct evtchn_send send = { .port = 0 };
  struct pv_trap_table traps = { .handler = { 0xfc000000 } };
  static struct pv_domctl op;
  uint8_t bytes[8];

  expect (pv_xen_version (XENVER_extraversion, (void *)0xfc100000), -XEN_EFAULT,
          "output to the hypervisor");
  expect (pv_xen_version (XENVER_extraversion, (void *)(uintptr_t)pv_start->directory), -XEN_EFAULT,
          "output to the page directory");
  expect (pv_event_channel_op (EVTCHNOP_send, (void *)0xfc100000), -XEN_EFAULT,
          "input from the hypervisor");
  expect (pv_event_channel_op (EVTCHNOP_send, (void *)0xffffffff), -XEN_EFAULT,
          "input at the end of the address space");
  expect (pv_event_channel_op (EVTCHNOP_send, &send), -XEN_EINVAL, "send to port 0");
  send.port = 0xffffffff;
  expect (pv_event_channel_op (EVTCHNOP_send, &send), -XEN_EINVAL, "send to port 4294967295");
  send.port = pv_start->console_port;
  expect (pv_event_channel_op (EVTCHNOP_send, &send), -XEN_EINVAL, "send to a virtual interrupt");
  expect (pv_set_trap_table (&traps), -XEN_EINVAL, "a trap handler in the hypervisor");
  expect (pv_stack_switch (0xfc100000), -XEN_EINVAL, "a kernel stack in the hypervisor");
  expect (pv_stack_switch (0xe0000008), -XEN_EINVAL, "a kernel stack just inside the hypervisor");
  op.cmd = PV_DOMCTL_DESTROY;
  expect (pv_domctl (&op), -XEN_EPERM, "destroy the control domain");
  op.cmd = PV_DOMCTL_CREATE;
  expect (pv_domctl (&op), -XEN_EPERM, "create a domain");
  op.cmd = PV_DOMCTL_CONSOLE_READ;
  expect (pv_domctl (&op), -XEN_EPERM, "read another domain's console");
  expect (pv_channel_op (PV_CHANNEL_READ, bytes, sizeof bytes), -XEN_EPERM, "read the channel");
  expect (pv_hypercall1 (PV_HYPERVISOR_debug_op, 0), -XEN_EPERM, "power the machine off");
  expect (pv_hypercall1 (50000, 0), -XEN_ENOSYS, "a hypercall that is not there");
  expect (pv_hypercall1 (0xffffffff, 0), -XEN_ENOSYS, "hypercall 4294967295");
}

#define PRIVILEGED(text)                                                                           \
  do {                                                                                             \
    last_fault = 0;                                                                                \
    asm volatile("mov r0, #0x15\n\t" text : : : "r0", "memory");                                   \
    check (last_fault == 0x40000000u, "guest kernel executes %s: undefined", text);                \
  } while (0)

static void
privileged_instructions (void)
{
  PRIVILEGED ("mcr p15, 0, r0, c3, c0, 0");
  PRIVILEGED ("mcr p15, 0, r0, c2, c0, 0");
  PRIVILEGED ("mrc p15, 0, r0, c1, c0, 0");
  PRIVILEGED ("mcr p15, 0, r0, c12, c0, 0");
  PRIVILEGED ("mcr p15, 0, r0, c8, c7, 0");
  uint32_t mode;
  asm volatile("cpsid i\n\tmrs %0, cpsr" : "=r"(mode));
  check ((mode & 0x1f) == 0x10, "the guest kernel runs in USR mode: %02x", mode & 0x1f);
}

/* The one register of the processor that user mode may write besides the general ones. */
static void
thread_register (void)
{
  uint32_t found, then;
  asm volatile ("mrc p15, 0, %0, c13, c0, 2" : "=r"(found));
  asm volatile ("mcr p15, 0, %0, c13, c0, 2" : : "r"(0x5ec7e7));
  pv_event_wait (pv_time_ns () + 1000000);
  asm volatile ("mrc p15, 0, %0, c13, c0, 2" : "=r"(then));
  check (found == 0 && then == 0x5ec7e7, "the thread register is a domain's own: %x, %x", found, then);
}

void
pv_main (const struct pv_start_info *info)
{
  check (memcmp (info->magic, "domicile-pv-1", 14) == 0, "start info");
  memory_faults ();
  single_updates ();
  directory_updates ();
  table_life ();
  hostile_arguments ();
  privileged_instructions ();
  thread_register ();
  pv_shutdown (SHUTDOWN_poweroff);
}
