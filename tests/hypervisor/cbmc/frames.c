/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proofs about page frames and entries of page tables, on the real source of both (core/frame.c,
 * arch/arm/direct.c): for every record of frames that there could be and every entry that a guest
 * could ask for. PROOF says which of them. Memory is eight frames with a few words each.
 */
#include "core/frame.c"
#include "arch/arm/direct.c"

#define FRAMES HV_FRAMES_MAX
#define WORDS  3u
#define OWNERS 2u

static uint32_t memory[FRAMES][WORDS];
struct hv_domain hv_domains[HV_DOMAINS];
uint32_t hv_watched;

uint32_t nondet_word (void);
#define assume(condition) __CPROVER_assume (condition)
#define prove(condition)  __CPROVER_assert (condition, #condition)

void *
hv_frame_address (uint32_t mfn)
{
  prove (mfn - HV_FRAME_FIRST < FRAMES);
  return memory[mfn - HV_FRAME_FIRST];
}

uint32_t
hv_ttbr (uint32_t mfn)
{
  return mfn << 12;
}

void
hv_mmu_flush_domain (const struct hv_domain *of)
{
  (void)of;
}

void
hv_mmu_share (uint32_t *directory, uint32_t slot)
{
  (void)slot;
  directory[HV_L1_GUEST_END] = 0;
}

/* Any record of frames; -> an owner. */
static uint32_t
any_frames (void)
{
  uint32_t owner = nondet_word ();
  hooks = &hv_direct_hooks;
  hv_watched = nondet_word ();
  for (uint32_t i = 0; i < FRAMES; i++) {
    hv_frames[i].use = nondet_word ();
    hv_frames[i].held = nondet_word ();
  }
  assume (owner < OWNERS);
  return owner;
}

/* What a mapping that was accepted must be: of an allowed form, of the owner's own memory, and, if it
   is writable, of a frame that was neither a page table nor part of a directory nor the hypervisor's. */
static void
prove_mapping (uint32_t owner, uint32_t entry, const struct hv_frame *before)
{
  uint32_t index = (entry >> 12) - HV_FRAME_FIRST, form = entry & 0xffe;
  prove (form == PV_L2_RW || form == PV_L2_RO);
  prove (index < FRAMES);
  prove (hv_frame_owner (&before[index]) == owner);
  if (form == PV_L2_RW) {
    prove (!hv_frame_in_use (&before[index]) || hv_frame_type (&before[index]) == HV_FRAME_WRITABLE);
    prove (hv_frame_type (&hv_frames[index]) == HV_FRAME_WRITABLE);
    prove (hv_frame_in_use (&hv_frames[index]));
  } else {
    prove (hv_frames[index].held == before[index].held + 1);
  }
  prove (hv_frame_owner (&hv_frames[index]) == owner);
}

static void
prove_entry (void)
{
  struct hv_frame before[FRAMES];
  uint32_t owner = any_frames (), entry = nondet_word ();
  for (uint32_t i = 0; i < FRAMES; i++)
    before[i] = hv_frames[i];
  assume (is_valid (entry));
  if (l2_get (owner, entry) == 0)
    prove_mapping (owner, entry, before);
}

/* The loop for the usual updates accepts nothing else. */
static void
prove_update_run (void)
{
  struct hv_frame before[FRAMES];
  struct mmu_update update = { .ptr = (uint64_t)HV_FRAME_FIRST << 12, .val = nondet_word () };
  uint32_t entries[1] = { 0 }, gone = 0, owner = any_frames ();
  struct target target = { .mfn = HV_FRAME_FIRST, .entries = entries };
  for (uint32_t i = 0; i < FRAMES; i++)
    before[i] = hv_frames[i];
  if (update_run (owner, &update, &update + 1, &target, &gone) == &update)
    prove (entries[0] == 0);
  else if (is_valid (entries[0]))
    prove_mapping (owner, entries[0], before);
}

/* A directory's entry names tables of its owner's, which nothing maps writable, and nothing else. */
static void
prove_directory_entry (void)
{
  uint32_t owner = any_frames (), entry = nondet_word (), index = (entry >> 12) - HV_FRAME_FIRST;
  assume (is_valid (entry));
  assume (index >= FRAMES || hv_frame_in_use (&hv_frames[index])); /* else its entries are checked */
  enum hv_frame_type type = index < FRAMES ? hv_frame_type (&hv_frames[index]) : HV_FRAME_NONE;
  if (l1_get (owner, entry) == 0) {
    uint32_t form = entry & 0x3ff;
    prove (form == PV_L1_KERNEL || form == PV_L1_USER);
    prove (index < FRAMES && hv_frame_owner (&hv_frames[index]) == owner && type == HV_FRAME_TABLE);
  }
}

/* Counts at their end: they refuse, and never wrap into type or owner. */
static void
prove_count (void)
{
  uint32_t mfn = HV_FRAME_FIRST, use = nondet_word (), held = nondet_word ();
  enum hv_frame_type type = (enum hv_frame_type)nondet_word ();
  assume (type >= HV_FRAME_WRITABLE && type <= HV_FRAME_DIRECTORY && hv_frame_owner (&hv_frames[0]) < OWNERS);
  hv_frames[0].use = use;
  hv_frames[0].held = held;
  assume (hv_frame_in_use (&hv_frames[0]) && hv_frame_type (&hv_frames[0]) == type);
  int typed_error = hv_frame_get_type (mfn, hv_frame_owner (&hv_frames[0]), type);
  int plain_error = hv_frame_get (mfn, hv_frame_owner (&hv_frames[0]));
  prove (hv_frames[0].use == use + (typed_error ? 0 : HV_USE_ONE));
  prove (hv_frames[0].use >> 21 == use >> 21);
  prove (hv_frames[0].held == held + (plain_error ? 0 : 1));
  prove (plain_error || hv_frames[0].held > held);
}

int
main (void)
{
  PROOF ();
  return 0;
}
