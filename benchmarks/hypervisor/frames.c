/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest that sends back every frame to whom it came from; a number in its command line says how
   many it sends by itself at first, to the address after its own. */
#include "device.h"
#include "front.h"
#include "pv.h"

#define LENGTH  1514
#define SILENCE UINT64_C (100000000) /* ns after which all frames on their way are lost */

static uint8_t own_mac[6];
static bool connected;
static uint32_t received;

static void
answer (const void *frame, uint32_t length)
{
  uint8_t copy[LENGTH];
  received++;
  memcpy (copy, frame, length);
  memcpy (copy, (const uint8_t *)frame + 6, 6);
  memcpy (copy + 6, frame, 6);
  if (!front_send (copy, length))
    pv_panic ("there is no room for an answer");
}

/* A network may lose frames: the first ones, while the other side has no room for them yet. */
static void
send_first (void)
{
  static uint8_t frame[LENGTH];
  uint32_t count = 0;
  for (const char *digit = pv_start->command_line; *digit; digit++)
    count = count * 10 + (uint32_t)(*digit - '0');
  memcpy (frame, own_mac, 6);
  frame[5]++;
  memcpy (frame + 6, own_mac, 6);
  frame[12] = 0x88; /* a type of nobody's */
  frame[13] = 0xb5;
  while (count-- > 0)
    front_send (frame, LENGTH);
}

static void
begin (const uint8_t mac[6])
{
  memcpy (own_mac, mac, 6);
  connected = true;
  send_first ();
}

static void
end (void)
{
  pv_panic ("the interface is gone");
}

void
pv_main (const struct pv_start_info *info)
{
  static const struct front_user user
      = { .connected = begin, .disconnected = end, .receive = answer };
  (void)info;
  front_register (&user);
  pv_devices_start ();
  for (uint32_t before = 0;; before = received) {
    uint64_t deadline = pv_time_ns () + SILENCE;
    while (received == before && pv_time_ns () < deadline)
      pv_event_wait (deadline);
    if (connected && received == before)
      send_first ();
  }
}
