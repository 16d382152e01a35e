/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hid.h"

#include "core/string.h"
#include <pv/hid.h>
#include <xen/errno.h>
#include "arch/arch.h"
#include "core/domain.h"
#include "core/hypercall.h"
#include "platform/platform.h"
#include "security/hooks.h"
#include "security/review.h"

#define CLEAR_BYTES 65536u /* of a new picture in one call: the lock is held meanwhile */

_Static_assert(PV_HID_PICTURE + BOARD_PICTURE_BYTES <= PV_HID_KEYBOARD, "the window holds it");
_Static_assert(PV_HID_READ_MAX >= BOARD_PICTURE_STRIDE, "one row at least");

struct picture {
  struct hv_domain *owner; /* NULL: free */
  uint32_t cleared;        /* bytes, from its start; it is the owner's when all of them are */
};
static struct picture pictures[BOARD_PICTURES];
static struct hv_domain *focus; /* NULL: nobody */

static struct picture *
picture_of (const struct hv_domain *domain)
{
  for (uint32_t i = 0; i < BOARD_PICTURES; i++)
    if (pictures[i].owner == domain)
      return &pictures[i];
  return NULL;
}

static bool
is_ready (const struct picture *picture)
{
  return picture && picture->cleared == BOARD_PICTURE_BYTES;
}

static uint32_t
number_of (const struct picture *picture)
{
  return (uint32_t)(picture - pictures);
}

/* Gives the devices to the focused domain, as far as it has drivers for them. */
static void
open_window (void)
{
  const struct picture *picture = picture_of (focus);
  if (is_ready (picture)) {
    hv_arch_window_open (focus, hv_platform_picture_physical (number_of (picture)));
    hv_platform_display_show (number_of (picture));
  }
}

static void
set_focus (struct hv_domain *domain)
{
  struct hv_domain *before = focus;
  if (domain == before)
    return;
  hv_platform_display_show (BOARD_PICTURES);
  if (before)
    hv_arch_window_close (before);
  /* What was typed for the one is not for the other. */
  hv_platform_input_reset (domain != NULL);
  focus = domain;
  if (domain)
    open_window ();
  hv_event_raise (before, PV_VIRQ_HID);
  hv_event_raise (domain, PV_VIRQ_HID);
  hv_domain_changed ();
}

static void
input (void)
{
  hv_event_raise (focus, PV_VIRQ_HID);
}

void
hv_hid_init (void)
{
  hv_platform_hid_init (input);
}

static long
op_mode (uint32_t address)
{
  const struct pv_hid_mode mode = { .width = BOARD_PICTURE_WIDTH,
                                    .height = BOARD_PICTURE_HEIGHT,
                                    .stride = BOARD_PICTURE_STRIDE,
                                    .format = PV_HID_FORMAT_XRGB8888 };
  return hv_copy_to_guest (address, &mode, sizeof mode);
}

/* The picture of a domain, or a free one made its own; NULL: there is none. */
static struct picture *
claim (struct hv_domain *domain)
{
  struct picture *picture = picture_of (domain);
  if (!picture && (picture = picture_of (NULL)))
    *picture = (struct picture){ .owner = domain };
  return picture;
}

static long
op_attach (struct hv_domain *domain)
{
  struct picture *picture = picture_of (domain);
  int denied = hv_may (domain, domain, HV_DISPLAY_DRAW);
  if (denied)
    return denied;
  if (is_ready (picture))
    return -XEN_EEXIST;
  if (!(picture = claim (domain)))
    return -XEN_ENOSPC;
  uint32_t left = BOARD_PICTURE_BYTES - picture->cleared;
  uint32_t part = left < CLEAR_BYTES ? left : CLEAR_BYTES;
  memset ((char *)hv_platform_picture (number_of (picture)) + picture->cleared, 0, part);
  picture->cleared += part;
  if (!is_ready (picture))
    return -XEN_EAGAIN;
  if (domain == focus)
    open_window ();
  else if (!focus && hv_may (domain, domain, HV_INPUT_RECEIVE) == 0)
    set_focus (domain); /* the first one needs nobody to give it the focus */
  hv_domain_changed ();
  return 0;
}

static void
detach (struct hv_domain *domain)
{
  struct picture *picture = picture_of (domain);
  if (domain == focus) {
    hv_arch_window_close (domain);
    hv_platform_display_show (BOARD_PICTURES);
  }
  if (picture)
    picture->owner = NULL;
}

static long
op_detach (struct hv_domain *domain)
{
  if (!picture_of (domain))
    return -XEN_ENOENT;
  detach (domain);
  hv_domain_changed ();
  return 0;
}

static long
op_focus (struct hv_domain *caller, uint32_t id)
{
  struct hv_domain *target = id == DOMID_INVALID ? NULL : hv_domain_find (id);
  if (!target && id != DOMID_INVALID)
    return -XEN_ESRCH;
  int denied = hv_may (caller, target, HV_DISPLAY_FOCUS);
  if (!denied && target)
    denied = hv_may (target, target, HV_INPUT_RECEIVE);
  if (denied)
    return denied;
  if (target && target->life != HV_LIFE_ALIVE)
    return -XEN_EBUSY;
  set_focus (target);
  return 0;
}

static long
op_read (struct hv_domain *caller, uint32_t address)
{
  struct pv_hid_read read;
  if (hv_copy_from_guest (&read, address, sizeof read))
    return -XEN_EFAULT;
  struct hv_domain *target = hv_domain_find (read.domain);
  int denied = hv_may (caller, target, HV_DISPLAY_CAPTURE);
  if (denied)
    return denied;
  if (!target)
    return -XEN_ESRCH;
  const struct picture *picture = picture_of (target);
  if (!is_ready (picture))
    return -XEN_ENOENT;
  if (read.row >= BOARD_PICTURE_HEIGHT)
    return -XEN_EINVAL;
  if (read.rows > BOARD_PICTURE_HEIGHT - read.row)
    read.rows = BOARD_PICTURE_HEIGHT - read.row;
  if (read.rows > PV_HID_READ_MAX / BOARD_PICTURE_STRIDE)
    read.rows = PV_HID_READ_MAX / BOARD_PICTURE_STRIDE;
  const char *rows = (const char *)hv_platform_picture (number_of (picture));
  if (hv_copy_to_guest (read.buffer, rows + read.row * BOARD_PICTURE_STRIDE,
                        read.rows * BOARD_PICTURE_STRIDE))
    return -XEN_EFAULT;
  return hv_copy_to_guest (address, &read, sizeof read);
}

/* Rows are written in order, so that nothing of another domain's picture is ever left in it. */
static long
op_write (struct hv_domain *caller, uint32_t address)
{
  struct pv_hid_read write;
  if (hv_copy_from_guest (&write, address, sizeof write))
    return -XEN_EFAULT;
  struct hv_domain *target = hv_domain_with_id (write.domain);
  int denied = hv_may (caller, target, HV_DOMAIN_RESTORE);
  if (denied)
    return denied;
  if (!target || target->life != HV_LIFE_BUILDING)
    return -XEN_ESRCH;
  struct picture *picture = claim (target);
  if (!picture)
    return -XEN_ENOSPC;
  uint32_t start = write.row * BOARD_PICTURE_STRIDE, bytes = write.rows * BOARD_PICTURE_STRIDE;
  if (write.rows > PV_HID_READ_MAX / BOARD_PICTURE_STRIDE || write.row > BOARD_PICTURE_HEIGHT
      || start != picture->cleared || bytes > BOARD_PICTURE_BYTES - start)
    return -XEN_EINVAL;
  if (hv_copy_from_guest ((char *)hv_platform_picture (number_of (picture)) + start, write.buffer,
                          bytes))
    return -XEN_EFAULT;
  picture->cleared += bytes;
  return 0;
}

long
hv_hid_op (struct hv_vcpu *vcpu, const uint32_t *args)
{
  struct hv_domain *domain = vcpu->domain;
  switch (args[0]) {
  case PV_HID_MODE:
    return op_mode (args[1]);
  case PV_HID_ATTACH:
    return op_attach (domain);
  case PV_HID_DETACH:
    return op_detach (domain);
  case PV_HID_STATUS:
    return (is_ready (picture_of (domain)) ? (long)PV_HID_ATTACHED : 0)
           | (domain == focus ? (long)PV_HID_FOCUSED : 0);
  case PV_HID_FOCUS:
    return op_focus (domain, args[1]);
  case PV_HID_READ:
    return op_read (domain, args[1]);
  case PV_HID_WRITE:
    return op_write (domain, args[1]);
  default:
    return -XEN_ENOSYS;
  }
}

void
hv_hid_domain_ended (struct hv_domain *domain)
{
  if (domain == focus)
    set_focus (NULL);
}

void
hv_hid_domain_gone (struct hv_domain *domain)
{
  hv_hid_domain_ended (domain);
  detach (domain);
}

uint32_t
hv_hid_flags (const struct hv_domain *domain)
{
  return (domain == focus ? PV_DOMAIN_FOCUS : 0)
         | (is_ready (picture_of (domain)) ? PV_DOMAIN_DISPLAY : 0);
}

void
hv_hid_review (struct hv_review *review)
{
  if (focus && hv_review_ends (review, focus, focus, HV_INPUT_RECEIVE)) {
    review->displays++;
    if (review->revoke)
      set_focus (NULL);
  }
  for (uint32_t i = 0; i < BOARD_PICTURES; i++) {
    struct hv_domain *owner = pictures[i].owner;
    if (!owner || !hv_review_ends (review, owner, owner, HV_DISPLAY_DRAW))
      continue;
    review->displays++;
    if (review->revoke)
      detach (owner);
  }
}
