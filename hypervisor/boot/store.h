/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store of sealed images in flash 1, as hypervisor/tools/domicile-seal writes it (docs/secure-boot.md):
 *
 *   manifest   a header and the table of images, in the clear; its signature by the maker behind it
 *   images     from STORE_ROOM on, each cut into pieces that are encrypted and authenticated apart
 *
 * Little-endian, without gaps. This file knows the form alone and uses no cryptography: what it looks at is hostile.
 */
#ifndef BOOT_STORE_H
#define BOOT_STORE_H

#include <stdint.h>

#define STORE_MAGIC     0x54534d44u /* "DMST" */
#define STORE_FORMAT    1u
#define STORE_ROOM      0x10000u /* for the manifest and its signature */
#define STORE_IMAGES    32u
#define STORE_NAME      32u /* bytes of a name, the ending zero included */
#define STORE_PIECE     1024u
#define STORE_TAG       16u
#define STORE_SIGNATURE 64u

#define STORE_DEVELOPER 1u /* flag: signed with keys that a build has made for itself */

enum store_kind {
  STORE_HYPERVISOR = 1,
  STORE_POLICY = 2,
  STORE_KERNEL = 3,
};

struct hv_image {
  char name[STORE_NAME];
  char version[16];
  uint8_t sha256[32]; /* of what is sealed, without the symbols */
  uint32_t kind;      /* enum store_kind */
  uint32_t offset;    /* of the first piece, from the start of the flash */
  uint32_t size;      /* bytes of the image */
  uint32_t symbols;   /* bytes of its symbol table (pv/control.h), from the next whole piece on */
  uint32_t abi;       /* of a kernel: what its header says (struct pv_image_header) ... */
  uint32_t memory_end;
  uint32_t entry;
  uint32_t min_kib;
  uint32_t memory_kib; /* ... and what its domains get when nothing else is said */
  uint32_t weight;
  uint32_t flags; /* PV_IMAGE_* */
  uint32_t count; /* with PV_IMAGE_AUTOSTART: domains to start */
  char label[STORE_NAME]; /* the type of their label; empty: that of every guest */
};

struct store_header {
  uint32_t magic;
  uint32_t format;
  uint32_t length; /* bytes of the manifest: this header and the table */
  uint32_t count;
  uint32_t version; /* of the whole; what is older than the device has had is refused */
  uint32_t flags;
  uint8_t salt[16];
  uint8_t device[16];     /* whose store it is */
  char maker[STORE_NAME]; /* who signed, for people */
  uint8_t attest_key[64]; /* public, P-256: with it the device vouches for this manifest and no other */
  struct hv_image image[];
};

/* What can be wrong with a store; each has a sentence (store_error_text). */
enum store_error {
  STORE_OK = 0,
  STORE_NO_DEVICE_KEYS,
  STORE_NO_STORE,
  STORE_BAD_FORMAT,
  STORE_BAD_LENGTH,
  STORE_BAD_SIGNATURE,
  STORE_OTHER_DEVICE,
  STORE_ROLLED_BACK,
  STORE_BAD_TABLE,
  STORE_NO_HYPERVISOR,
  STORE_NO_CONTROL,
  STORE_TOO_LARGE,
  STORE_BAD_PIECE,
  STORE_BAD_DIGEST,
  STORE_BAD_COUNTER,
  STORE_COUNTER_STUCK,
  STORE_N_ERRORS
};

const char *store_error_text (enum store_error error);

/* How many bytes the manifest at `bytes` has (at most `room`, aligned to 4), and whether its header can be looked at.
   Nothing else is believed before the signature is checked. */
enum store_error store_length (const void *bytes, uint32_t room, uint32_t *length);
/* Checks the table of a manifest of `length` bytes, in a flash of `flash_size` bytes. */
enum store_error store_check (const struct store_header *header, uint32_t length, uint32_t flash_size);

/* Bytes in flash of so many bytes of an image: what begins a piece takes a tag. */
static inline uint32_t
store_sealed_size (uint32_t size)
{
  return size + (size + STORE_PIECE - 1) / STORE_PIECE * STORE_TAG;
}

/* Pieces of the image, and the number of the first that has symbols. */
static inline uint32_t
store_pieces (const struct hv_image *image)
{
  return (image->size + STORE_PIECE - 1) / STORE_PIECE;
}

#endif
