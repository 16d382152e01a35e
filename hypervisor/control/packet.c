/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packet.h"

static uint8_t room[PACKETS][PACKET_ROOM] __attribute__ ((aligned (4096)));
static struct packet packets[PACKETS];
static struct packet *first_free;
static uint32_t begun; /* those from here on were never used */
static uint32_t in_use;

struct packet *
packet_take (void)
{
  struct packet *packet = first_free;

  if (packet != NULL) {
    first_free = packet->next_free;
  } else if (begun < PACKETS) {
    packet = &packets[begun];
    packet->data = room[begun];
    begun++;
  } else {
    return NULL;
  }
  in_use++;
  packet->users = 1;
  packet->length = 0;
  return packet;
}

void
packet_use (struct packet *packet)
{
  packet->users++;
}

void
packet_release (struct packet *packet)
{
  if (--packet->users == 0) {
    packet->next_free = first_free;
    first_free = packet;
    in_use--;
  }
}

uint32_t
packets_free (void)
{
  return PACKETS - in_use;
}

uint32_t
packet_number (const struct packet *packet)
{
  return (uint32_t)(packet - packets);
}

struct packet *
packet_by_number (uint32_t number)
{
  return &packets[number % PACKETS];
}
