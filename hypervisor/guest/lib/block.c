/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ring.h"

#include "block.h"

#include <xen/errno.h>
#include "device.h"
#include "grant.h"

#define RING_ENTRIES 32u

struct pv_block {
  struct pv_front *front;
  bool connected;
  char name[PV_DEVICE_NAME];
  uint64_t sectors;
  bool readonly;
  blkif_front_ring_t ring;
  /* All requests without an answer, oldest first; those from `unsent` on are not in the ring. */
  struct pv_block_request *oldest, *newest, *unsent;
  struct {
    struct pv_block_request *request; /* NULL: the id is free */
    uint32_t reference[BLKIF_MAX_SEGMENTS_PER_REQUEST];
  } sent[RING_ENTRIES];
};

static struct pv_block blocks[PV_BLOCKS_MAX];
static uint8_t ring_pages[PV_BLOCKS_MAX][PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));
_Static_assert(__CONST_RING_SIZE (blkif, PV_PAGE_SIZE) == RING_ENTRIES, "one page");

struct pv_block *
pv_block_get (uint32_t index)
{
  return index < PV_BLOCKS_MAX && blocks[index].name[0] != 0 ? &blocks[index] : NULL;
}

const char *
pv_block_name (const struct pv_block *block)
{
  return block->name;
}

uint64_t
pv_block_sectors (const struct pv_block *block)
{
  return block->sectors;
}

bool
pv_block_is_readonly (const struct pv_block *block)
{
  return block->readonly;
}

/* ---- the ring ---- */

static uint32_t
free_id (const struct pv_block *block)
{
  uint32_t id = 0;
  while (id < RING_ENTRIES && block->sent[id].request)
    id++;
  return id;
}

/* Takes the pages of a request back. */
static void
end_grants (struct pv_block *block, uint32_t id, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++)
    if (!pv_grant_end (block->sent[id].reference[i]))
      pv_printf ("disk %s: the back end keeps a page\n", block->name);
}

/* Puts a request into the ring. -> false: there is no room now. */
static bool
send (struct pv_block *block, struct pv_block_request *request)
{
  uint32_t id = free_id (block);
  if (id == RING_ENTRIES || RING_FULL (&block->ring))
    return false;
  blkif_request_t *wire = RING_GET_REQUEST (&block->ring, block->ring.req_prod_pvt);
  for (uint32_t i = 0; i < request->segments; i++) {
    const struct pv_block_segment *segment = &request->segment[i];
    uint32_t first = (uint32_t)segment->address % PV_PAGE_SIZE / PV_BLOCK_SECTOR;
    uint32_t reference = pv_grant_give (block->front->back->backend_id, segment->address,
                                        request->operation != PV_BLOCK_READ);
    if (reference == PV_GRANT_NONE) {
      end_grants (block, id, i);
      return false;
    }
    block->sent[id].reference[i] = reference;
    wire->seg[i].gref = reference;
    wire->seg[i].first_sect = (uint8_t)first;
    wire->seg[i].last_sect = (uint8_t)(first + segment->length / PV_BLOCK_SECTOR - 1);
  }
  wire->operation = (uint8_t)request->operation;
  wire->nr_segments = (uint8_t)request->segments;
  wire->handle = (blkif_vdev_t)block->front->slot;
  wire->id = id;
  wire->sector_number = request->sector;
  block->ring.req_prod_pvt++;
  block->sent[id].request = request;
  request->id = id;
  return true;
}

/* Sends what waits, as far as there is room. */
static void
send_waiting (struct pv_block *block)
{
  bool notify, any = false;
  while (block->connected && block->unsent && send (block, block->unsent)) {
    block->unsent = block->unsent->next;
    any = true;
  }
  if (!any)
    return;
  RING_PUSH_REQUESTS_AND_CHECK_NOTIFY (&block->ring, notify);
  if (notify)
    pv_front_notify (block->front);
}

static void
unlink (struct pv_block *block, struct pv_block_request *request)
{
  struct pv_block_request *before = NULL, *at = block->oldest;
  for (; at != request; at = at->next)
    before = at;
  if (before)
    before->next = request->next;
  else
    block->oldest = request->next;
  if (block->newest == request)
    block->newest = before;
}

static int
status_of (const struct pv_block *block, const struct pv_block_request *request, int16_t status)
{
  if (status == BLKIF_RSP_OKAY)
    return 0;
  if (status == BLKIF_RSP_EOPNOTSUPP)
    return -XEN_EOPNOTSUPP;
  return block->readonly && request->operation != PV_BLOCK_READ ? -XEN_EROFS : -XEN_EIO;
}

static void
take_answer (struct pv_block *block, const blkif_response_t *answer)
{
  struct pv_block_request *request
      = answer->id < RING_ENTRIES ? block->sent[answer->id].request : NULL;
  if (!request) {
    pv_printf ("disk %s: an answer to nothing\n", block->name);
    return;
  }
  end_grants (block, request->id, request->segments);
  block->sent[request->id].request = NULL;
  unlink (block, request);
  request->done (request, status_of (block, request, answer->status));
}

static void
on_event (struct pv_front *front)
{
  struct pv_block *block = front->data;
  int more;
  do {
    RING_IDX end = block->ring.sring->rsp_prod;
    xen_rmb ();
    while (block->ring.rsp_cons != end) {
      blkif_response_t answer;
      RING_COPY_RESPONSE (&block->ring, block->ring.rsp_cons, &answer);
      block->ring.rsp_cons++;
      take_answer (block, &answer);
    }
    RING_FINAL_CHECK_FOR_RESPONSES (&block->ring, more);
  } while (more);
  send_waiting (block);
}

/* ---- coming and going ---- */

static bool
on_connect (struct pv_front *front)
{
  struct pv_block *block = front->data;
  for (uint32_t i = 0; !block && i < PV_BLOCKS_MAX; i++)
    if (!blocks[i].front || blocks[i].front == front)
      block = &blocks[i];
  if (!block)
    return false;
  front->data = block;
  block->front = front;
  blkif_sring_t *shared = (blkif_sring_t *)(void *)ring_pages[block - blocks];
  XEN_FRONT_RING_INIT (&block->ring, shared, PV_PAGE_SIZE);
  return pv_front_give_ring (front, 0, shared) && pv_front_open_port (front);
}

static void
on_connected (struct pv_front *front)
{
  struct pv_block *block = front->data;
  block->sectors = front->back->u.block.sectors;
  block->readonly = (front->back->u.block.info & VDISK_READONLY) != 0;
  memcpy (block->name, front->back->name, sizeof block->name - 1);
  block->connected = true;
  send_waiting (block);
}

/* Everything without an answer waits for the next back end, in the old order. */
static void
on_lost (struct pv_front *front)
{
  struct pv_block *block = front->data;
  if (!block)
    return;
  block->connected = false;
  for (uint32_t id = 0; id < RING_ENTRIES; id++)
    if (block->sent[id].request) {
      end_grants (block, id, block->sent[id].request->segments);
      block->sent[id].request = NULL;
    }
  block->unsent = block->oldest;
}

void
pv_blocks_register (void)
{
  static const struct pv_front_driver driver = { .type = PV_DEVICE_BLOCK,
                                                 .connect = on_connect,
                                                 .connected = on_connected,
                                                 .event = on_event,
                                                 .lost = on_lost };
  pv_front_register (&driver);
}

/* ---- for users ---- */

void
pv_block_submit (struct pv_block *block, struct pv_block_request *request)
{
  request->next = NULL;
  if (block->newest)
    block->newest->next = request;
  else
    block->oldest = request;
  block->newest = request;
  if (!block->unsent)
    block->unsent = request;
  send_waiting (block);
}

static void
on_done (struct pv_block_request *request, int status)
{
  *(int *)request->data = status;
}

/* Fills in as much as one request takes; -> bytes. */
static uint32_t
fill (struct pv_block_request *request, uint8_t *buffer, uint32_t length)
{
  uint32_t done = 0;
  request->segments = 0;
  while (done < length && request->segments < BLKIF_MAX_SEGMENTS_PER_REQUEST) {
    uint32_t room = PV_PAGE_SIZE - (uint32_t)(buffer + done) % PV_PAGE_SIZE;
    uint32_t part = length - done < room ? length - done : room;
    request->segment[request->segments++] = (struct pv_block_segment){ buffer + done, part };
    done += part;
  }
  return done;
}

long
pv_block_transfer (struct pv_block *block,
                   enum pv_block_operation operation,
                   uint64_t sector,
                   void *buffer,
                   uint32_t length)
{
  uint8_t *at = buffer;
  do {
    int status = 1;
    struct pv_block_request request
        = { .operation = operation, .sector = sector, .done = on_done, .data = &status };
    uint32_t part = fill (&request, at, length);
    pv_block_submit (block, &request);
    while (*(volatile int *)&status == 1)
      pv_event_wait (0);
    if (status != 0)
      return status;
    at += part;
    length -= part;
    sector += part / PV_BLOCK_SECTOR;
  } while (length > 0);
  return 0;
}
