/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stack.h"

#include <lwip/dhcp.h>
#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/sys.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>
#include "pv.h"

#define MS 1000000ull

static struct netif interface;
static stack_send send_frame;
static uint32_t random_state;

/* For sequence and port numbers that differ from run to run; nothing relies on more. */
uint32_t
stack_random (void)
{
  random_state = (random_state ^ (uint32_t)pv_time_ns ()) * 2654435769u + 12345;
  return random_state ^ random_state >> 15;
}

u32_t
sys_now (void)
{
  return (u32_t)(pv_time_ns () / MS);
}

static err_t
output (struct netif *netif, struct pbuf *frame)
{
  static uint8_t flat[1514];
  (void)netif;
  if (frame->tot_len > sizeof flat)
    return ERR_BUF;
  if (frame->next == NULL)
    return send_frame (frame->payload, frame->len) ? ERR_OK : ERR_MEM;
  pbuf_copy_partial (frame, flat, frame->tot_len, 0);
  return send_frame (flat, frame->tot_len) ? ERR_OK : ERR_MEM;
}

static err_t
set_up (struct netif *netif)
{
  netif->name[0] = 'e';
  netif->name[1] = 'n';
  netif->mtu = 1500;
  netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
  netif->output = etharp_output;
  netif->linkoutput = output;
  return ERR_OK;
}

void
stack_start (const char *hostname, stack_send send)
{
  send_frame = send;
  lwip_init ();
  interface.hwaddr_len = 6;
  netif_add (&interface, IP4_ADDR_ANY4, IP4_ADDR_ANY4, IP4_ADDR_ANY4, NULL, set_up, ethernet_input);
  netif_set_hostname (&interface, hostname);
  netif_set_default (&interface);
  netif_set_up (&interface);
}

void
stack_set_address (const struct stack_address *wanted)
{
  ip4_addr_t address = { wanted->address }, netmask = { wanted->netmask },
             gateway = { wanted->gateway };
  if (wanted->address == 0) {
    dhcp_start (&interface);
    return;
  }
  dhcp_release_and_stop (&interface);
  netif_set_addr (&interface, &address, &netmask, &gateway);
}

struct stack_address
stack_get_address (void)
{
  return (struct stack_address){ .address = netif_ip4_addr (&interface)->addr,
                                 .netmask = netif_ip4_netmask (&interface)->addr,
                                 .gateway = netif_ip4_gw (&interface)->addr };
}

/* lwIP announces the address by ARP when the link comes up. */
void
stack_link_up (const uint8_t mac[6])
{
  for (uint32_t i = 0; i < 6; i++)
    random_state = random_state * 31 + mac[i];
  memcpy (interface.hwaddr, mac, 6);
  netif_set_link_up (&interface);
}

void
stack_link_down (void)
{
  netif_set_link_down (&interface);
}

void
stack_input (const void *frame, uint32_t length)
{
  struct pbuf *copy = pbuf_alloc (PBUF_RAW, (u16_t)length, PBUF_POOL);
  if (!copy)
    return; /* TCP sends it again */
  pbuf_take (copy, frame, (u16_t)length);
  if (interface.input (copy, &interface) != ERR_OK)
    pbuf_free (copy);
}

uint64_t
stack_poll (void)
{
  netif_poll (&interface); /* frames to ourselves */
  sys_check_timeouts ();
  u32_t wait_ms = sys_timeouts_sleeptime ();
  return wait_ms == SYS_TIMEOUTS_SLEEPTIME_INFINITE ? 0 : pv_time_ns () + (wait_ms + 1) * MS;
}

const char *
stack_address_text (uint32_t address)
{
  ip4_addr_t value = { address };
  return ip4addr_ntoa (&value);
}
