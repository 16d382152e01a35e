/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The digest against GLib's, and what is not a kernel. */
#include <glib.h>
#include <string.h>
#include <xen/errno.h>
#include "core/image.h"
#include "core/sha256.h"

#define FLASH_SIZE 65536u
#define OFFSET     4096u

static uint8_t flash[FLASH_SIZE] __attribute__ ((aligned (8)));

static void
test_digest (void)
{
  guint8 bytes[300], ours[32], theirs[32];
  for (gsize i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8)(i * 7);
  for (gsize length = 0; length <= sizeof bytes; length++) {
    g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
    gsize size = sizeof theirs;
    g_checksum_update (checksum, bytes, (gssize)length);
    g_checksum_get_digest (checksum, theirs, &size);
    hv_sha256 (bytes, (uint32_t)length, ours);
    g_assert_cmpmem (ours, sizeof ours, theirs, sizeof theirs);
  }
}

static struct hv_image *
table_entry (void)
{
  return &((struct hv_image_table *)(void *)flash)->image[0];
}

static struct pv_image_header *
kernel_header (void)
{
  return (struct pv_image_header *)(void *)(flash + OFFSET);
}

static void
make_good (void)
{
  struct hv_image_table *table = (struct hv_image_table *)(void *)flash;
  memset (flash, 0, sizeof flash);
  table->magic = HV_IMAGE_TABLE_MAGIC;
  table->version = HV_IMAGE_TABLE_VERSION;
  table->count = 1;
  g_strlcpy (table->image[0].name, "good", PV_NAME_MAX);
  table->image[0].offset = OFFSET;
  table->image[0].size = 8192;
  *kernel_header () = (struct pv_image_header){ .magic = PV_IMAGE_MAGIC,
                                                .abi = PV_ABI_VERSION,
                                                .start = PV_KERNEL_START,
                                                .file_end = PV_KERNEL_START + 8192,
                                                .memory_end = PV_KERNEL_START + 9000,
                                                .entry = PV_KERNEL_START + 32,
                                                .min_kib = 64 };
}

static int
check_image (void)
{
  hv_sha256 (flash + OFFSET, table_entry ()->size, table_entry ()->sha256);
  return hv_image_check (hv_image_get (0));
}

static void
test_kernels (void)
{
  char name[PV_NAME_MAX] = "good";
  make_good ();
  g_assert_cmpuint (hv_images_init (flash, sizeof flash), ==, 1);
  g_assert_nonnull (hv_image_find (name));
  name[0] = 'b';
  g_assert_null (hv_image_find (name));
  g_assert_cmpint (check_image (), ==, 0);
  flash[OFFSET + 5000] ^= 1;
  g_assert_cmpint (hv_image_check (hv_image_get (0)), ==, -XEN_EBADMSG);

#define NO_KERNEL(change)                                                                          \
  make_good ();                                                                                    \
  kernel_header ()->change;                                                                        \
  g_assert_cmpint (check_image (), ==, -XEN_ENOEXEC)
  NO_KERNEL (magic = 0);
  NO_KERNEL (abi = PV_ABI_VERSION + 0x10000);
  NO_KERNEL (start = PV_KERNEL_START + 4096);
  NO_KERNEL (file_end = PV_KERNEL_START + 8196);
  NO_KERNEL (file_end = 0);
  NO_KERNEL (memory_end = PV_KERNEL_START);
  NO_KERNEL (memory_end = PV_HYPERVISOR_START);
  NO_KERNEL (memory_end = 0xffffffff);
  NO_KERNEL (entry = PV_KERNEL_START - 4);
  NO_KERNEL (entry = PV_KERNEL_START + 8192);
  make_good ();
  table_entry ()->size = 16;
  g_assert_cmpint (check_image (), ==, -XEN_ENOEXEC);
}

static void
test_tables (void)
{
  struct hv_image_table *table = (struct hv_image_table *)(void *)flash;
#define NO_IMAGE(change)                                                                           \
  make_good ();                                                                                    \
  change;                                                                                          \
  g_assert_cmpuint (hv_images_init (flash, sizeof flash), ==, 0);                                  \
  g_assert_null (hv_image_get (0))
  NO_IMAGE (table->magic++);
  NO_IMAGE (table->version++);
  NO_IMAGE (table->count = 1000);
  NO_IMAGE (table_entry ()->offset = FLASH_SIZE + 4);
  NO_IMAGE (table_entry ()->offset = 0xfffffffc);
  NO_IMAGE (table_entry ()->offset = OFFSET + 1);
  NO_IMAGE (table_entry ()->size = FLASH_SIZE);
  NO_IMAGE (table_entry ()->size = 0xffffffff);
  NO_IMAGE (memset (table_entry ()->name, 'x', PV_NAME_MAX));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image/digest", test_digest);
  g_test_add_func ("/image/kernels", test_kernels);
  g_test_add_func ("/image/tables", test_tables);
  return g_test_run ();
}
