/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Display and input: the machine's LCD, keyboard and mouse, which one domain has at a time (the
 * focus). A guest has drivers of its own for them; the hypervisor moves the devices' memory and
 * interrupt from one guest to the other.
 *
 *   long hid_op (command, argument);   hypercall PV_HYPERVISOR_hid_op (52)
 *
 * Every domain that asks for it (PV_HID_ATTACH) has a picture of its own in the machine's video
 * memory. While the domain has the focus, its picture is shown, and it finds at PV_HID_WINDOW, in
 * all its address spaces, for its kernel alone: the picture, and the registers of the keyboard
 * and the mouse (two PL050). Without the focus there is nothing: an access is a translation
 * fault, and the picture stays as it was. PV_VIRQ_HID tells that the focus came or went, or that
 * a device has something to read.
 *
 * The interrupt of a device that has something to read is switched off in its control register
 * before the event is sent; a driver reads until the device is empty and switches it on again.
 * The registers that say what memory the display reads are not for guests.
 */
#ifndef PV_HID_H
#define PV_HID_H

#include <stdint.h>

/* Virtual addresses; no guest maps anything there by itself. */
#define PV_HID_WINDOW   0xff000000
#define PV_HID_PICTURE  PV_HID_WINDOW /* rows of pixels from the top, as PV_HID_MODE says */
#define PV_HID_KEYBOARD 0xff1fe000
#define PV_HID_MOUSE    0xff1ff000

/* Commands. A domain for itself: */
#define PV_HID_MODE 0 /* (struct pv_hid_mode *): the display */
#define PV_HID_ATTACH                                                                              \
  1 /* () a picture for this domain, black. -XEN_EAGAIN: not ready, call again; -XEN_EEXIST: it    \
       has one, perhaps from before it was saved */
#define PV_HID_DETACH 2 /* () gives it back */
#define PV_HID_STATUS 3 /* () -> PV_HID_ATTACHED, PV_HID_FOCUSED */
/* The control domain: */
#define PV_HID_FOCUS 4 /* (domain id, or DOMID_INVALID: none) */
#define PV_HID_READ  5 /* (struct pv_hid_read *): rows of a domain's picture */
#define PV_HID_WRITE                                                                               \
  6 /* (struct pv_hid_read *): rows of the picture that a domain that is being restored finds, in  \
       order from the first */

#define PV_HID_ATTACHED 1u
#define PV_HID_FOCUSED  2u

/* One pixel is a word 0x00RRGGBB. */
#define PV_HID_FORMAT_XRGB8888 1

struct pv_hid_mode {
  uint32_t width, height; /* pixels */
  uint32_t stride;        /* bytes from one row to the next */
  uint32_t format;        /* PV_HID_FORMAT_* */
};

struct pv_hid_read {
  uint32_t domain;
  uint32_t row;    /* first row wanted */
  uint32_t rows;   /* in: at most so many; out: copied, at most PV_HID_READ_MAX bytes of them */
  uint32_t buffer; /* virtual address of the caller */
};
#define PV_HID_READ_MAX 32768

#endif
