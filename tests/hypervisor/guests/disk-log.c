/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that works on its disk in rounds: it reads each piece, which must be as the round before
 * left it, and writes this round's, several pieces at a time; then it flushes. A write that is lost,
 * or made again after a later one, is found in the next round. What is read the other vCPUs check, where
 * it has any. On a network it asks for an address once a round, and counts the answers. It can be saved
 * and moved at any moment. The disk begins clear.
 */
#include "block.h"
#include "device.h"
#include "net/front.h"
#include "pv.h"

#define PIECES 8u /* at a time */
#define LENGTH (2 * PV_PAGE_SIZE)
#define WORDS  (LENGTH / sizeof (uint32_t))

static struct piece {
  enum { FREE, READING, READ, CHECKING, CHECKED, WRITING } state;
  uint32_t number;
  struct pv_block_request request;
  uint32_t *words;
} pieces[PIECES];
static uint32_t buffers[PIECES][WORDS] __attribute__ ((aligned (PV_PAGE_SIZE)));
static struct pv_block *disk;
static uint32_t round = 1, answers;
static long checked_port;
static uint8_t own_mac[6];
static bool linked;

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
check_and_change (struct piece *piece)
{
  for (uint32_t i = 0; i < WORDS; i++) {
    uint32_t expected = word_of (round - 1, piece->number, i);
    if (piece->words[i] != expected)
      pv_panic ("round %u: word %u of piece %u is %08x, not %08x", round, i, piece->number,
                piece->words[i], expected);
    piece->words[i] = word_of (round, piece->number, i);
  }
}

static void
check_pieces (void)
{
  for (uint32_t i = 0; i < PIECES; i++)
    if (__sync_bool_compare_and_swap (&pieces[i].state, READ, CHECKING)) {
      check_and_change (&pieces[i]);
      __atomic_store_n (&pieces[i].state, CHECKED, __ATOMIC_RELEASE);
      pv_event_send ((uint32_t)checked_port);
    }
}

/* What all vCPUs but the first do. */
static void
check (void *data)
{
  (void)data;
  for (;; pv_sched_op (SCHEDOP_yield, NULL))
    check_pieces ();
}

static void
done (struct pv_block_request *request, int status)
{
  struct piece *piece = request->data;
  if (status != 0)
    pv_panic ("piece %u cannot be read or written: %d", piece->number, status);
  if (piece->state == FREE)
    pv_panic ("piece %u has two answers", piece->number);
  __atomic_store_n (&piece->state, piece->state == READING ? READ : FREE, __ATOMIC_RELEASE);
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
read_pieces (uint32_t *next, uint32_t count)
{
  for (uint32_t i = 0; i < PIECES && *next < count; i++)
    if (pieces[i].state == FREE) {
      pieces[i].state = READING;
      pieces[i].number = (*next)++;
      pieces[i].words = buffers[i];
      submit (&pieces[i], PV_BLOCK_READ);
    }
}

static void
write_pieces (void)
{
  for (uint32_t i = 0; i < PIECES; i++)
    if (__atomic_load_n (&pieces[i].state, __ATOMIC_ACQUIRE) == CHECKED) {
      pieces[i].state = WRITING;
      submit (&pieces[i], PV_BLOCK_WRITE);
    }
}

static void
do_round (void)
{
  uint32_t count = (uint32_t)(pv_block_sectors (disk) * PV_BLOCK_SECTOR / LENGTH), next = 0;
  while (next < count || !all_free ()) {
    read_pieces (&next, count);
    if (pv_start->vcpus == 1)
      check_pieces ();
    write_pieces ();
    pv_event_wait (0);
  }
  long error = pv_block_transfer (disk, PV_BLOCK_FLUSH_CACHE, 0, NULL, 0);
  if (error < 0)
    pv_panic ("the disk cannot be flushed: %d", (int)error);
}

/* ---- the network ---- */

static void
on_connected (const uint8_t mac[6])
{
  memcpy (own_mac, mac, sizeof own_mac);
  linked = true;
}

static void
on_disconnected (void)
{
  linked = false;
}

struct arp {
  uint8_t to[6], from[6], type[2], kinds[4], lengths[2], operation[2];
  uint8_t sender_mac[6], sender[4], target_mac[6], target[4], padding[18];
};

static void
on_frame (const void *frame, uint32_t length)
{
  const struct arp *answer = frame;
  answers += length >= sizeof *answer - sizeof answer->padding && answer->type[0] == 8 && answer->type[1] == 6
             && answer->operation[1] == 2;
}

/* Where the machine's network is QEMU's own there is 10.0.2.2. */
static void
ask (void)
{
  struct arp question = { .to = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
                          .type = { 8, 6 },
                          .kinds = { 0, 1, 8, 0 },
                          .lengths = { 6, 4 },
                          .operation = { 0, 1 },
                          .sender = { 10, 0, 2, 99 },
                          .target = { 10, 0, 2, 2 } };
  memcpy (question.from, own_mac, sizeof own_mac);
  memcpy (question.sender_mac, own_mac, sizeof own_mac);
  if (linked)
    front_send (&question, sizeof question);
}

static const struct front_user network = {
  .connected = on_connected,
  .disconnected = on_disconnected,
  .receive = on_frame,
};

static void
woken (uint32_t port, void *data)
{
  (void)port;
  (void)data;
}

void
pv_main (const struct pv_start_info *info)
{
  pv_suspend_init ();
  checked_port = pv_event_bind_ipi (0, woken, NULL);
  pv_blocks_register ();
  front_register (&network);
  pv_devices_start ();
  for (uint32_t vcpu = 1; vcpu < info->vcpus; vcpu++)
    if (pv_vcpu_start (vcpu, check, NULL) < 0)
      pv_panic ("vCPU %u does not start", vcpu);
  while (!(disk = pv_block_get (0)))
    pv_event_wait (0);
  for (;; round++) {
    ask ();
    do_round ();
    pv_printf ("round %u\n", round);
    if (linked)
      pv_printf ("%u answers\n", answers);
  }
}
