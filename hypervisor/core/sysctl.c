/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl: what the control domain may know about the machine and the hypervisor. */
#include "core/string.h"
#include <xen/errno.h>
#include "arch/arch.h"
#include "core/audit.h"
#include "core/domain.h"
#include "core/frame.h"
#include "core/hypercall.h"
#include "core/image.h"
#include "core/log.h"
#include "core/sched.h"
#include "core/units.h"
#include "platform/platform.h"
#include "security/hooks.h"
#include "security/policy.h"

#define LOG_READ_MAX     16384u
#define SYMBOLS_READ_MAX STORE_PIECE

extern const char hv_text_start[], hv_text_end[], hv_data_start[], hv_bss_end[];

static void
set_text (char *to, uint32_t size, const char *text)
{
  for (uint32_t i = 0; i + 1 < size && text[i]; i++)
    to[i] = text[i];
}

static long
physinfo (struct pv_sysctl *op)
{
  memset (&op->u, 0, sizeof op->u);
  set_text (op->u.physinfo.machine, sizeof op->u.physinfo.machine, HV_PLATFORM_NAME);
  set_text (op->u.physinfo.hypervisor, sizeof op->u.physinfo.hypervisor, "domicile");
  set_text (op->u.physinfo.version, sizeof op->u.physinfo.version, HV_VERSION);
  op->u.physinfo.abi = PV_ABI_VERSION;
  op->u.physinfo.cpus = hv_cpus_online;
  op->u.physinfo.memory_kib = hv_frames_total () * (HV_PAGE_SIZE / 1024u);
  op->u.physinfo.free_kib = hv_frames_free () * (HV_PAGE_SIZE / 1024u);
  op->u.physinfo.uptime_us = hv_ticks_to_us (hv_platform_ticks ());
  for (uint32_t i = 0; i < HV_DOMAINS; i++)
    op->u.physinfo.domains += hv_domains[i].life != HV_LIFE_FREE;
  while (hv_image_get (op->u.physinfo.images))
    op->u.physinfo.images++;
  op->u.physinfo.text_bytes = (uint32_t)(hv_text_end - hv_text_start);
  op->u.physinfo.policy = hv_policy_state ();
  op->u.physinfo.data_bytes = (uint32_t)(hv_bss_end - hv_data_start);
  return 0;
}

static long
cpuinfo (struct pv_sysctl *op)
{
  if (op->index >= hv_cpus_online)
    return -XEN_ENOENT;
  const struct hv_cpu *cpu = &hv_cpus[op->index];
  op->u.cpuinfo.idle_ns = hv_ticks_to_ns (hv_sched_idle_ticks (cpu));
  op->u.cpuinfo.switches = cpu->switches;
  op->u.cpuinfo.interrupts = cpu->interrupts;
  return 0;
}

static long
image (struct pv_sysctl *op)
{
  const struct hv_image *found = hv_image_get (op->index);
  if (!found)
    return -XEN_ENOENT;
  struct pv_image_info *info = &op->u.image;
  memcpy (info->name, found->name, sizeof info->name);
  memcpy (info->version, found->version, sizeof info->version);
  memcpy (info->sha256, found->sha256, sizeof info->sha256);
  info->size = found->size;
  info->min_kib = found->min_kib;
  info->memory_kib = found->memory_kib;
  info->flags = found->flags | (found->kind == STORE_KERNEL ? 0 : PV_IMAGE_SYSTEM)
                | (hv_image_verified (found) ? PV_IMAGE_VERIFIED : 0);
  return 0;
}

static long
symbols (struct pv_sysctl *op)
{
  const struct hv_image *found = hv_image_get (op->index);
  uint32_t offset = op->u.symbols.offset, length = op->u.symbols.length, done = 0;
  if (!found)
    return -XEN_ENOENT;
  if (offset > found->symbols)
    offset = found->symbols;
  if (length > found->symbols - offset)
    length = found->symbols - offset;
  if (length > SYMBOLS_READ_MAX)
    length = SYMBOLS_READ_MAX;
  while (done < length) {
    uint32_t at = offset + done, part = STORE_PIECE - at % STORE_PIECE;
    const uint8_t *piece = hv_image_symbols (found, at / STORE_PIECE);
    if (!piece)
      return -XEN_EBADMSG;
    if (part > length - done)
      part = length - done;
    if (hv_copy_to_guest (op->u.symbols.buffer + done, piece + at % STORE_PIECE, part))
      return -XEN_EFAULT;
    done += part;
  }
  op->u.symbols.length = length;
  op->u.symbols.size = found->symbols;
  return 0;
}

static long
boot (struct pv_sysctl *op)
{
  const struct store_header *header = &hv_boot->header;
  uint32_t size = hv_boot->length + STORE_SIGNATURE;
  uint32_t offset = op->u.boot.offset, length = op->u.boot.length, buffer = op->u.boot.buffer;
  memset (&op->u, 0, sizeof op->u);
  op->u.boot.size = size;
  op->u.boot.version = header->version;
  op->u.boot.developer = hv_boot->developer;
  memcpy (op->u.boot.serial, hv_boot->serial, sizeof op->u.boot.serial);
  memcpy (op->u.boot.maker, header->maker, sizeof op->u.boot.maker);
  memcpy (op->u.boot.device, header->device, sizeof op->u.boot.device);
  memcpy (op->u.boot.sha256, hv_boot->sha256, sizeof op->u.boot.sha256);
  if (offset > size)
    offset = size;
  if (length > size - offset)
    length = size - offset;
  op->u.boot.length = length;
  return hv_copy_to_guest (buffer, hv_boot->manifest + offset, length);
}

static long
attest (struct pv_sysctl *op)
{
  memcpy (op->u.attest.key, hv_boot->attest_seed, sizeof op->u.attest.key);
  return 0;
}

static long
log_read (struct pv_sysctl *op)
{
  uint32_t length = op->u.log.length < LOG_READ_MAX ? op->u.log.length : LOG_READ_MAX;
  long result = hv_log_read (op->u.log.buffer, length, &op->u.log.since, &op->u.log.next);
  if (result < 0)
    return result;
  op->u.log.length = (uint32_t)result;
  return 0;
}

static long
guard (struct pv_sysctl *op)
{
  if (op->u.guard.scale == 0 || op->u.guard.scale > 100)
    return -XEN_EINVAL;
  hv_guard_scale (op->u.guard.scale);
  return 0;
}

static long
audit_read (struct pv_sysctl *op)
{
  long result = hv_audit_read (op->u.audit.since, op->u.audit.buffer, op->u.audit.records);
  if (result < 0)
    return result;
  op->u.audit.records = (uint32_t)result;
  op->u.audit.next = hv_audit_next ();
  return 0;
}

static const struct {
  uint32_t cmd;
  enum hv_hook hook; /* what the caller needs for it, on the machine */
  long (*act) (struct pv_sysctl *op);
} commands[] = {
  { PV_SYSCTL_PHYSINFO, HV_HOST_INFO, physinfo },
  { PV_SYSCTL_CPUINFO, HV_HOST_INFO, cpuinfo },
  { PV_SYSCTL_IMAGE, HV_HOST_INFO, image },
  { PV_SYSCTL_SYMBOLS, HV_HOST_INFO, symbols },
  { PV_SYSCTL_BOOT, HV_HOST_INFO, boot },
  { PV_SYSCTL_ATTEST, HV_HOST_ATTEST, attest },
  { PV_SYSCTL_LOG_READ, HV_CONSOLE_READ, log_read },
  { PV_SYSCTL_AUDIT_READ, HV_POLICY_AUDIT, audit_read },
  { PV_SYSCTL_GUARD, HV_HOST_SCHEDULE, guard },
};

#define COMMANDS (sizeof commands / sizeof commands[0])

static long
act (struct hv_domain *caller, struct pv_sysctl *op)
{
  uint32_t i = 0;
  while (i < COMMANDS && commands[i].cmd != op->cmd)
    i++;
  int denied = hv_may (caller, NULL, i < COMMANDS ? commands[i].hook : HV_HOST_INFO);
  if (denied)
    return denied;
  return i < COMMANDS ? commands[i].act (op) : -XEN_ENOSYS;
}

long
hv_sysctl (struct hv_vcpu *vcpu, const uint32_t *args)
{
  struct pv_sysctl op;
  if (hv_copy_from_guest (&op, args[0], sizeof op))
    return -XEN_EFAULT;
  long result = act (vcpu->domain, &op);
  if (result == 0 && hv_copy_to_guest (args[0], &op, sizeof op))
    return -XEN_EFAULT;
  return result;
}
