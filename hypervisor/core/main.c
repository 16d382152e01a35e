/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start-up: the tables, the board, the first domains. */
#include "core/string.h"
#include <xen/errno.h>
#include "arch/arch.h"
#include "core/build.h"
#include "core/channel.h"
#include "core/domain.h"
#include "core/frame.h"
#include "core/hid.h"
#include "core/image.h"
#include "core/io.h"
#include "core/log.h"
#include "core/restart.h"
#include "core/sched.h"
#include "platform/platform.h"
#include "security/policy.h"

struct hv_vcpu *hv_main (void);
struct hv_vcpu *hv_main_secondary (void);

/* A second domain of one image is NAME-2, and so on. */
static void
set_name (char name[PV_NAME_MAX], const char *image, uint32_t number)
{
  uint32_t length = 0;
  memcpy (name, image, PV_NAME_MAX);
  while (name[length])
    length++;
  if (number > 1 && number < 10 && length + 3 < PV_NAME_MAX) {
    name[length] = '-';
    name[length + 1] = (char)('0' + number);
  }
}

static void
start_domain (const struct hv_image *image, uint32_t number, bool control)
{
  struct hv_domain_config config
      = { .image = image, .memory_kib = image->memory_kib, .vcpus = 1, .weight = image->weight };
  const char *type = control ? HV_LABEL_CONTROL : HV_LABEL_GUEST;
  set_name (config.name, image->name, number);
  config.label = hv_policy_label (image->label[0] ? image->label : type);
  if (!config.label) {
    hv_log ("cannot start %s: the policy has no label %s", config.name, image->label);
    return;
  }
  config.control = control;
  long id = hv_build_now (&config);
  if (id == -XEN_EBADMSG) {
    hv_log ("cannot start %s: its image is damaged, or not what the maker signed", config.name);
    return;
  }
  if (id < 0) {
    hv_log ("cannot start %s: error %d", config.name, (int)id);
    return;
  }
  struct hv_domain *domain = hv_domain_find ((uint32_t)id);
  if (control)
    hv_control = domain;
  hv_domain_pause (domain, false);
  hv_log ("domain %u: %s, %u KiB", domain->id, domain->name, image->memory_kib);
}

static void
start_domains (void)
{
  const struct hv_image *image;
  for (uint32_t i = 0; (image = hv_image_get (i)); i++)
    if ((image->flags & PV_IMAGE_CONTROL) != 0 && !hv_control)
      start_domain (image, 1, true);
  if (!hv_control)
    hv_panic ("there is no control domain in flash");
  for (uint32_t i = 0; (image = hv_image_get (i)); i++)
    if ((image->flags & PV_IMAGE_AUTOSTART) != 0)
      for (uint32_t number = 1; number <= image->count; number++)
        start_domain (image, number, false);
}

struct hv_vcpu *
hv_main (void)
{
  hv_timers_init ();
  hv_sched_init ();
  hv_domains_init ();
  hv_arch_init ();
  hv_lock ();
  hv_platform_init ();
  hv_cpus_online = hv_arch_start_cpus ();
  hv_arch_memory_init (hv_platform_memory ());
  hv_log ("domicile hypervisor " HV_VERSION " on " HV_PLATFORM_NAME ", %u processors, %u KiB for domains",
          hv_cpus_online, hv_frames_total () * (HV_PAGE_SIZE / 1024u));
  const struct boot_info *boot = (const void *)(HV_VIRTUAL + BOOT_INFO_OFFSET);
  if (boot->magic != BOOT_INFO_MAGIC)
    hv_panic ("the ROM has left no verified images");
  hv_images_init (boot, (const void *)(HV_VIRTUAL + BOOT_CONTROL_OFFSET), (const void *)HV_FLASH1);
  hv_policy_init ((const void *)(HV_VIRTUAL + BOOT_POLICY_OFFSET), boot->policy_size);
  hv_channel_init ();
  hv_io_init ();
  hv_restart_init ();
  hv_hid_init ();
  start_domains ();
  return hv_reschedule (&hv_cpus[0]);
}

/* The processor has an address space and a stack; it takes what the others leave. */
struct hv_vcpu *
hv_main_secondary (void)
{
  hv_arch_cpu_started ();
  hv_platform_init_cpu ();
  hv_lock ();
  return hv_reschedule (hv_this_cpu ());
}
