/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/io.h"

#include "core/string.h"
#include <pv/arch.h>
#include <xen/errno.h>
#include "arch/arch.h"
#include "core/domain.h"
#include "core/frame.h"
#include "core/hypercall.h"
#include "core/log.h"
#include "platform/platform.h"
#include "security/hooks.h"

/* A request, packet or receive buffer that is with a device, or waits to be collected. */
struct transfer {
  uint64_t id;
  int32_t status;
  uint32_t length;
  bool device_writes;
  uint8_t held;
  uint32_t mfn[PV_IO_SEGMENTS];
};

struct queue {
  struct transfer transfer[HV_IO_DEPTH];
  uint32_t free; /* bit n: token n is free */
  uint32_t first_done, last_done;
  uint8_t done[HV_IO_DEPTH]; /* tokens in the order in which the device was done with them */
};

static struct queue disk, sending, receiving;
static struct {
  bool present;
  struct pv_io_block_info info;
} block;
static struct {
  bool present;
  struct pv_io_net_info info;
} net;

/* ---- frames under a device ---- */

static void
release (struct transfer *transfer)
{
  while (transfer->held > 0) {
    uint32_t mfn = transfer->mfn[--transfer->held];
    hv_domains[hv_frame_owner (hv_frame_at (mfn))].device_holds--;
    if (transfer->device_writes)
      hv_frame_put_type (mfn);
    else
      hv_frame_put (mfn);
  }
}

/* Holds the frame behind a buffer of the caller, which its own page table gives the right to. */
static int
hold (struct hv_vcpu *vcpu,
      struct transfer *transfer,
      struct pv_io_segment buffer,
      struct hv_io_segment *physical)
{
  uint32_t offset = buffer.address % HV_PAGE_SIZE, mfn;
  if (buffer.length == 0 || buffer.length > HV_PAGE_SIZE - offset)
    return -XEN_EINVAL;
  int error = vcpu->domain->paging->frame_behind (vcpu, buffer.address, transfer->device_writes,
                                                  &mfn);
  if (error)
    return error;
  uint32_t owner = hv_frame_owner (hv_frame_at (mfn));
  error = transfer->device_writes ? hv_frame_get_type (mfn, owner, HV_FRAME_WRITABLE)
                                  : hv_frame_get (mfn, owner);
  if (error)
    return error;
  hv_domains[owner].device_holds++;
  transfer->mfn[transfer->held++] = mfn;
  *physical = (struct hv_io_segment){ (mfn << HV_PAGE_SHIFT) + offset, buffer.length };
  return 0;
}

/* ---- tokens ---- */

static void
queue_init (struct queue *queue)
{
  queue->free = UINT32_MAX;
  queue->first_done = queue->last_done = 0;
}

/* The transfer behind the next free token, which stays free until queue_use. */
static struct transfer *
queue_next (struct queue *queue, uint32_t *token)
{
  *token = (uint32_t)__builtin_ctz (queue->free);
  return &queue->transfer[*token];
}

static void
queue_use (struct queue *queue, uint32_t token)
{
  queue->free &= ~(1u << token);
}

static void
queue_done (struct queue *queue, uint32_t token, int32_t status, uint32_t length)
{
  struct transfer *transfer = &queue->transfer[token];
  release (transfer);
  transfer->status = status;
  transfer->length = length;
  queue->done[queue->last_done++ % HV_IO_DEPTH] = (uint8_t)token;
}

static void
queue_reset (struct queue *queue)
{
  for (uint32_t token = 0; token < HV_IO_DEPTH; token++)
    release (&queue->transfer[token]);
  queue_init (queue);
}

/* Stores completions; -> how many, or -XEN_EFAULT when not even the first could be. */
static long
queue_collect (struct queue *queue, uint32_t to, uint32_t room)
{
  long stored = 0;
  for (; room > 0 && queue->first_done != queue->last_done; room--, stored++) {
    uint32_t token = queue->done[queue->first_done % HV_IO_DEPTH];
    const struct transfer *transfer = &queue->transfer[token];
    struct pv_io_completion completion
        = { .id = transfer->id, .status = transfer->status, .length = transfer->length };
    if (hv_copy_to_guest (to, &completion, sizeof completion))
      return stored > 0 ? stored : -XEN_EFAULT;
    to += sizeof completion;
    queue->first_done++;
    queue->free |= 1u << token;
  }
  return stored;
}

/* ---- what the devices have done ---- */

static void
disk_reap (void)
{
  uint32_t token;
  int32_t status;
  while (hv_platform_disk_take (&token, &status))
    queue_done (&disk, token, status, 0);
}

static void
disk_changed (void)
{
  disk_reap ();
  hv_event_raise (hv_control, PV_VIRQ_IO);
}

static void
network_reap (void)
{
  uint32_t token, length;
  while (hv_platform_network_received (&token, &length))
    queue_done (&receiving, token, 0, length);
  while (hv_platform_network_sent (&token))
    queue_done (&sending, token, 0, 0);
}

static void
network_changed (void)
{
  network_reap ();
  hv_event_raise (hv_control, PV_VIRQ_IO);
}

static void
start (void)
{
  queue_init (&disk);
  queue_init (&sending);
  queue_init (&receiving);
  block.present = hv_platform_disk_start (disk_changed, &block.info) == 0;
  net.present = hv_platform_network_start (network_changed, &net.info) == 0;
}

void
hv_io_init (void)
{
  start ();
  if (block.present)
    hv_log ("disk: %u KiB%s", (uint32_t)(block.info.sectors / 2),
            (block.info.flags & PV_IO_BLOCK_READ_ONLY) != 0 ? ", read-only" : "");
  if (net.present)
    hv_log ("network: link %s", (net.info.flags & PV_IO_NET_LINK_UP) != 0 ? "up" : "down");
}

void
hv_io_reset (void)
{
  if (block.present)
    hv_platform_disk_stop ();
  if (net.present)
    hv_platform_network_stop ();
  queue_reset (&disk);
  queue_reset (&sending);
  queue_reset (&receiving);
  start ();
}

/* ---- disk ---- */

static int
block_check (const struct pv_io_block_request *request)
{
  uint64_t sectors = 0;
  if (request->operation == PV_IO_FLUSH)
    return request->segments == 0 ? 0 : -XEN_EINVAL;
  if (request->operation > PV_IO_FLUSH || request->segments == 0
      || request->segments > PV_IO_SEGMENTS)
    return -XEN_EINVAL;
  if (request->operation == PV_IO_WRITE && (block.info.flags & PV_IO_BLOCK_READ_ONLY) != 0)
    return -XEN_EROFS;
  for (uint32_t i = 0; i < request->segments; i++) {
    if (request->segment[i].length % PV_IO_SECTOR != 0)
      return -XEN_EINVAL;
    sectors += request->segment[i].length / PV_IO_SECTOR;
  }
  return request->sector <= block.info.sectors && sectors <= block.info.sectors - request->sector
             ? 0
             : -XEN_EINVAL;
}

static int
block_submit_one (struct hv_vcpu *vcpu, const struct pv_io_block_request *request)
{
  struct hv_io_segment segments[PV_IO_SEGMENTS];
  uint32_t token;
  int error = block_check (request);
  if (!error && request->operation != PV_IO_READ)
    error = hv_may (vcpu->domain, NULL, HV_STORAGE_WRITE);
  if (error)
    return error;
  struct transfer *transfer = queue_next (&disk, &token);
  transfer->id = request->id;
  transfer->device_writes = request->operation == PV_IO_READ;
  for (uint32_t i = 0; i < request->segments && !error; i++)
    error = hold (vcpu, transfer, request->segment[i], &segments[i]);
  if (error) {
    release (transfer);
    return error;
  }
  queue_use (&disk, token);
  hv_platform_disk_submit (token, (enum pv_io_operation)request->operation, request->sector,
                           segments, request->segments);
  return 0;
}

static long
block_submit (struct hv_vcpu *vcpu, uint32_t from, uint32_t count)
{
  struct pv_io_block_request request;
  uint32_t done;
  int error = 0;
  for (done = 0; done < count && disk.free != 0; done++, from += sizeof request) {
    error = hv_copy_from_guest (&request, from, sizeof request);
    if (!error)
      error = block_submit_one (vcpu, &request);
    if (error)
      break;
  }
  if (done == 0)
    return error;
  hv_platform_disk_kick ();
  return (long)done;
}

static long
block_op (struct hv_vcpu *vcpu, uint32_t cmd, uint32_t address, uint32_t count)
{
  int denied = hv_may (vcpu->domain, NULL, HV_STORAGE_READ);
  if (denied)
    return denied;
  if (!block.present)
    return -XEN_ENODEV;
  if (cmd == PV_IO_BLOCK_QUERY)
    return hv_copy_to_guest (address, &block.info, sizeof block.info);
  if (cmd == PV_IO_BLOCK_SUBMIT)
    return block_submit (vcpu, address, count);
  if (cmd != PV_IO_BLOCK_COLLECT)
    return -XEN_ENOSYS;
  disk_reap ();
  return queue_collect (&disk, address, count);
}

/* ---- network ---- */

static int
net_offer_one (struct hv_vcpu *vcpu, const struct pv_io_buffer *buffer, bool send)
{
  struct queue *queue = send ? &sending : &receiving;
  struct pv_io_segment named = { buffer->address, buffer->length };
  struct hv_io_segment segment;
  uint32_t token;
  if (send ? buffer->length < PV_IO_FRAME_MIN || buffer->length > PV_IO_FRAME_MAX
           : buffer->length < PV_IO_FRAME_MAX)
    return -XEN_EINVAL;
  struct transfer *transfer = queue_next (queue, &token);
  transfer->id = buffer->id;
  transfer->device_writes = !send;
  int error = hold (vcpu, transfer, named, &segment);
  if (error)
    return error;
  queue_use (queue, token);
  if (send)
    hv_platform_network_send (token, segment);
  else
    hv_platform_network_post (token, segment);
  return 0;
}

static long
net_offer (struct hv_vcpu *vcpu, uint32_t from, uint32_t count, bool send)
{
  const struct queue *queue = send ? &sending : &receiving;
  struct pv_io_buffer buffer;
  uint32_t done;
  int error = 0;
  for (done = 0; done < count && queue->free != 0; done++, from += sizeof buffer) {
    error = hv_copy_from_guest (&buffer, from, sizeof buffer);
    if (!error)
      error = net_offer_one (vcpu, &buffer, send);
    if (error)
      break;
  }
  if (done == 0)
    return error;
  hv_platform_network_kick (send);
  return (long)done;
}

static long
net_collect (uint32_t to, uint32_t room)
{
  network_reap ();
  long received = queue_collect (&receiving, to, room);
  if (received < 0)
    return received;
  uint32_t used = (uint32_t)received;
  long sent = queue_collect (&sending, to + used * sizeof (struct pv_io_completion), room - used);
  return sent < 0 ? (received > 0 ? received : sent) : received + sent;
}

static long
net_op (struct hv_vcpu *vcpu, uint32_t cmd, uint32_t address, uint32_t count)
{
  int denied
      = hv_may (vcpu->domain, NULL, cmd == PV_IO_NET_SEND ? HV_NETWORK_SEND : HV_NETWORK_RECEIVE);
  if (denied)
    return denied;
  if (!net.present)
    return -XEN_ENODEV;
  if (cmd == PV_IO_NET_QUERY)
    return hv_copy_to_guest (address, &net.info, sizeof net.info);
  if (cmd == PV_IO_NET_COLLECT)
    return net_collect (address, count);
  if (cmd == PV_IO_NET_SEND || cmd == PV_IO_NET_POST)
    return net_offer (vcpu, address, count, cmd == PV_IO_NET_SEND);
  return -XEN_ENOSYS;
}

long
hv_io_op (struct hv_vcpu *vcpu, const uint32_t *args)
{
  uint32_t cmd = args[0], count = args[2] < PV_IO_BATCH ? args[2] : PV_IO_BATCH;
  if (cmd < PV_IO_NET_QUERY)
    return block_op (vcpu, cmd, args[1], count);
  return net_op (vcpu, cmd, args[1], count);
}
