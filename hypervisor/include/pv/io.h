/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's disk and network device: for the control domain only, whose back ends serve them to
 * the other domains. Both devices do DMA, so that the hypervisor alone drives them; it knows
 * requests and packets, and neither partitions nor bridges.
 *
 *   long io_op (uint32_t cmd, void *argument, uint32_t count);   hypercall 51
 *
 * A buffer is named by its virtual address in the caller and lies inside one page. The page may be
 * the caller's own, or another domain's that it has mapped by grant: what its page table lets it
 * read may go to a device, what it may write may come from one. Until its completion was collected
 * (or the device was reset) the device holds the frame: it can become no page table, and its domain
 * cannot be destroyed (-XEN_EAGAIN).
 *
 * Nothing blocks. PV_VIRQ_IO is raised when there is a completion to collect. A call that takes
 * several elements goes up to the first that it cannot take and returns how many it took: 0 when
 * there is no room now (collect first), a negative error when the first is refused. -XEN_ENODEV:
 * the machine has no such device; -XEN_EPERM: not the control domain; -XEN_EFAULT: a structure or a
 * buffer cannot be reached, or a page may only be read; -XEN_EINVAL: lengths, sectors, operation.
 */
#ifndef PV_IO_H
#define PV_IO_H

#include <stdint.h>

#define PV_IO_BLOCK_QUERY   0  /* struct pv_io_block_info *; count is not used */
#define PV_IO_BLOCK_SUBMIT  1  /* struct pv_io_block_request[count] -> taken */
#define PV_IO_BLOCK_COLLECT 2  /* struct pv_io_completion[count] -> stored */
#define PV_IO_NET_QUERY     8  /* struct pv_io_net_info *; count is not used */
#define PV_IO_NET_SEND      9  /* struct pv_io_buffer[count], a frame each -> taken */
#define PV_IO_NET_POST      10 /* struct pv_io_buffer[count] to receive into -> taken */
#define PV_IO_NET_COLLECT   11 /* struct pv_io_completion[count], sent and received -> stored */

/* Most elements of one call. */
#define PV_IO_BATCH 32

/* ---- disk ---- */

#define PV_IO_SECTOR   512 /* bytes of a sector here, whatever the disk's own blocks are */
#define PV_IO_SEGMENTS 11  /* of a request, as in Xen's blkif.h */

struct pv_io_block_info {
  uint64_t sectors;
  uint32_t block_size; /* bytes of the disk's own blocks: the best unit and alignment */
  uint32_t flags;      /* PV_IO_BLOCK_* */
  uint32_t depth;      /* requests that can be under way */
  uint32_t pad;
};
#define PV_IO_BLOCK_READ_ONLY 1u
#define PV_IO_BLOCK_CACHE     2u /* writes may stay in a cache until PV_IO_FLUSH */

enum pv_io_operation {
  PV_IO_READ = 0,
  PV_IO_WRITE = 1,
  PV_IO_FLUSH = 2, /* what was completed before this was submitted is on the medium afterwards */
};

struct pv_io_segment {
  uint32_t address;
  uint32_t length; /* a multiple of PV_IO_SECTOR; address + length stays in the page */
};

struct pv_io_block_request {
  uint64_t id; /* the caller's own; comes back in the completion */
  uint64_t sector;
  uint32_t operation; /* enum pv_io_operation */
  uint32_t segments;  /* 1..PV_IO_SEGMENTS; 0 for a flush */
  struct pv_io_segment segment[PV_IO_SEGMENTS];
};

struct pv_io_completion {
  uint64_t id;
  int32_t status;  /* 0, -XEN_EIO the device failed, -XEN_EOPNOTSUPP it cannot */
  uint32_t length; /* network: bytes received */
};

/* ---- network ---- */

struct pv_io_net_info {
  uint8_t mac[6];
  uint16_t mtu;        /* of the payload: 1500 */
  uint32_t flags;      /* PV_IO_NET_* */
  uint32_t send_depth; /* frames that can be on their way out */
  uint32_t post_depth; /* buffers that can wait for frames */
};
#define PV_IO_NET_LINK_UP 1u

/* A frame is Ethernet, from the destination address on and without checksum. */
#define PV_IO_FRAME_MIN 14
#define PV_IO_FRAME_MAX 1514

struct pv_io_buffer {
  uint64_t id;
  uint32_t address;
  uint32_t length; /* send: of the frame; post: room, at least PV_IO_FRAME_MAX */
};

#endif
