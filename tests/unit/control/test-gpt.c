/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>

#include "crc32.h"
#include "gpt.h"

#define SECTORS 8192u
#define TABLE   (GPT_TABLE_SECTORS * GPT_SECTOR)

static uint8_t header[GPT_SECTOR], table[TABLE];

static void
put (uint8_t *at, guint64 value, int bytes)
{
  for (int i = 0; i < bytes; i++, value >>= 8) {
    at[i] = (uint8_t)value;
  }
}

/* Makes both checksums right, whatever stands in header and table. */
static void
seal (void)
{
  put (header + 88, crc32_update (0, table, sizeof table), 4);
  put (header + 16, 0, 4);
  put (header + 16, crc32_update (0, header, 92), 4);
}

static void
put_entry (int index, guint64 first, guint64 last, const char *name)
{
  uint8_t *entry = table + index * (int)GPT_ENTRY_SIZE;

  memset (entry, 0, GPT_ENTRY_SIZE);
  entry[0] = 0xaf;
  put (entry + 32, first, 8);
  put (entry + 40, last, 8);
  for (int i = 0; name[i] != '\0'; i++) {
    put (entry + 56 + 2 * i, (uint8_t)name[i], 2);
  }
}

static void
setup (void)
{
  memset (header, 0, sizeof header);
  memset (table, 0, sizeof table);
  memcpy (header, "EFI PART", 8);
  put (header + 8, 0x10000, 4);
  put (header + 12, 92, 4);
  put (header + 24, 1, 8);
  put (header + 40, 2048, 8);
  put (header + 48, SECTORS - 34, 8);
  put (header + 72, 2, 8);
  put (header + 80, GPT_ENTRIES_MAX, 4);
  put (header + 84, GPT_ENTRY_SIZE, 4);
  put_entry (0, 2048, 4095, "first");
  put_entry (5, 4096, SECTORS - 34, "second");
  seal ();
}

static void
test_good (void)
{
  struct gpt_header read;
  struct gpt_partition part;

  setup ();
  g_assert_true (gpt_read_header (header, SECTORS, &read));
  g_assert_true (gpt_check_table (&read, table));
  g_assert_true (gpt_read_entry (&read, table, 0, &part));
  g_assert_cmpstr (part.name, ==, "first");
  g_assert_cmpuint (part.first, ==, 2048);
  g_assert_cmpuint (part.sectors, ==, 2048);
  g_assert_false (gpt_read_entry (&read, table, 1, &part));
  g_assert_true (gpt_read_entry (&read, table, 5, &part));
  g_assert_cmpuint (part.sectors, ==, SECTORS - 34 - 4096 + 1);
}

static void
test_bad_entries (void)
{
  static const struct {
    guint64 first, last;
  } bad[] = { { 0, 4095 },
              { 34, 4095 },
              { 2047, 4095 },
              { 4095, 4094 },
              { 2048, SECTORS - 33 },
              { SECTORS, SECTORS + 1 },
              { 2048, G_MAXUINT64 },
              { G_MAXUINT64, G_MAXUINT64 },
              { G_MAXUINT64, 2048 } };
  struct gpt_header read;
  struct gpt_partition part;

  setup ();
  g_assert_true (gpt_read_header (header, SECTORS, &read));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    put_entry (7, bad[i].first, bad[i].last, "bad");
    g_assert_false (gpt_read_entry (&read, table, 7, &part));
  }
}

static void
test_names (void)
{
  static const struct {
    const char *name, *read;
  } names[] = { { "a", "a" },
                { "", "" },
                { "exactly-23-bytes-of-it.", "exactly-23-bytes-of-it." },
                { "one more than fits in it", "" },
                { "thirty-six-characters-fill-the-field", "" },
                { "a blank", "" },
                { "\xe4", "" },
                { "\n", "" } };
  struct gpt_header read;
  struct gpt_partition part;

  setup ();
  g_assert_true (gpt_read_header (header, SECTORS, &read));
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    put_entry (3, 2048, 2048, names[i].name);
    g_assert_true (gpt_read_entry (&read, table, 3, &part));
    g_assert_cmpstr (part.name, ==, names[i].read);
  }
}

static void
test_damage (void)
{
  struct gpt_header read;

  setup ();
  for (int i = 0; i < 92; i++) {
    header[i] ^= 1;
    g_assert_false (gpt_read_header (header, SECTORS, &read));
    header[i] ^= 1;
  }
  g_assert_true (gpt_read_header (header, SECTORS, &read));
  for (gsize i = 0; i < sizeof table; i += 61) {
    table[i] ^= 0x80;
    g_assert_false (gpt_check_table (&read, table));
    table[i] ^= 0x80;
  }
  g_assert_false (gpt_read_header (header, 33, &read));
  g_assert_false (gpt_read_header (header, 0, &read));
}

/* Anything with good checksums: whatever is taken lies where partitions may lie. */
static void
test_random (void)
{
  struct gpt_header read;
  struct gpt_partition part;
  guint taken = 0;

  for (int turn = 0; turn < 20000; turn++) {
    static const int fields[] = { 24, 40, 48, 72, 80, 84 };
    uint8_t *entry = table + 2 * GPT_ENTRY_SIZE;

    setup ();
    if (g_test_rand_bit ()) {
      put (header + fields[g_test_rand_int_range (0, G_N_ELEMENTS (fields))],
           (guint64)g_test_rand_int () << g_test_rand_int_range (0, 33), 8);
    }
    entry[0] = 1;
    for (int i = 32; i < 128; i += 4) {
      put (entry + i, (guint32)g_test_rand_int () >> g_test_rand_int_range (0, 32), 4);
    }
    seal ();
    if (gpt_read_header (header, SECTORS, &read) && gpt_read_entry (&read, table, 2, &part)) {
      g_assert_cmpuint (part.first, >=, 2 + GPT_TABLE_SECTORS);
      g_assert_cmpuint (part.sectors, >, 0);
      g_assert_cmpuint (part.first + part.sectors, <=, SECTORS);
      taken++;
    }
  }
  g_test_message ("%u of them were taken", taken);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/control/gpt/good", test_good);
  g_test_add_func ("/control/gpt/bad-entries", test_bad_entries);
  g_test_add_func ("/control/gpt/names", test_names);
  g_test_add_func ("/control/gpt/damage", test_damage);
  g_test_add_func ("/control/gpt/random", test_random);
  return g_test_run ();
}
