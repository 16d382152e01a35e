/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lwIP for a guest kernel: IPv4, TCP, UDP and raw, one thread that polls, one Ethernet interface.
 */
#ifndef NET_LWIPOPTS_H
#define NET_LWIPOPTS_H

#define NO_SYS               1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_SOCKET          0
#define LWIP_NETCONN         0
#define LWIP_SINGLE_NETIF    1
#define LWIP_STATS           0

#define LWIP_DHCP                1
#define DHCP_DOES_ARP_CHECK      0 /* the bridge's addresses come from one server */
#define LWIP_DNS                 1
#define LWIP_RAW                 1
#define LWIP_NETIF_HOSTNAME      1
#define LWIP_NETIF_LOOPBACK      1 /* to our own address */

/* A window of 45 KiB, which fits the header's 16 bits, and room to receive it. */
#define MEM_ALIGNMENT       4
#define MEM_SIZE            (192 * 1024)
#define TCP_MSS             1460
#define TCP_WND             (32 * TCP_MSS)
#define TCP_SND_BUF         (32 * TCP_MSS)
#define TCP_SND_QUEUELEN    128
#define MEMP_NUM_TCP_SEG    160
#define MEMP_NUM_TCP_PCB    24
#define MEMP_NUM_RAW_PCB    4
#define MEMP_NUM_PBUF       64
#define PBUF_POOL_SIZE      96
#define PBUF_POOL_BUFSIZE   1600
#define TCP_QUEUE_OOSEQ     1
#define TCP_OOSEQ_MAX_PBUFS 48
#define TCP_LISTEN_BACKLOG  1

#define LWIP_HTTPD_CUSTOM_FILES      1 /* server.c makes them up */
#define LWIP_HTTPD_DYNAMIC_FILE_READ 1
#define LWIP_HTTPD_DYNAMIC_HEADERS   1
#define HTTPD_FSDATA_FILE            "no-files.h"
#define HTTPD_SERVER_AGENT           "Domicile"

#endif
