/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disk is read and written through a window of a few pages. Moving it reads what is there, and
 * writes back what was changed before; whoever needs it elsewhere waits. The last close and fsync()
 * write back, too.
 */
#include "disk.h"

#include <linux/fs.h>
#include "block.h"
#include "device.h"
#include "memory.h"
#include "task.h"
#include "user.h"

#define WINDOW_PAGES BLKIF_MAX_SEGMENTS_PER_REQUEST
#define WINDOW_BYTES (WINDOW_PAGES * PV_PAGE_SIZE)

struct disk {
  struct pv_block *block;
  uint32_t page;   /* first of the window's */
  uint64_t start;  /* of the window on the disk */
  uint32_t length; /* 0: nothing is in it */
  bool busy, dirty;
  bool flushed; /* what was written back is on the medium */
  int error;    /* of what was written back, until somebody is told */
  uint32_t opens;
  struct pv_block_request request;
};

static struct disk disks[PV_BLOCKS_MAX];

static char *
window (const struct disk *disk)
{
  return memory_address (disk->page);
}

static uint64_t
size_of (const struct disk *disk)
{
  return pv_block_sectors (disk->block) * PV_BLOCK_SECTOR;
}

/* ---- requests ---- */

static void done (struct pv_block_request *request, int status);

static void
submit (struct disk *disk, enum pv_block_operation operation)
{
  struct pv_block_request *request = &disk->request;
  memset (request, 0, sizeof *request);
  request->operation = operation;
  request->sector = disk->start / PV_BLOCK_SECTOR;
  request->done = done;
  request->data = disk;
  for (uint32_t at = 0; operation != PV_BLOCK_FLUSH_CACHE && at < disk->length;
       at += PV_PAGE_SIZE) {
    struct pv_block_segment *segment = &request->segment[request->segments++];
    segment->address = window (disk) + at;
    segment->length = disk->length - at < PV_PAGE_SIZE ? disk->length - at : PV_PAGE_SIZE;
  }
  disk->busy = true;
  disk->dirty = false;
  pv_block_submit (disk->block, request);
}

static void
done (struct pv_block_request *request, int status)
{
  struct disk *disk = request->data;
  disk->busy = false;
  if (request->operation == PV_BLOCK_READ) {
    disk->length = status == 0 ? disk->length : 0;
    disk->error = status == 0 ? disk->error : -EIO;
  } else if (request->operation == PV_BLOCK_WRITE) {
    disk->error = status == 0 ? disk->error : -EIO;
    disk->flushed = false;
  } else {
    disk->flushed = true;
    disk->error = status == 0 || status == -XEN_EOPNOTSUPP ? disk->error : -EIO;
  }
  if (disk->opens == 0 && disk->dirty)
    submit (disk, PV_BLOCK_WRITE);
  else if (disk->opens == 0)
    disk->length = 0;
  task_wake (disk);
}

static int
take_error (struct disk *disk)
{
  int error = disk->error;
  disk->error = 0;
  return error;
}

/* Puts the window where `offset` is in it; 0, or -EAGAIN while that goes on. `whole`: it is going
 * to be overwritten. */
static int
place (struct disk *disk, uint64_t offset, uint32_t whole)
{
  if (disk->busy)
    return -EAGAIN;
  if (disk->error)
    return take_error (disk);
  if (offset - disk->start < disk->length)
    return 0;
  if (disk->dirty) {
    submit (disk, PV_BLOCK_WRITE);
    return -EAGAIN;
  }
  uint64_t left;
  disk->start = offset & ~(uint64_t)(PV_BLOCK_SECTOR - 1);
  left = size_of (disk) - disk->start;
  disk->length = left < WINDOW_BYTES ? (uint32_t)left : WINDOW_BYTES;
  if (disk->start == offset && whole >= disk->length)
    return 0;
  submit (disk, PV_BLOCK_READ);
  return -EAGAIN;
}

/* ---- as a file ---- */

static int
disk_open (struct file *file)
{
  uint32_t index = (file->node->device & 0xff) / DISK_STEP;
  struct pv_block *block = pv_block_get (index);
  if (!block || file->node->device % DISK_STEP != 0)
    return -ENXIO;
  struct disk *disk = &disks[index];
  if ((file->flags & O_ACCMODE) != O_RDONLY && pv_block_is_readonly (block))
    return -EROFS;
  if (!disk->block) {
    disk->page = memory_take (WINDOW_PAGES, 1);
    if (disk->page == PAGE_NONE)
      return -ENOMEM;
    disk->flushed = true;
  }
  disk->block = block;
  disk->opens++;
  file->node->size = size_of (disk);
  file->data = disk;
  return 0;
}

static long
disk_read (struct file *file, void *buffer, uint32_t length)
{
  struct disk *disk = file->data;
  if (file->offset >= size_of (disk) || length == 0)
    return 0;
  int error = place (disk, file->offset, 0);
  if (error)
    return error;
  uint32_t in = (uint32_t)(file->offset - disk->start);
  if (length > disk->length - in)
    length = disk->length - in;
  memcpy (buffer, window (disk) + in, length);
  file->offset += length;
  return (long)length;
}

static long
disk_write (struct file *file, const void *buffer, uint32_t length)
{
  struct disk *disk = file->data;
  if (length == 0)
    return 0;
  if (file->offset >= size_of (disk))
    return -ENOSPC;
  int error = place (disk, file->offset, length);
  if (error)
    return error;
  uint32_t in = (uint32_t)(file->offset - disk->start);
  if (length > disk->length - in)
    length = disk->length - in;
  memcpy (window (disk) + in, buffer, length);
  disk->dirty = true;
  file->offset += length;
  return (long)length;
}

static long
write_back (struct disk *disk)
{
  if (disk->busy)
    return -EAGAIN;
  if (disk->dirty || !disk->flushed) {
    submit (disk, disk->dirty ? PV_BLOCK_WRITE : PV_BLOCK_FLUSH_CACHE);
    return -EAGAIN;
  }
  return take_error (disk);
}

static long
disk_sync (struct file *file)
{
  return write_back (file->data);
}

const void *
disk_sync_all (void)
{
  for (uint32_t i = 0; i < PV_BLOCKS_MAX; i++)
    if (disks[i].block && write_back (&disks[i]) == -EAGAIN)
      return &disks[i];
  return NULL;
}

static void
disk_release (struct file *file)
{
  struct disk *disk = file->data;
  if (--disk->opens > 0)
    return;
  if (disk->dirty && !disk->busy)
    submit (disk, PV_BLOCK_WRITE);
  else if (!disk->dirty && !disk->busy)
    disk->length = 0; /* another domain may write before it is opened again */
}

static long
disk_control (struct file *file, uint32_t command, uint32_t address)
{
  const struct disk *disk = file->data;
  uint64_t bytes = size_of (disk);
  uint32_t value;
  switch (command) {
  case BLKGETSIZE64:
    return user_put (address, &bytes, sizeof bytes);
  case BLKGETSIZE:
    value = (uint32_t)(bytes / PV_BLOCK_SECTOR);
    return user_put (address, &value, sizeof value);
  case BLKSSZGET:
    value = PV_BLOCK_SECTOR;
    return user_put (address, &value, sizeof value);
  case BLKROGET:
    value = pv_block_is_readonly (disk->block);
    return user_put (address, &value, sizeof value);
  default:
    return -ENOTTY;
  }
}

const struct file_ops file_ops_disk = { .open = disk_open,
                                        .read = disk_read,
                                        .write = disk_write,
                                        .sync = disk_sync,
                                        .control = disk_control,
                                        .release = disk_release };

void
disk_init (void)
{
  pv_blocks_register ();
  pv_devices_start ();
}
