/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The digest against GLib's, what is not a kernel, and sealed pieces on their way into a domain. */
#include <glib.h>
#include <bearssl.h>
#include <string.h>
#include <xen/errno.h>
#include "boot/piece.h"
#include "core/image.h"

#define SIZE    5000u /* no whole number of pieces */
#define SYMBOLS 1500u

static struct boot_info boot;
static guint8 flash[32768], control[8192], plain[SIZE + SYMBOLS];

static void
digest (const guint8 *bytes, gsize length, guint8 to[32])
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize size = 32;
  g_checksum_update (checksum, bytes, (gssize)length);
  g_checksum_get_digest (checksum, to, &size);
}

static void
seal (const struct hv_image *image, guint number, const guint8 *bytes, guint length)
{
  guint8 nonce[12] = { (guint8)number };
  guint8 *to = flash + piece_offset (image, number);
  memcpy (to, bytes, length);
  br_poly1305_ctmul_run (boot.key[1], nonce, to, length, NULL, 0, to + length, br_chacha20_ct_run, 1);
}

/* Image 0 is the control domain's, whose copy is in memory; image 1 is sealed. */
static struct hv_image *
make_good (void)
{
  struct hv_image *image = &boot.header.image[1];
  memset (&boot, 0, sizeof boot);
  boot.header.count = 2;
  for (guint i = 0; i < 2; i++)
    boot.header.image[i] = (struct hv_image){ .kind = STORE_KERNEL,
                                              .size = SIZE,
                                              .symbols = SYMBOLS,
                                              .abi = PV_ABI_VERSION,
                                              .memory_end = PV_KERNEL_START + 9000,
                                              .entry = PV_KERNEL_START + 32 };
  g_strlcpy (boot.header.image[0].name, "control", PV_NAME_MAX);
  g_strlcpy (image->name, "good", PV_NAME_MAX);
  for (guint i = 0; i < sizeof plain; i++)
    plain[i] = (guint8)(i * 11 + i / 256);
  memcpy (control, plain, SIZE);
  memset (boot.key[1], 7, sizeof boot.key[1]);
  digest (plain, SIZE, image->sha256);
  for (guint i = 0; i < store_pieces (image); i++)
    seal (image, i, plain + i * STORE_PIECE, piece_length (image, i));
  for (guint i = 0; i * STORE_PIECE < SYMBOLS; i++)
    seal (image, store_pieces (image) + i, plain + SIZE + i * STORE_PIECE,
          piece_length (image, store_pieces (image) + i));
  hv_images_init (&boot, control, flash);
  return image;
}

/* -> the answer to the last piece; `to` gets them all. */
static int
put (const struct hv_image *image, guint8 to[8192])
{
  int result = -XEN_EAGAIN;
  for (guint i = 0; result == -XEN_EAGAIN; i++) {
    g_assert_cmpuint (i, <, store_pieces (image));
    result = hv_image_put (image, i, to + i * STORE_PIECE);
  }
  return result;
}

static void
test_pieces (void)
{
  guint8 to[8192];
  const struct hv_image *image = make_good ();
  g_assert_cmpint (put (image, to), ==, 0);
  g_assert_cmpmem (to, SIZE, plain, SIZE);
  g_assert_cmpint (put (hv_image_get (0), to), ==, 0);
  for (guint at = 0; at < store_sealed_size (SIZE); at += 97) {
    flash[at] ^= 0x10;
    memset (to, 0xee, sizeof to);
    g_assert_cmpint (put (image, to), ==, -XEN_EBADMSG);
    /* The piece that is damaged was not decrypted. */
    guint piece = at / (STORE_PIECE + STORE_TAG) * STORE_PIECE;
    for (guint i = 0; i < STORE_PIECE && piece + i < SIZE; i++)
      g_assert_cmpuint (to[piece + i], ==, 0);
    flash[at] ^= 0x10;
  }
  g_assert_cmpint (put (image, to), ==, 0);
}

/* Whoever has the key of the device is still not the maker. */
static void
test_other_content (void)
{
  guint8 to[8192];
  const struct hv_image *image = make_good ();
  plain[100] ^= 1;
  seal (image, 0, plain, STORE_PIECE);
  g_assert_cmpint (put (image, to), ==, -XEN_EBADMSG);
}

static void
test_symbols (void)
{
  const struct hv_image *image = make_good ();
  g_assert_cmpmem (hv_image_symbols (image, 0), STORE_PIECE, plain + SIZE, STORE_PIECE);
  g_assert_cmpmem (hv_image_symbols (image, 1), SYMBOLS - STORE_PIECE, plain + SIZE + STORE_PIECE,
                   SYMBOLS - STORE_PIECE);
  flash[piece_offset (image, store_pieces (image))] ^= 1;
  g_assert_null (hv_image_symbols (image, 0));
}

static void
test_kernels (void)
{
  struct hv_image *image = make_good ();
  char name[PV_NAME_MAX] = "good";
  g_assert_true (hv_image_find (name) == image);
  g_assert_null (hv_image_get (2));
  g_assert_cmpint (hv_image_check (image), ==, 0);
  image->kind = STORE_POLICY;
  g_assert_null (hv_image_find (name));
  name[0] = 'b';
  g_assert_null (hv_image_find (name));

#define NO_KERNEL(change)                                                                          \
  image = make_good ();                                                                            \
  image->change;                                                                                   \
  g_assert_cmpint (hv_image_check (image), ==, -XEN_ENOEXEC)
  NO_KERNEL (kind = STORE_HYPERVISOR);
  NO_KERNEL (abi = PV_ABI_VERSION + 0x10000);
  NO_KERNEL (memory_end = PV_KERNEL_START);
  NO_KERNEL (memory_end = PV_HYPERVISOR_START);
  NO_KERNEL (memory_end = 0xffffffff);
  NO_KERNEL (size = 10000);
  NO_KERNEL (entry = PV_KERNEL_START - 4);
  NO_KERNEL (entry = PV_KERNEL_START + SIZE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image/pieces", test_pieces);
  g_test_add_func ("/image/other-content", test_other_content);
  g_test_add_func ("/image/symbols", test_symbols);
  g_test_add_func ("/image/kernels", test_kernels);
  return g_test_run ();
}
