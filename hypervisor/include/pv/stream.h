/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of a domain as a stream of bytes: on the second channel between the control domain and
 * the host, between two hosts, and in a file. docs/save-format.md tells what it looks like.
 */
#ifndef PV_STREAM_H
#define PV_STREAM_H

#include <stdint.h>
#include <pv/control.h>

/* First bytes of a file. On a channel a nonce of both sides' transfer follows, so that what is left
   of an earlier one is told apart; the host's side sends them first. */
#define PV_STREAM_MAGIC      "domicile-state-1"
#define PV_STREAM_MAGIC_SIZE 16
#define PV_STREAM_NONCE_SIZE 16
#define PV_STREAM_VERSION    2

struct pv_record {
  uint32_t type;     /* PV_RECORD_* */
  uint32_t length;   /* bytes of payload that follow */
  uint32_t sequence; /* 0, 1, ... in each direction */
  uint32_t crc;      /* CRC-32 of the three words before and of the payload */
};

/* More payload has no record. */
#define PV_RECORD_MAX (4 + PV_PAGES_MAX * (4 + 4096))

/* The state, in this order. */
#define PV_RECORD_HEADER 1 /* struct pv_state_header */
#define PV_RECORD_PAGES  2 /* struct pv_state_pages and pages */
#define PV_RECORD_PIN    3 /* uint32_t[]: page number and PV_STATE_PIN_*, to be done in order */
#define PV_RECORD_VCPU   4 /* struct pv_state_vcpu */
#define PV_RECORD_END    5 /* nothing: all is there */
#define PV_RECORD_PICTURE                                                                          \
  7 /* struct pv_state_picture: before the end, row by row; none: it has no picture */
#define PV_RECORD_HISTORY                                                                          \
  8 /* uint32_t[]: id of the integrity level that its label has sunk to, or 0, and those of the     \
       datasets that it has accessed (pv/policy.h); none: nothing of that */
#define PV_RECORD_DIGEST 6 /* files only: SHA-256 of all bytes before this record */

/* Of one side to the other. */
#define PV_RECORD_FAIL  16 /* struct pv_stream_fail and text */
#define PV_RECORD_READY 17 /* uint32_t: id of the domain that was made, complete and paused */
#define PV_RECORD_ROUND 18 /* struct pv_stream_round: a round of a live copy is over */
#define PV_RECORD_START 19 /* between hosts: let it run */
#define PV_RECORD_RUNS  20 /* between hosts: it runs */

/* What this version does not know is zero. A reader looks at `version` first: only that member has
   its place in all of them. */
struct pv_state_header {
  uint32_t version; /* PV_STREAM_VERSION */
  uint32_t abi;     /* PV_ABI_VERSION */
  uint32_t pages;   /* page numbers go from 0 up to this */
  uint32_t vcpus, weight, cap_percent;
  uint32_t present;    /* no page from this number on is there; a multiple of four */
  uint32_t target_kib; /* memory that it is to have for now */
  uint32_t low_pages;
  uint32_t live;           /* 1: pages come more than once */
  struct pv_layout layout; /* page numbers */
  char name[PV_NAME_MAX];
  char image[PV_NAME_MAX];
  uint8_t image_sha256[32];
  char label[PV_NAME_MAX]; /* the type of its label in the policy */
  uint8_t handle[16];
  uint32_t budget_us, period_us;   /* as in struct pv_domain_info */
  uint32_t affinity[PV_VCPUS_MAX]; /* 0: any processor */
  uint32_t focus; /* 1: it had display and input */
  uint32_t watchdog_seconds, watchdog_restart;
  uint32_t reserved[13];
  struct pv_device_config devices[PV_DEVICES_MAX]; /* by slot */
};

/* A page by its number, with its use (PV_PAGE_*) in the upper bits. */
#define PV_STATE_PAGE 0x07ffffffu
#define PV_STATE_ZERO 0x08000000u /* it is clear, and takes no room in the record */
struct pv_state_pages {
  uint32_t count;  /* at most PV_PAGES_MAX */
  uint32_t page[]; /* count; then the pages that are not clear, 4096 bytes each */
};

#define PV_STATE_PIN_TABLES    0x00000000u
#define PV_STATE_PIN_DIRECTORY 0x10000000u
#define PV_STATE_UNPIN         0x20000000u
#define PV_STATE_ABSENT        0x30000000u /* there is no such page; before all others */

/* Rows of pixels behind it as PV_HID_MODE says, or nothing: they are black. */
struct pv_state_picture {
  uint32_t row, rows;
};

struct pv_state_vcpu {
  uint32_t vcpu;
  uint32_t reserved;
  struct pv_vcpu_context context; /* directory: a page number */
};

struct pv_stream_fail {
  uint32_t code; /* of the protocol's errors; behind it a text and a hint, each ended by a zero */
};

struct pv_stream_round {
  uint32_t round;
  uint32_t sent;  /* pages */
  uint32_t dirty; /* pages written to since they were sent */
  uint32_t final; /* 1: the domain stands still, or is asked to now */
};

#endif
