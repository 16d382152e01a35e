/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hypervisor is given: a compiled policy, by name the labels that its domains may have,
 * and the document that it was made of. */
#pragma once

#include "policy/image.h"

#define POL_BUNDLE_MAGIC  UINT32_C (0x424c5044) /* "DPLB" */
#define POL_BUNDLE_FORMAT 2
#define POL_BUNDLE_LABELS 64
#define POL_LABEL_MAX     32 /* bytes of a type's name, the ending zero included */

/* One label of domains, named by the type of its subject: whom it acts as, what it is to others,
 * and what it is to itself. Things that only others act on, such as the machine, have an object
 * alone. */
struct pol_label {
  char type[POL_LABEL_MAX];
  uint16_t subject; /* index in the image, or POL_NONE */
  uint16_t object;
  uint16_t self; /* index of an object, or POL_NONE */
  uint16_t reserved;
};

struct pol_bundle_header {
  uint32_t magic;
  uint32_t format;
  uint32_t size;             /* of the whole bundle, bytes */
  uint32_t image_size;       /* of the image, at its end */
  struct pol_section labels; /* struct pol_label */
  struct pol_section source; /* bytes: the document, packed by zlib; kept, and never looked at */
};

/* A bundle that was checked. */
struct pol_bundle {
  struct pol_image image;
  const struct pol_label *labels;
  uint32_t n_labels;
};

/**
 * pol_bundle_open:
 * @bundle: (out): filled in on success; refers to @data, which must outlive it and not change
 * @data: a bundle, from anywhere: nothing in it is believed; aligned to 8 bytes
 * @size: how many bytes there are; what follows the bundle is ignored
 *
 * Checks the image and that every label is one of it, has a name of its own, and is complete.
 *
 * Returns: whether the bundle can be used
 */
bool pol_bundle_open (struct pol_bundle *bundle, const void *data, size_t size);

/* The label of this name, or NULL. */
const struct pol_label *pol_bundle_find (const struct pol_bundle *bundle, const char *type);
