/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that works on its disk in rounds: it reads each piece, which must be as the round before
 * left it, and writes this round's, several pieces at a time; then it flushes. A write that is lost,
 * or made again after a later one, is found in the next round. It can be saved and moved at any
 * moment. The disk begins clear.
 */
#include "block.h"
#include "device.h"
#include "pv.h"

#define PIECES 8u /* at a time */
#define LENGTH (2 * PV_PAGE_SIZE)
#define WORDS  (LENGTH / sizeof (uint32_t))

static struct piece {
  enum { FREE, READING, WRITING } state;
  uint32_t number;
  struct pv_block_request request;
  uint32_t *words;
} pieces[PIECES];
static uint32_t buffers[PIECES][WORDS] __attribute__ ((aligned (PV_PAGE_SIZE)));
static struct pv_block *disk;
static uint32_t round = 1;

/* Of no round but the one before the first is it clear. */
static uint32_t
word_of (uint32_t in_round, uint32_t number, uint32_t index)
{
  return in_round == 0 ? 0 : (in_round * 0x9e3779b1u) ^ (number * WORDS + index);
}

static void done (struct pv_block_request *request, int status);

static void
submit (struct piece *piece, enum pv_block_operation operation)
{
  piece->request
      = (struct pv_block_request){ .operation = operation,
                                   .sector = (uint64_t)piece->number * (LENGTH / PV_BLOCK_SECTOR),
                                   .segments = LENGTH / PV_PAGE_SIZE,
                                   .done = done,
                                   .data = piece };
  for (uint32_t i = 0; i < piece->request.segments; i++)
    piece->request.segment[i] = (struct pv_block_segment){
      (uint8_t *)piece->words + i * PV_PAGE_SIZE, PV_PAGE_SIZE
    };
  pv_block_submit (disk, &piece->request);
}

static void
check_and_write (struct piece *piece)
{
  for (uint32_t i = 0; i < WORDS; i++) {
    uint32_t expected = word_of (round - 1, piece->number, i);
    if (piece->words[i] != expected)
      pv_panic ("round %u: word %u of piece %u is %08x, not %08x", round, i, piece->number,
                piece->words[i], expected);
    piece->words[i] = word_of (round, piece->number, i);
  }
  piece->state = WRITING;
  submit (piece, PV_BLOCK_WRITE);
}

static void
done (struct pv_block_request *request, int status)
{
  struct piece *piece = request->data;
  if (status != 0)
    pv_panic ("piece %u cannot be read or written: %d", piece->number, status);
  if (piece->state == FREE)
    pv_panic ("piece %u has two answers", piece->number);
  if (piece->state == READING)
    check_and_write (piece);
  else
    piece->state = FREE;
}

static bool
all_free (void)
{
  bool all = true;
  for (uint32_t i = 0; i < PIECES; i++)
    all = all && pieces[i].state == FREE;
  return all;
}

static void
do_round (void)
{
  uint32_t count = (uint32_t)(pv_block_sectors (disk) * PV_BLOCK_SECTOR / LENGTH), next = 0;
  while (next < count || !all_free ()) {
    for (uint32_t i = 0; i < PIECES && next < count; i++)
      if (pieces[i].state == FREE) {
        pieces[i].state = READING;
        pieces[i].number = next++;
        pieces[i].words = buffers[i];
        submit (&pieces[i], PV_BLOCK_READ);
      }
    pv_event_wait (0);
  }
  long error = pv_block_transfer (disk, PV_BLOCK_FLUSH_CACHE, 0, NULL, 0);
  if (error < 0)
    pv_panic ("the disk cannot be flushed: %d", (int)error);
}

void
pv_main (const struct pv_start_info *info)
{
  (void)info;
  pv_suspend_init ();
  pv_blocks_register ();
  pv_devices_start ();
  while (!(disk = pv_block_get (0)))
    pv_event_wait (0);
  for (;; round++) {
    do_round ();
    pv_printf ("round %u\n", round);
  }
}
