/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The block back end: blkif rings of many front ends onto the parts of the machine's disk. A
 * request is copied out of the ring, checked, its pages are mapped, and it becomes one to three
 * operations of the device. Front ends take turns, one request each, while the device has room. When one goes, by
 * itself or with its domain, the disk's cache is flushed before that is over.
 */
#include <xen/errno.h>

#include "backends.h"
#include "disk.h"
#include "grant.h"
#include "pv.h"
#include "ring.h"
#include <xen/io/blkif.h>

#define FRONTS_MAX  64u
#define JOBS        32u /* of a front end: as many as its ring has entries */
#define TURN        64u /* requests taken before others of this program have theirs */
#define SECTORS_MAX (PV_PAGE_SIZE / PV_IO_SECTOR)

/* What a request still has to do, in this order. */
enum step { STEP_FLUSH_BEFORE = 1, STEP_DATA = 2, STEP_FLUSH_AFTER = 4 };

struct job {
  uint64_t id; /* the front end's */
  uint8_t operation;
  uint8_t steps;
  bool fence; /* nothing else of the front end is under way meanwhile */
  uint32_t segments;
  void *page[BLKIF_MAX_SEGMENTS_PER_REQUEST];
  struct pv_io_block_request io;
};

struct front {
  struct device *device; /* NULL: a free place */
  struct disk *disk;
  bool connected, closing;
  bool dirty; /* answers are not shown yet */
  bool flushed; /* while it closes: the disk has nothing of it in a cache any more */
  bool fenced;
  blkif_back_ring_t ring;
  uint32_t free_jobs; /* bit n: job[n] is free */
  struct job job[JOBS];
};

static struct front fronts[FRONTS_MAX];
static size_t places;      /* of fronts that were ever in use */
static uint32_t under_way; /* operations with the device */
static uint32_t next_front;
_Static_assert(__CONST_RING_SIZE (blkif, PV_PAGE_SIZE) == JOBS, "one page");

/* ---- answers ---- */

static void
answer (struct front *front, uint64_t id, uint8_t operation, int16_t status)
{
  blkif_response_t *response = RING_GET_RESPONSE (&front->ring, front->ring.rsp_prod_pvt);

  response->id = id;
  response->operation = operation;
  response->status = status;
  front->ring.rsp_prod_pvt++;
  front->dirty = true;
  if (status != BLKIF_RSP_OKAY) {
    front->device->errors++;
  }
}

static void
show_answers (struct front *front)
{
  bool notify;

  if (!front->dirty || front->closing) {
    return;
  }
  front->dirty = false;
  RING_PUSH_RESPONSES_AND_CHECK_NOTIFY (&front->ring, notify);
  if (notify) {
    device_notify (front->device);
  }
}

static void
finish (struct front *front, uint32_t number, int16_t status)
{
  struct job *job = &front->job[number];

  if (job->segments > 0) {
    pv_grant_unmap (job->page, job->segments);
  }
  if (job->fence) {
    front->fenced = false;
  }
  front->free_jobs |= 1u << number;
  if (!front->closing) {
    answer (front, job->id, job->operation, status);
  } else if (front->flushed && status != BLKIF_RSP_OKAY) {
    pv_printf ("domain %u: the disk may have lost what was written last to %s\n", front->device->guest,
               front->device->config.name);
  }
}

/* ---- operations of the device ---- */

/* Hands the next step to the device; finishes the job when there is none, or it is refused. */
static void
go_on (struct front *front, uint32_t number)
{
  struct job *job = &front->job[number];
  uint8_t step = job->steps & (uint8_t)-job->steps;
  static struct pv_io_block_request flush = { .operation = PV_IO_FLUSH };

  if (step == 0) {
    finish (front, number, BLKIF_RSP_OKAY);
    return;
  }
  job->steps &= (uint8_t)~step;
  flush.id = job->io.id;
  if (pv_io_op (PV_IO_BLOCK_SUBMIT, step == STEP_DATA ? &job->io : &flush, 1) == 1) {
    under_way++;
  } else {
    finish (front, number, BLKIF_RSP_ERROR);
  }
}

static void
collect (void)
{
  struct pv_io_completion done[PV_IO_BATCH];
  long count;

  while (under_way > 0 && (count = pv_io_op (PV_IO_BLOCK_COLLECT, done, PV_IO_BATCH)) > 0) {
    for (long i = 0; i < count; i++) {
      struct front *front = &fronts[done[i].id / JOBS];
      uint32_t number = (uint32_t)(done[i].id % JOBS);

      under_way--;
      if (done[i].status == 0) {
        go_on (front, number);
      } else {
        finish (front, number, BLKIF_RSP_ERROR);
      }
    }
  }
}

/* ---- requests ---- */

/* Checks the segments and adds them up. -> sectors, 0: they are wrong. */
static uint32_t
count_sectors (const blkif_request_t *request)
{
  uint32_t sectors = 0;

  if (request->nr_segments > BLKIF_MAX_SEGMENTS_PER_REQUEST) {
    return 0;
  }
  for (uint32_t i = 0; i < request->nr_segments; i++) {
    uint32_t first = request->seg[i].first_sect, last = request->seg[i].last_sect;

    if (first > last || last >= SECTORS_MAX) {
      return 0;
    }
    sectors += last - first + 1;
  }
  return sectors;
}

/* Maps the pages and writes the operation for the device. */
static bool
prepare_data (struct front *front, struct job *job, const blkif_request_t *request)
{
  bool read = request->operation == BLKIF_OP_READ;
  uint32_t references[BLKIF_MAX_SEGMENTS_PER_REQUEST];
  uint32_t sectors = count_sectors (request);
  uint64_t sector = request->sector_number;

  if (sectors == 0 || sector > front->disk->sectors || sectors > front->disk->sectors - sector
      || (!read && front->device->config.readonly)) {
    return false;
  }
  for (uint32_t i = 0; i < request->nr_segments; i++) {
    references[i] = request->seg[i].gref;
  }
  if (pv_grant_map (front->device->guest, references, request->nr_segments, !read, job->page)
      != 0) {
    return false;
  }
  job->segments = request->nr_segments;
  job->io.operation = read ? PV_IO_READ : PV_IO_WRITE;
  job->io.sector = front->disk->first + sector;
  job->io.segments = job->segments;
  for (uint32_t i = 0; i < job->segments; i++) {
    uint32_t first = request->seg[i].first_sect, last = request->seg[i].last_sect;

    job->io.segment[i] = (struct pv_io_segment){ (uint32_t)job->page[i] + first * PV_IO_SECTOR,
                                                 (last - first + 1) * PV_IO_SECTOR };
  }
  front->device->bytes += (uint64_t)sectors * PV_IO_SECTOR;
  return true;
}

/* A disk without a cache needs no flushes. */
static uint8_t
flushes (uint8_t steps)
{
  return (disk_machine ()->flags & PV_IO_BLOCK_CACHE) != 0 ? steps : 0;
}

static uint8_t
steps_of (const blkif_request_t *request)
{
  uint8_t data = request->nr_segments > 0 ? STEP_DATA : 0;

  switch (request->operation) {
  case BLKIF_OP_READ:
  case BLKIF_OP_WRITE:
    return STEP_DATA;
  case BLKIF_OP_FLUSH_DISKCACHE:
    return data | flushes (STEP_FLUSH_BEFORE);
  default: /* BLKIF_OP_WRITE_BARRIER */
    return data | flushes (STEP_FLUSH_BEFORE | STEP_FLUSH_AFTER);
  }
}

static bool
is_known (uint8_t operation)
{
  return operation == BLKIF_OP_READ || operation == BLKIF_OP_WRITE
         || operation == BLKIF_OP_FLUSH_DISKCACHE || operation == BLKIF_OP_WRITE_BARRIER;
}

static void
begin (struct front *front, const blkif_request_t *request)
{
  uint32_t number = (uint32_t)__builtin_ctz (front->free_jobs);
  struct job *job = &front->job[number];

  front->device->requests++;
  if (!is_known (request->operation)) {
    answer (front, request->id, request->operation, BLKIF_RSP_EOPNOTSUPP);
    return;
  }
  job->id = request->id;
  job->operation = request->operation;
  job->fence = request->operation == BLKIF_OP_WRITE_BARRIER;
  job->segments = 0;
  job->steps = steps_of (request);
  job->io.id = (uint64_t)(front - fronts) * JOBS + number;
  if ((job->steps & STEP_DATA) != 0 && !prepare_data (front, job, request)) {
    answer (front, request->id, request->operation, BLKIF_RSP_ERROR);
    return;
  }
  front->free_jobs &= ~(1u << number);
  front->fenced = front->fenced || job->fence;
  go_on (front, number);
}

/* Takes one request. -> false: there is none, or it has to wait for an earlier one. */
static bool
take (struct front *front)
{
  blkif_request_t request;
  RING_IDX produced;
  int more;

  if (!front->connected || front->closing || front->fenced || front->free_jobs == 0) {
    return false;
  }
  produced = *(volatile RING_IDX *)&front->ring.sring->req_prod;
  xen_rmb ();
  if (RING_REQUEST_PROD_OVERFLOW (&front->ring, produced)) {
    device_fail (front->device, -XEN_EINVAL, "its ring says more than it can hold");
    return false;
  }
  if (front->ring.req_cons == produced) {
    RING_FINAL_CHECK_FOR_REQUESTS (&front->ring, more);
    if (!more) {
      return false;
    }
  }
  RING_COPY_REQUEST (&front->ring, front->ring.req_cons, &request);
  if (request.operation == BLKIF_OP_WRITE_BARRIER && front->free_jobs != UINT32_MAX) {
    return false; /* what came before it comes first */
  }
  front->ring.req_cons++;
  begin (front, &request);
  return true;
}

/* One request of each front end in turn. -> false: none has any. */
static bool
take_round (uint32_t *taken)
{
  bool any = false;

  for (size_t i = 0; i < places && under_way < disk_machine ()->depth; i++) {
    struct front *front = &fronts[next_front];

    next_front = next_front + 1 < places ? next_front + 1 : 0;
    if (front->device != NULL && take (front)) {
      any = true;
      (*taken)++;
    }
  }
  return any;
}

static bool
run (void)
{
  uint32_t taken = 0;

  collect ();
  while (under_way < disk_machine ()->depth && taken < TURN && take_round (&taken)) {
  }
  for (size_t i = 0; i < places; i++) {
    if (fronts[i].dirty) {
      show_answers (&fronts[i]);
    }
  }
  return taken >= TURN;
}

/* ---- coming and going ---- */

static long
offer (struct device *device)
{
  struct disk *disk = disk_find (device->config.name);
  struct front *front = fronts;

  if (disk == NULL) {
    return -XEN_ENOENT;
  }
  if ((disk_machine ()->flags & PV_IO_BLOCK_READ_ONLY) != 0 && !device->config.readonly) {
    return -XEN_EROFS;
  }
  if (disk->writers > 0 || (disk->readers > 0 && !device->config.readonly)) {
    return -XEN_EBUSY;
  }
  while (front < fronts + FRONTS_MAX && front->device != NULL) {
    front++;
  }
  if (front == fronts + FRONTS_MAX) {
    return -XEN_ENOSPC;
  }
  if (front == fronts + places) {
    places++;
  }
  memset (front, 0, sizeof *front);
  front->device = device;
  front->disk = disk;
  *(device->config.readonly ? &disk->readers : &disk->writers) += 1;
  device->data = front;
  device->back.features = PV_BLOCK_FLUSH | PV_BLOCK_BARRIER;
  device->back.u.block.sectors = disk->sectors;
  device->back.u.block.sector_size = PV_IO_SECTOR;
  device->back.u.block.info = device->config.readonly ? VDISK_READONLY : 0;
  return 0;
}

static void
withdraw (struct device *device)
{
  struct front *front = device->data;

  *(device->config.readonly ? &front->disk->readers : &front->disk->writers) -= 1;
  front->device = NULL;
}

static long
connect (struct device *device)
{
  struct front *front = device->data;
  void *page;
  long error = pv_grant_map (device->guest, &device->front.ring_ref[0], 1, false, &page);

  if (error != 0) {
    return error;
  }
  BACK_RING_INIT (&front->ring, (blkif_sring_t *)page, PV_PAGE_SIZE);
  front->free_jobs = UINT32_MAX;
  front->connected = true;
  front->closing = front->dirty = front->fenced = front->flushed = false;
  return 0;
}

/* The last operation for a front end that goes: what it has written shall be on the medium. -> false: there is no room
   for it now. */
static bool
flush_last (struct front *front)
{
  struct job *job = &front->job[0];

  if (under_way >= disk_machine ()->depth) {
    return false;
  }
  job->steps = front->device->config.readonly ? 0 : flushes (STEP_FLUSH_AFTER);
  job->segments = 0;
  job->fence = false;
  job->io.id = (uint64_t)(front - fronts) * JOBS;
  front->free_jobs &= ~1u;
  go_on (front, 0);
  return true;
}

static bool
disconnect (struct device *device)
{
  struct front *front = device->data;
  void *page = front->ring.sring;

  if (!front->connected) {
    return true;
  }
  front->closing = true;
  if (front->free_jobs == UINT32_MAX && !front->flushed) {
    front->flushed = flush_last (front);
  }
  if (front->free_jobs != UINT32_MAX || !front->flushed) {
    return false;
  }
  pv_grant_unmap (&page, 1);
  front->connected = false;
  return true;
}

/* Requests are taken by turns, in run(). */
static void
event (struct device *device)
{
  (void)device;
}

const struct device_driver block_back_driver = {
  .type = PV_DEVICE_BLOCK,
  .kind = "disk",
  .offer = offer,
  .withdraw = withdraw,
  .connect = connect,
  .event = event,
  .disconnect = disconnect,
  .run = run,
};

void
backends_default (const char *name, struct pv_device_config configs[PV_DEVICES_MAX])
{
  const struct disk *disk = disk_find (name);

  if (disk != NULL) {
    configs[0].type = PV_DEVICE_BLOCK;
    memcpy (configs[0].name, disk->name, sizeof configs[0].name);
  }
  configs[1].type = PV_DEVICE_NET;
}
