/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "channel.h"

#include "pv.h"
#include "service.h"

static char line[SERVICE_LINE_MAX + 1];
static size_t used;
static bool skipping; /* the line under way is too long; wait for its end */

/* The event only ends the wait; who waited looks for itself. */
static void
on_channel (uint32_t port, void *data)
{
  (void)port;
  (void)data;
}

void
channel_init (void)
{
  long port = pv_event_bind_virq (PV_VIRQ_CHANNEL, on_channel, NULL);

  if (port < 0) {
    pv_panic ("control: no event channel for the channel: error %d\n", (int)-port);
  }
}

bool
channel_is_connected (void)
{
  return pv_channel_op (PV_CHANNEL_STATUS, NULL, 0) == PV_CHANNEL_CONNECTED;
}

static const char *
find_newline (const char *from, const char *end)
{
  while (from < end && *from != '\n') {
    from++;
  }
  return from < end ? from : NULL;
}

/* Hands on the whole lines in the buffer, of which the bytes from `fresh` on are new. */
static void
take_lines (channel_line_func take, size_t fresh)
{
  const char *start = line, *end = line + used, *newline;

  for (const char *from = line + fresh; (newline = find_newline (from, end)) != NULL;
       from = start = newline + 1) {
    if (skipping) {
      skipping = false;
    } else {
      take (start, (size_t)(newline - start));
    }
  }
  used = (size_t)(end - start);
  memmove (line, start, used);
}

bool
channel_receive (channel_line_func take, void (*too_long) (void))
{
  size_t room = sizeof line - used;
  size_t fresh = used;
  long got = pv_channel_op (PV_CHANNEL_READ, line + used,
                            (uint32_t)(room < PV_CHANNEL_MAX ? room : PV_CHANNEL_MAX));

  if (got <= 0) {
    return false;
  }
  used += (size_t)got;
  take_lines (take, fresh);
  if (skipping) {
    used = 0;
  } else if (used == sizeof line) {
    skipping = true;
    used = 0;
    too_long ();
  }
  return true;
}

void
channel_write (const char *bytes, size_t length)
{
  while (length > 0) {
    size_t part = length < PV_CHANNEL_MAX ? length : PV_CHANNEL_MAX;
    long taken = pv_channel_op (PV_CHANNEL_WRITE, (void *)bytes, (uint32_t)part);

    if (taken > 0) {
      bytes += taken;
      length -= (size_t)taken;
    } else if (!channel_is_connected ()) {
      return;
    } else {
      pv_event_wait (0);
    }
  }
}
