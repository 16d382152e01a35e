/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ping.h"

#include <lwip/icmp.h>
#include <lwip/inet_chksum.h>
#include <lwip/prot/ip4.h>
#include <lwip/raw.h>
#include "pv.h"
#include "stack.h"

#define INTERVAL_NS 1000000000ull
#define PAYLOAD     32
#define ID          0x646d

static struct {
  struct raw_pcb *pcb;
  ip_addr_t address;
  uint32_t left, sent, received;
  uint64_t sent_ns;
  bool running;
  bool waiting; /* for the answer to the last */
} ping;

struct echo {
  struct icmp_echo_hdr header;
  uint8_t payload[PAYLOAD];
};

static u8_t
receive (void *arg, struct raw_pcb *pcb, struct pbuf *packet, const ip_addr_t *from)
{
  struct echo echo;
  (void)arg;
  (void)pcb;
  if (pbuf_copy_partial (packet, &echo, sizeof echo, IP_HLEN) != sizeof echo || !ping.waiting
      || echo.header.type != ICMP_ER || echo.header.id != ID
      || lwip_ntohs (echo.header.seqno) != ping.sent)
    return 0;
  ping.waiting = false;
  ping.received++;
  uint32_t us = (uint32_t)((pv_time_ns () - ping.sent_ns) / 1000);
  pv_printf ("ping: %u bytes from %s: seq=%u time=%u.%03u ms\n", (uint32_t)sizeof echo,
             stack_address_text (ip_2_ip4 (from)->addr), ping.sent, us / 1000, us % 1000);
  pbuf_free (packet);
  return 1;
}

static void
send_one (void)
{
  struct echo echo = { .header = { .type = ICMP_ECHO, .id = ID } };
  struct pbuf *packet = pbuf_alloc (PBUF_IP, sizeof echo, PBUF_RAM);
  ping.sent++;
  ping.left--;
  echo.header.seqno = lwip_htons ((u16_t)ping.sent);
  for (uint32_t i = 0; i < PAYLOAD; i++)
    echo.payload[i] = (uint8_t)i;
  echo.header.chksum = inet_chksum (&echo, sizeof echo);
  ping.sent_ns = pv_time_ns ();
  ping.waiting = true;
  if (packet) {
    pbuf_take (packet, &echo, sizeof echo);
    raw_sendto (ping.pcb, packet, &ping.address);
    pbuf_free (packet);
  }
}

void
ping_start (uint32_t address, uint32_t count)
{
  if (!ping.pcb) {
    ping.pcb = raw_new (IP_PROTO_ICMP);
    raw_recv (ping.pcb, receive, NULL);
    raw_bind (ping.pcb, IP_ADDR_ANY);
  }
  ip_addr_set_ip4_u32 (&ping.address, address);
  ping.left = count;
  ping.sent = ping.received = 0;
  ping.running = true;
  send_one ();
}

bool
ping_running (void)
{
  return ping.running;
}

uint64_t
ping_poll (void)
{
  bool late = pv_time_ns () - ping.sent_ns >= INTERVAL_NS;
  if (!ping.running)
    return 0;
  if (ping.waiting && late) {
    pv_printf ("ping: seq=%u: no answer\n", ping.sent);
    ping.waiting = false;
  }
  if (!ping.waiting && ping.left == 0) {
    pv_printf ("ping: %u sent, %u received\n", ping.sent, ping.received);
    ping.running = false;
    return 0;
  }
  if (late)
    send_one ();
  return ping.sent_ns + INTERVAL_NS;
}
