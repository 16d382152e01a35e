/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records in and out of the channel for states (pv/stream.h); one transfer at a time. */
#ifndef CONTROL_STREAM_H
#define CONTROL_STREAM_H

#include "base.h"
#include <pv/stream.h>

/* Begins a transfer: both sides send the magic and `nonce`, and skip whatever comes before it; the
   host's side first, which says that the connection is this transfer's and not what is left of the
   one before. */
void stream_open (const uint8_t nonce[PV_STREAM_NONCE_SIZE]);
/* -> whether the host's side has done so. */
bool stream_is_met (void);
/* Drops what has come where nothing is expected: unread, it would fill the device's buffers. */
void stream_drain (void);

/* Sends what is waiting. -> whether all is out, so that a record can be begun. */
bool stream_flush (void);
/* Room for the payload of the next record; PV_RECORD_MAX bytes, aligned. */
void *stream_begin (void);
void stream_end (uint32_t type, size_t length);
/* Sends a record of type FAIL behind whatever is waiting. `hint` may be NULL. The format knows %s
   and %u. */
void stream_fail (uint32_t code, const char *hint, const char *format, ...);

enum stream_state { STREAM_WAITING, STREAM_RECORD, STREAM_BROKEN };
struct stream_record {
  uint32_t type;
  size_t length;
  void *payload; /* until the next call; aligned */
};
/* Takes the next record if it is there as a whole. */
enum stream_state stream_next (struct stream_record *record);

#endif
