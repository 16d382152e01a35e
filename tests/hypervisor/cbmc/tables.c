/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proofs about page tables as a whole, on the real source (core/frame.c, arch/arm/direct.c,
 * arch/arm/grant.c): from any state that is sound, one operation with any arguments leads to one that
 * is sound. Sound is that every entry of a table that is in use maps what it may, that what is mapped
 * writable is no table and no directory, and that no frame has more references than uses. More than
 * that: an operation leaves the difference of the two as it was, so that no reference is lost or
 * counted twice, or changes it by what it is for. PROOF says which operation. Memory is eight frames,
 * with two entries to a table or directory.
 */
#include "core/frame.c"
#include "arch/arm/direct.c"
#include "arch/arm/grant.c"

#define FRAMES HV_FRAMES_MAX
#define WORDS  3u
#ifndef TABLES
#define TABLES 2u /* frames that may be tables: the first ones */
#endif
#define OWNERS 2u
#define FEW    7u /* uses: far from the end of the count, which prove_count looks at */

static uint32_t memory[FRAMES][WORDS];
struct hv_domain hv_domains[HV_DOMAINS];
static struct hv_domain domain; /* the owner */
static struct hv_vcpu vcpu = { .domain = &domain };
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

void *
hv_machine_address (uint32_t machine)
{
  return (uint32_t *)hv_frame_address (machine >> 12) + (machine & 0xfff) / 4;
}

uint32_t
hv_ttbr (uint32_t mfn)
{
  return mfn << 12;
}

/* Time is over at any one look at the clock, or at none. */
#define BREAKS 1u
static uint32_t breaks;

uint32_t
hv_platform_ticks_low (void)
{
  if (breaks == BREAKS || (nondet_word () & 1) == 0)
    return 0;
  breaks++;
  return UINT32_MAX;
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

void *
memset (void *to, int value, size_t length)
{
  (void)value;
  (void)length;
  for (uint32_t i = 0; i < WORDS; i++)
    ((uint32_t *)to)[i] = 0;
  return to;
}

/* ---- what is sound ---- */

static bool
is (uint32_t index, enum hv_frame_type type)
{
  return hv_frame_in_use (&hv_frames[index]) && hv_frame_type (&hv_frames[index]) == type;
}

static bool
is_granted (uint32_t entry)
{
  return is_valid (entry) && (entry & HV_L2_GRANTED_MARK) != 0;
}

static bool
maps_writable (uint32_t entry)
{
  return is_valid (entry) && ((entry & L2_UNWRITABLE) == 0 || hv_is_watched (entry));
}

static bool
names (uint32_t entry, uint32_t index)
{
  return (entry >> 12) - HV_FRAME_FIRST == index;
}

/* Entries of tables in use that map the frame writable, or read-only. */
static uint8_t
mappings (uint32_t index, bool writable)
{
  uint8_t count = 0;
  for (uint32_t i = 0; i < TABLES; i++)
    for (uint32_t j = 0; is (i, HV_FRAME_TABLE) && j < HV_L2_FRAME_ENTRIES; j++)
      count += is_valid (memory[i][j]) && maps_writable (memory[i][j]) == writable
               && names (memory[i][j], index);
  return count;
}

/* Entries of directories in use that name the frame as a page of tables; and those of grants in it. */
static uint8_t
table_uses (uint32_t index)
{
  uint8_t count = 0;
  for (uint32_t i = HV_EXTENT_FRAMES; i < FRAMES; i += HV_EXTENT_FRAMES)
    for (uint32_t j = 0; is (i, HV_FRAME_DIRECTORY) && j < HV_L1_GUEST_END; j++)
      count += is_valid (memory[i][j]) && names (memory[i][j], index);
  for (uint32_t j = 0; j < HV_L2_FRAME_ENTRIES; j++)
    count += is_granted (memory[index][j]);
  return count;
}

static uint8_t
uses (uint32_t index)
{
  return (uint8_t)((hv_frames[index].use & HV_USE_COUNT) / HV_USE_ONE);
}

/* Uses as its type that are no entries. */
static uint8_t
other_uses (uint32_t index)
{
  if (is (index, HV_FRAME_WRITABLE))
    return uses (index) - mappings (index, true);
  return is (index, HV_FRAME_TABLE) ? uses (index) - table_uses (index) : uses (index);
}

static bool
sound_table (uint32_t index)
{
  uint32_t owner = hv_frame_owner (&hv_frames[index]);
  bool sound = true;
  for (uint32_t j = 0; j < HV_L2_FRAME_ENTRIES; j++) {
    uint32_t entry = memory[index][j], at = (entry >> 12) - HV_FRAME_FIRST, form = entry & 0xffe;
    bool own = (form == PV_L2_RW || form == PV_L2_RO || form == HV_L2_WATCHED) && at < FRAMES
               && hv_frame_owner (&hv_frames[at]) == owner;
    bool granted = ((entry & 0xfff) == (HV_L2_GRANTED | PV_L2_WRITABLE)
                    || (entry & 0xfff) == (HV_L2_GRANTED | PV_L2_READONLY))
                   && at < FRAMES;
    sound = sound && (!is_valid (entry) || own || granted);
  }
  return sound;
}

static bool
sound_directory (uint32_t index)
{
  uint32_t owner = hv_frame_owner (&hv_frames[index]), first = index & ~(HV_EXTENT_FRAMES - 1);
  bool sound = true;
  for (uint32_t i = first; i < first + HV_EXTENT_FRAMES; i++)
    sound = sound && is (i, HV_FRAME_DIRECTORY) && hv_frame_owner (&hv_frames[i]) == owner;
  for (uint32_t j = 0; index == first && j < HV_L1_GUEST_END; j++) {
    uint32_t entry = memory[index][j], at = (entry >> 12) - HV_FRAME_FIRST, form = entry & 0x3ff;
    sound = sound
            && (!is_valid (entry)
                || ((form == PV_L1_KERNEL || form == PV_L1_USER) && at < FRAMES
                    && is (at, HV_FRAME_TABLE) && hv_frame_owner (&hv_frames[at]) == owner));
  }
  return sound;
}

/* What its entries may be. */
static bool
sound_form (uint32_t index)
{
  if (is (index, HV_FRAME_TABLE))
    return sound_table (index);
  if (is (index, HV_FRAME_DIRECTORY))
    return sound_directory (index);
  return (hv_frames[index].use & HV_USE_PINNED) == 0;
}

/* It has as many uses as references, or more. */
static bool
sound_count (uint32_t index)
{
  uint8_t pinned = (hv_frames[index].use & HV_USE_PINNED) != 0, writable = mappings (index, true);
  if (hv_frames[index].held < mappings (index, false))
    return false;
  if (is (index, HV_FRAME_WRITABLE))
    return uses (index) >= writable;
  if (is (index, HV_FRAME_TABLE) && uses (index) < table_uses (index) + pinned)
    return false;
  if (is (index, HV_FRAME_DIRECTORY) && index % HV_EXTENT_FRAMES != 0 && uses (index) + pinned != 1)
    return false; /* held by the first of the four, and by nobody else */
  return writable == 0 && (!is (index, HV_FRAME_DIRECTORY) || uses (index) >= pinned);
}

/* ---- before and after ---- */

/* The frame that is looked at: any, so that what is proven of it holds for all. */
static uint32_t looked_at;
static uint8_t uses_before, held_before;

static uint32_t
any_frame (void)
{
  uint32_t index = nondet_word ();
  assume (index < FRAMES);
  return index;
}

/* What may stand in a frame: of a table or directory only what is an entry of some kind. */
static uint32_t
any_word (uint32_t index)
{
  static const uint32_t forms[]
      = { PV_L2_RW, PV_L2_RO, HV_L2_WATCHED, HV_L2_GRANTED | PV_L2_WRITABLE,
          HV_L2_GRANTED | PV_L2_READONLY, PV_L1_KERNEL, PV_L1_USER };
  uint32_t form = nondet_word () & 7, at = HV_FRAME_FIRST + (nondet_word () & (FRAMES - 1));
  if (!is (index, HV_FRAME_TABLE) && !is (index, HV_FRAME_DIRECTORY))
    return nondet_word ();
  return form == 7 ? 0 : at << 12 | forms[form];
}

/* Any state whose entries are sound; -> an owner. The counts are assumed to be so for the frame that is
   looked at, and by counted() for those whose uses an operation gives up. */
static uint32_t
any_state (void)
{
  uint32_t owner = nondet_word ();
  hooks = &hv_direct_hooks;
  hv_watched = nondet_word ();
  for (uint32_t i = 0; i < FRAMES; i++) {
    enum hv_frame_type type = (enum hv_frame_type) (nondet_word () & 7);
    uint32_t whose = nondet_word () & 3; /* 3: nobody's */
    assume (type <= HV_FRAME_DIRECTORY);
    assume (type != HV_FRAME_TABLE || i < TABLES);
    assume (type != HV_FRAME_DIRECTORY || i >= HV_EXTENT_FRAMES);
    hv_frames[i].use = hv_use_none (whose == 3 ? HV_OWNER_NONE : whose, type)
                       | (nondet_word () & FEW) * HV_USE_ONE | (nondet_word () & HV_USE_PINNED);
    hv_frames[i].held = nondet_word () & FEW;
    for (uint32_t j = 0; j < WORDS; j++)
      memory[i][j] = any_word (i);
  }
  for (uint32_t i = 0; i < FRAMES; i++)
    assume (sound_form (i));
  assume (owner < OWNERS);
  domain.slot = (uint8_t)owner;
  looked_at = any_frame ();
  assume (sound_count (looked_at));
  uses_before = other_uses (looked_at);
  held_before = (uint8_t)(hv_frames[looked_at].held - mappings (looked_at, false));
  return owner;
}

static void
counted (uint32_t index)
{
  assume (index >= FRAMES || sound_count (index));
}

/* The frames that the entries of a page of tables map. */
static void
counted_all (uint32_t table)
{
  for (uint32_t j = 0; table < FRAMES && j < HV_L2_FRAME_ENTRIES; j++)
    counted ((memory[table][j] >> 12) - HV_FRAME_FIRST);
}

/* Sound again, and references and uses differ by what they did, but for `more` uses of frame
   `changed`, and `quarters` of the three behind it. */
static void
prove_directory (uint32_t changed, int more, int quarters)
{
  uint32_t behind = looked_at - changed;
  int wanted = behind == 0 ? more : behind < HV_EXTENT_FRAMES ? quarters : 0;
  prove (sound_form (looked_at));
  prove (sound_count (looked_at));
  prove (other_uses (looked_at) == (uint8_t)(uses_before + wanted));
  prove ((uint8_t)(hv_frames[looked_at].held - mappings (looked_at, false)) == held_before);
}

static void
prove_sound (uint32_t changed, int more)
{
  prove_directory (changed, more, 0);
}

/* ---- one operation each ---- */

static void
prove_table_update (void)
{
  uint32_t owner = any_state (), index = 0, word = 0;
  struct mmu_update update = { .ptr = ((uint64_t)(HV_FRAME_FIRST + index) << 12) + word * 4,
                               .val = nondet_word () };
  struct target target = { .entries = NULL };
  assume (!is (index, HV_FRAME_DIRECTORY));
  counted ((memory[index][word] >> 12) - HV_FRAME_FIRST);
  update_any (owner, &update, &target);
  prove_sound (FRAMES, 0);
}

static void
prove_run (void)
{
  uint32_t owner = any_state (), index = 0, word = 0, gone = 0;
  struct mmu_update update = { .ptr = ((uint64_t)(HV_FRAME_FIRST + index) << 12) + word * 4,
                               .val = nondet_word () };
  struct target target = { .mfn = HV_FRAME_FIRST + index, .entries = memory[index] };
  assume (is (index, HV_FRAME_TABLE)
          && hv_frame_owner (&hv_frames[index]) == owner);
  counted ((memory[index][word] >> 12) - HV_FRAME_FIRST);
  update_run (owner, &update, &update + 1, &target, &gone);
  prove_sound (FRAMES, 0);
}

static void
prove_pin_tables (void)
{
  uint32_t owner = any_state (), index = 0;
  counted (index);
  int error = pin_as (&vcpu, HV_FRAME_FIRST + index, HV_FRAME_TABLE);
  prove_sound (index, error ? 0 : 1);
}

static void
prove_unpin (void)
{
  uint32_t owner = any_state (), index = 0;
  counted (index);
  counted_all (index);
  assume (!is (index, HV_FRAME_DIRECTORY));
  int error = unpin (&vcpu, HV_FRAME_FIRST + index);
  prove_sound (index, error ? 0 : -1);
}

/* ---- the same of directories: DIRECTORY is the only extent that may be one ---- */

#define DIRECTORY HV_EXTENT_FRAMES

/* An entry of a directory, old or new: what it names is counted, and what becomes a table stands where there
   may be tables, as which frames those are makes no difference. */
static void
counted_table (uint32_t entry)
{
  uint32_t at = (entry >> 12) - HV_FRAME_FIRST;
  assume (!is_valid (entry) || at < TABLES || at >= FRAMES || hv_frame_in_use (&hv_frames[at])
          || hv_frame_owner (&hv_frames[at]) != domain.slot);
  if (!is_valid (entry) || at >= TABLES)
    return;
  counted (at);
  counted_all (at);
}

static void
counted_directory (void)
{
  for (uint32_t i = 0; i < HV_EXTENT_FRAMES; i++)
    counted (DIRECTORY + i);
  for (uint32_t i = 0; i < HV_L1_GUEST_END; i++)
    counted_table (memory[DIRECTORY][i]);
}

static void
prove_directory_update (void)
{
  uint32_t owner = any_state (), word = nondet_word ();
  assume (word < WORDS);
  struct mmu_update update = { .ptr = ((uint64_t)(HV_FRAME_FIRST + DIRECTORY) << 12) + word * 4,
                               .val = nondet_word () };
  struct target target = { .entries = NULL };
  assume (is (DIRECTORY, HV_FRAME_DIRECTORY));
  counted_table (memory[DIRECTORY][word]);
  counted_table ((uint32_t)update.val);
  update_any (owner, &update, &target);
  prove_sound (FRAMES, 0);
}

static void
prove_pin_directory (void)
{
  any_state ();
  bool was = hv_frame_in_use (&hv_frames[DIRECTORY]);
  counted_directory ();
  int error = -XEN_EAGAIN;
  for (uint32_t calls = 0; calls <= BREAKS && error == -XEN_EAGAIN; calls++)
    error = pin_as (&vcpu, HV_FRAME_FIRST + DIRECTORY, HV_FRAME_DIRECTORY);
  prove (error != -XEN_EAGAIN && vcpu.arch.checking.mfn == 0);
  prove_directory (DIRECTORY, error ? 0 : 1, error || was ? 0 : 1);
}

/* What a directory referred to is given back after the call that took its last use. */
static void
finish (void)
{
  for (uint32_t calls = 0; calls <= BREAKS && vcpu.arch.checking.mfn != 0; calls++)
    settle (&vcpu);
  prove (vcpu.arch.checking.mfn == 0);
}

static void
prove_unpin_directory (void)
{
  any_state ();
  assume (is (DIRECTORY, HV_FRAME_DIRECTORY));
  counted_directory ();
  int error = unpin (&vcpu, HV_FRAME_FIRST + DIRECTORY);
  finish ();
  bool left = !hv_frame_in_use (&hv_frames[DIRECTORY]);
  prove_directory (DIRECTORY, error ? 0 : -1, left ? -1 : 0);
}

/* The directory that a vCPU uses: none so far, or one. */
static void
prove_base (void)
{
  any_state ();
  bool was = hv_frame_in_use (&hv_frames[DIRECTORY]), had = (nondet_word () & 1) != 0;
  counted_directory ();
  assume (!had || is (DIRECTORY, HV_FRAME_DIRECTORY));
  vcpu.arch.base = had ? HV_FRAME_FIRST + DIRECTORY : 0;
  int error = -XEN_EAGAIN;
  for (uint32_t calls = 0; calls <= BREAKS && error == -XEN_EAGAIN; calls++)
    error = set_base (&vcpu, HV_FRAME_FIRST + DIRECTORY);
  prove (error != -XEN_EAGAIN);
  finish ();
  prove_directory (DIRECTORY, error || had ? 0 : 1, error || was ? 0 : 1);
}

/* Any other number as the base, of a frame or of none, is refused at once, whatever the frames are. */
static void
prove_wrong_base (void)
{
  any_state ();
  uint32_t mfn = nondet_word (), at = mfn - HV_FRAME_FIRST;
  assume (at >= FRAMES || at % HV_EXTENT_FRAMES != 0);
  int error = set_base (&vcpu, mfn);
  prove (error == -XEN_EPERM || error == -XEN_EINVAL);
  prove (vcpu.arch.base == 0 && vcpu.arch.checking.mfn == 0);
  prove_sound (FRAMES, 0);
}

/* ---- grants, and memory that goes and comes ---- */

/* A page of its own, or of the other one, in a table. */
static void
prove_grant_map (void)
{
  uint32_t owner = any_state (), index = any_frame (), table = 0, word = 0;
  uint32_t flags = GNTMAP_contains_pte | (nondet_word () & GNTMAP_readonly);
  bool readonly = (flags & GNTMAP_readonly) != 0;
  struct hv_vcpu vcpu = { .domain = &domain };
  uint32_t granter = nondet_word (), mfn = HV_FRAME_FIRST + index;
  assume (granter < OWNERS);
  counted (index);
  if (readonly ? hv_frame_get (mfn, granter) : hv_frame_get_type (mfn, granter, HV_FRAME_WRITABLE))
    return;
  uint32_t at = ((HV_FRAME_FIRST + table) << 12) + word * 4;
  if (hv_direct_grant_map (&vcpu, at, mfn, flags) != 0) {
    prove_sound (FRAMES, 0);
    return;
  }
  if (readonly)
    hv_frame_put (mfn);
  else
    hv_frame_put_writable (mfn);
  prove_sound (FRAMES, 0);
}

static void
prove_grant_unmap (void)
{
  any_state ();
  uint32_t table = 0, word = 0;
  assume (is (table, HV_FRAME_TABLE));
  uint32_t entry = memory[table][word];
  assume (is_granted (entry));
  counted (table);
  counted_all (table);
  hv_direct_grant_unmap (((HV_FRAME_FIRST + table) << 12) + word * 4);
  if (maps_writable (entry))
    hv_frame_put_writable (entry >> 12);
  else
    hv_frame_put (entry >> 12);
  prove_sound (FRAMES, 0);
}

/* Memory that is given back: nothing refers to it any more. */
static void
prove_give (void)
{
  uint32_t owner = any_state (), index = any_frame ();
  counted (index);
  if (hv_frame_release (HV_FRAME_FIRST + index, owner) == 0)
    prove (mappings (index, true) + mappings (index, false) + table_uses (index) == 0);
  prove_sound (FRAMES, 0);
}

/* Memory that is taken: `held` of a free frame says whether it is clear, and counts nothing. */
static void
prove_take (void)
{
  uint32_t owner = any_state (), index = any_frame ();
  counted (index);
  assume (is_free (index) && !hv_frame_in_use (&hv_frames[index]) && mappings (index, false) == 0);
  held_before = looked_at == index ? 0 : held_before;
  take (index, owner);
  prove_sound (FRAMES, 0);
}

int
main (void)
{
  PROOF ();
  return 0;
}
