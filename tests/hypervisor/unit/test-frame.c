/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page types against a model: whatever sequence of operations comes, a frame is never a page table
 * and mapped writable at once, counts are those of the uses there are, and refused operations
 * change nothing.
 */
#include <glib.h>
#include <string.h>
#include "core/frame.h"

#define FRAMES  64u
#define ENTRIES 8u /* of a table in these tests */
#define STEPS   200000

static uint8_t memory[FRAMES * HV_PAGE_SIZE] __attribute__ ((aligned (HV_PAGE_SIZE)));
static guint retyped_count;

void *
hv_frame_address (uint32_t mfn)
{
  g_assert_cmpuint (mfn - HV_FRAME_FIRST, <, FRAMES);
  return memory + (mfn - HV_FRAME_FIRST) * HV_PAGE_SIZE;
}

/* A table's entries are frame numbers that it maps writable; 0: none. */
static int
validate (uint32_t owner, uint32_t mfn, enum hv_frame_type type)
{
  const uint32_t *entries = hv_frame_address (mfn);
  (void)type;
  for (guint i = 0; i < ENTRIES; i++) {
    int error = entries[i] == 0 ? 0 : hv_frame_get_type (entries[i], owner, HV_FRAME_WRITABLE);
    if (error) {
      while (i-- > 0)
        if (entries[i] != 0)
          hv_frame_put_type (entries[i]);
      return error;
    }
  }
  return 0;
}

static void
invalidate (uint32_t owner, uint32_t mfn, enum hv_frame_type type)
{
  const uint32_t *entries = hv_frame_address (mfn);
  (void)owner;
  (void)type;
  for (guint i = 0; i < ENTRIES; i++)
    if (entries[i] != 0)
      hv_frame_put_type (entries[i]);
}

static void
retyped (uint32_t owner)
{
  (void)owner;
  retyped_count++;
}

static const struct hv_frame_hooks hooks
    = { .validate = validate, .invalidate = invalidate, .retyped = retyped };

static void
release_all (uint32_t owner)
{
  uint32_t next = 0;
  while (!hv_frames_release (owner, &next))
    continue;
}

static gboolean
is_clear (uint32_t mfn, guint frames)
{
  const uint8_t *bytes = hv_frame_address (mfn);
  for (guint i = 0; i < frames * HV_PAGE_SIZE; i++)
    if (bytes[i] != 0)
      return FALSE;
  return TRUE;
}

static void
test_extents (void)
{
  hv_frames_init (FRAMES, &hooks);
  g_assert_cmpuint (hv_frames_free (), ==, FRAMES);
  memset (memory, 0xaa, sizeof memory);
  uint32_t low = hv_extent_take (1, true), any = hv_extent_take (1, false);
  g_assert_cmpuint (low - HV_FRAME_FIRST, <, HV_FRAMES_LOW);
  g_assert_cmpuint (any - HV_FRAME_FIRST, >=, HV_FRAMES_LOW); /* spares those the hypervisor sees */
  g_assert_cmpuint (low % HV_EXTENT_FRAMES, ==, 0);
  g_assert_cmpuint (hv_frames_free (), ==, FRAMES - 8);
  g_assert_true (is_clear (low, HV_EXTENT_FRAMES));
  g_assert_true (is_clear (any, HV_EXTENT_FRAMES));
  g_assert_nonnull (hv_frame_of (low + 3, 1));
  g_assert_null (hv_frame_of (low + 3, 2));
  memset (hv_frame_address (low), 0x55, HV_PAGE_SIZE);

  guint more = 0;
  while (hv_extent_take (2, true) != HV_FRAME_INVALID)
    more++;
  g_assert_cmpuint (more, ==, HV_FRAMES_LOW / HV_EXTENT_FRAMES - 1);
  while (hv_extent_take (2, false) != HV_FRAME_INVALID)
    more++;
  g_assert_cmpuint (more, ==, FRAMES / HV_EXTENT_FRAMES - 2);
  g_assert_cmpuint (hv_frames_free (), ==, 0);

  release_all (1);
  g_assert_cmpuint (hv_frames_free (), ==, 8);
  g_assert_null (hv_frame_of (low, 1));
  g_assert_true (is_clear (low, 1)); /* nothing of a domain outlives it */
  release_all (2);
  g_assert_cmpuint (hv_frames_free (), ==, FRAMES);
  g_assert_null (hv_frame_of (HV_FRAME_FIRST - 1, HV_OWNER_NONE));
  g_assert_null (hv_frame_of (HV_FRAME_FIRST + FRAMES, HV_OWNER_NONE));
  g_assert_null (hv_frame_of (0, 0));
}

/* Single frames break extents up; when the last of an extent comes back it is whole again. */
static void
test_fragments (void)
{
  hv_frames_init (FRAMES, &hooks);
  uint32_t single[5];
  for (guint i = 0; i < G_N_ELEMENTS (single); i++)
    single[i] = hv_frame_take (1);
  g_assert_cmpuint (single[0] / HV_EXTENT_FRAMES, ==, single[3] / HV_EXTENT_FRAMES);
  guint extents = 0;
  while (hv_extent_take (2, false) != HV_FRAME_INVALID)
    extents++;
  g_assert_cmpuint (extents, ==, FRAMES / HV_EXTENT_FRAMES - 2);
  g_assert_cmpuint (hv_frames_free (), ==, 3);

  memset (hv_frame_address (single[1]), 0x77, HV_PAGE_SIZE);
  g_assert_cmpint (hv_frame_get (single[1], 1), ==, 0);
  g_assert_cmpint (hv_frame_release (single[1], 1), ==, -XEN_EBUSY);
  hv_frame_put (single[1]);
  g_assert_cmpint (hv_frame_get_type (single[1], 1, HV_FRAME_WRITABLE), ==, 0);
  g_assert_cmpint (hv_frame_release (single[1], 1), ==, -XEN_EBUSY);
  hv_frame_put_type (single[1]);
  g_assert_cmpint (hv_frame_release (single[1], 2), ==, -XEN_EPERM);
  g_assert_cmpint (hv_frame_release (single[1], 1), ==, 0);
  g_assert_cmpint (hv_frame_release (single[1], 1), ==, -XEN_EPERM);
  g_assert_cmpint (hv_frame_release (HV_FRAME_FIRST + FRAMES, 1), ==, -XEN_EPERM);
  g_assert_true (is_clear (single[1], 1));
  g_assert_cmpint (hv_frame_get_type (single[1], 1, HV_FRAME_WRITABLE), ==, -XEN_EPERM);
  for (guint i = 0; i < 4; i++)
    if (i != 1)
      g_assert_cmpint (hv_frame_release (single[i], 1), ==, 0);
  g_assert_cmpuint (hv_extent_take (3, false), ==, single[0] & ~(HV_EXTENT_FRAMES - 1));
  for (guint i = 0; i < 3; i++) /* the rest of the other broken extent */
    g_assert_cmpuint (hv_frame_take (3) / HV_EXTENT_FRAMES, ==, single[4] / HV_EXTENT_FRAMES);
  g_assert_cmpuint (hv_frame_take (3), ==, HV_FRAME_INVALID);
  g_assert_cmpuint (hv_frames_free (), ==, 0);
  for (uint32_t owner = 1; owner <= 3; owner++)
    release_all (owner);
  g_assert_cmpuint (hv_frames_free (), ==, FRAMES);
  for (guint i = 0; i < FRAMES / HV_EXTENT_FRAMES; i++)
    g_assert_cmpuint (hv_extent_take (1, false), !=, HV_FRAME_INVALID);
}

static void
test_exclusion (void)
{
  hv_frames_init (FRAMES, &hooks);
  uint32_t mfn = hv_extent_take (1, true), other = hv_extent_take (2, true);
  uint32_t *table = hv_frame_address (mfn);
  g_assert_cmpint (hv_frame_get_type (mfn, 1, HV_FRAME_WRITABLE), ==, 0);
  g_assert_cmpint (hv_frame_get_type (mfn, 1, HV_FRAME_TABLE), ==, -XEN_EBUSY);
  g_assert_cmpint (hv_frame_get_type (mfn, 2, HV_FRAME_WRITABLE), ==, -XEN_EPERM);
  hv_frame_put_type (mfn);

  table[ENTRIES - 1] = mfn; /* a table that maps itself */
  table[0] = mfn + 1;
  g_assert_cmpint (hv_frame_get_type (mfn, 1, HV_FRAME_TABLE), ==, -XEN_EBUSY);
  g_assert_false (hv_frame_in_use (&hv_frames[mfn + 1 - HV_FRAME_FIRST]));
  table[ENTRIES - 1] = other; /* a table that maps another's frame */
  g_assert_cmpint (hv_frame_get_type (mfn, 1, HV_FRAME_TABLE), ==, -XEN_EPERM);
  g_assert_false (hv_frame_in_use (&hv_frames[mfn + 1 - HV_FRAME_FIRST]));
  table[ENTRIES - 1] = 0;

  retyped_count = 0;
  g_assert_cmpint (hv_frame_get_type (mfn, 1, HV_FRAME_TABLE), ==, 0);
  g_assert_cmpint (hv_frame_get_type (mfn, 1, HV_FRAME_WRITABLE), ==, -XEN_EBUSY);
  g_assert_cmpint (hv_frame_get_type (mfn + 1, 1, HV_FRAME_TABLE), ==, -XEN_EBUSY);
  g_assert_cmpint (hv_frame_get (mfn, 1), ==, 0);
  hv_frame_put (mfn);
  hv_frame_put_type (mfn);
  g_assert_false (hv_frame_in_use (&hv_frames[mfn + 1 - HV_FRAME_FIRST]));
  g_assert_cmpint (hv_frame_get_type (mfn, 1, HV_FRAME_WRITABLE), ==, 0);
  g_assert_cmpuint (retyped_count, >=, 1); /* from table to writable: nothing stale may stay */
}

static void
test_count_limit (void)
{
  hv_frames_init (FRAMES, &hooks);
  uint32_t mfn = hv_extent_take (1, true);
  struct hv_frame *frame = hv_frame_at (mfn);
  frame->held = HV_HELD_MAX;
  g_assert_cmpint (hv_frame_get (mfn, 1), ==, -XEN_EBUSY);
  g_assert_cmpint (hv_frame_get_type (mfn, 1, HV_FRAME_WRITABLE), ==, 0);
  frame->use += HV_USE_COUNT - 4 * HV_USE_ONE;
  while (hv_frame_get_type (mfn, 1, HV_FRAME_WRITABLE) == 0)
    continue;
  g_assert_cmpint (hv_frame_get_type (mfn, 1, HV_FRAME_WRITABLE), ==, -XEN_EBUSY);
  g_assert_cmpuint (hv_frame_owner (frame), ==, 1);
  g_assert_cmpint (hv_frame_type (frame), ==, HV_FRAME_WRITABLE);
  g_assert_cmpuint (frame->use & HV_USE_COUNT, >=, HV_USE_COUNT - 3 * HV_USE_ONE);
}

/* The uses that there should be, counted from outside. */
static guint direct[FRAMES][4], plain[FRAMES];

static void
check_model (void)
{
  guint writable[FRAMES] = { 0 };
  for (guint f = 0; f < FRAMES; f++) {
    if (direct[f][HV_FRAME_TABLE] == 0)
      continue;
    const uint32_t *entries = hv_frame_address (HV_FRAME_FIRST + f);
    for (guint i = 0; i < ENTRIES; i++)
      if (entries[i] != 0)
        writable[entries[i] - HV_FRAME_FIRST]++;
  }
  for (guint f = 0; f < FRAMES; f++) {
    const struct hv_frame *frame = &hv_frames[f];
    guint as_writable = writable[f] + direct[f][HV_FRAME_WRITABLE],
          as_table = direct[f][HV_FRAME_TABLE];
    g_assert_true (as_writable == 0 || as_table == 0);
    g_assert_cmpuint ((frame->use & HV_USE_COUNT) / HV_USE_ONE, ==, as_writable + as_table);
    g_assert_cmpuint (frame->held, ==, plain[f]);
    if (as_table > 0)
      g_assert_cmpint (hv_frame_type (frame), ==, HV_FRAME_TABLE);
    if (as_writable > 0)
      g_assert_cmpint (hv_frame_type (frame), ==, HV_FRAME_WRITABLE);
  }
}

static void
step (GRand *random)
{
  guint f = (guint)g_rand_int_range (random, 0, FRAMES);
  uint32_t mfn = HV_FRAME_FIRST + f, owner = 1 + f / (FRAMES / 2);
  enum hv_frame_type type = g_rand_boolean (random) ? HV_FRAME_WRITABLE : HV_FRAME_TABLE;
  switch (g_rand_int_range (random, 0, 5)) {
  case 0:
    if (hv_frame_get_type (mfn, owner, type) == 0)
      direct[f][type]++;
    break;
  case 1:
    if (direct[f][type] > 0) {
      direct[f][type]--;
      hv_frame_put_type (mfn);
    }
    break;
  case 2:
    if (hv_frame_get (mfn, owner) == 0)
      plain[f]++;
    break;
  case 3:
    if (plain[f] > 0) {
      plain[f]--;
      hv_frame_put (mfn);
    }
    break;
  default: /* the owner writes to memory that is no table */
    if (direct[f][HV_FRAME_TABLE] == 0) {
      uint32_t *entries = hv_frame_address (mfn);
      entries[g_rand_int_range (random, 0, ENTRIES)]
          = g_rand_boolean (random)
                ? 0
                : HV_FRAME_FIRST + (uint32_t)g_rand_int_range (random, 0, FRAMES);
    }
  }
}

static void
test_model (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (20081107);
  hv_frames_init (FRAMES, &hooks);
  memset (memory, 0, sizeof memory);
  memset (direct, 0, sizeof direct);
  memset (plain, 0, sizeof plain);
  /* The first half belongs to 1, the second to 2. */
  for (guint i = 0; i < FRAMES / 2 / HV_EXTENT_FRAMES; i++) {
    g_assert_cmpuint (hv_extent_take (1, true) - HV_FRAME_FIRST, <, FRAMES / 2);
    g_assert_cmpuint (hv_extent_take (2, false) - HV_FRAME_FIRST, >=, FRAMES / 2);
  }
  for (guint i = 0; i < STEPS; i++) {
    step (random);
    if (i % 16 == 0)
      check_model ();
  }
  check_model ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/frame/extents", test_extents);
  g_test_add_func ("/frame/fragments", test_fragments);
  g_test_add_func ("/frame/exclusion", test_exclusion);
  g_test_add_func ("/frame/count-limit", test_count_limit);
  g_test_add_func ("/frame/model", test_model);
  return g_test_run ();
}
