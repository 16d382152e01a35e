/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/bundle.h"

static bool
same_name (const char *a, const char *b)
{
  for (uint32_t i = 0; i < POL_LABEL_MAX; i++) {
    if (a[i] != b[i])
      return false;
    if (a[i] == 0)
      return true;
  }
  return false;
}

const struct pol_label *
pol_bundle_find (const struct pol_bundle *bundle, const char *type)
{
  for (uint32_t i = 0; i < bundle->n_labels; i++)
    if (same_name (bundle->labels[i].type, type))
      return &bundle->labels[i];
  return NULL;
}

static bool
label_is_sane (const struct pol_bundle *bundle, const struct pol_label *label)
{
  const struct pol_header *h = bundle->image.header;

  if (label->type[0] == 0 || label->type[POL_LABEL_MAX - 1] != 0
      || label->object >= h->objects.count)
    return false;
  if (label->subject == POL_NONE)
    return label->self == POL_NONE;
  return label->subject < h->subjects.count && label->self < h->objects.count;
}

/* Whether a section lies between the header and the image. */
static bool
section_fits (const struct pol_section *section, uint32_t element, uint32_t image_offset)
{
  return section->offset % 8 == 0 && section->offset >= sizeof (struct pol_bundle_header)
         && section->offset <= image_offset
         && (uint64_t)section->count * element <= image_offset - section->offset;
}

bool
pol_bundle_open (struct pol_bundle *bundle, const void *data, size_t size)
{
  const struct pol_bundle_header *h = data;
  const uint8_t *base = data;

  if (size < sizeof *h || (uintptr_t)data % 8 != 0 || h->magic != POL_BUNDLE_MAGIC
      || h->format != POL_BUNDLE_FORMAT || h->size > size || h->size % 8 != 0
      || h->size < sizeof *h)
    return false;
  if (h->image_size > h->size - sizeof *h || h->image_size % 8 != 0)
    return false;
  uint32_t image_offset = h->size - h->image_size;
  if (h->labels.count > POL_BUNDLE_LABELS
      || !section_fits (&h->labels, sizeof (struct pol_label), image_offset)
      || !section_fits (&h->source, 1, image_offset))
    return false;
  if (!pol_image_open (&bundle->image, base + image_offset, h->image_size))
    return false;
  bundle->labels = (const struct pol_label *)(const void *)(base + h->labels.offset);
  bundle->n_labels = h->labels.count;
  for (uint32_t i = 0; i < bundle->n_labels; i++)
    if (!label_is_sane (bundle, &bundle->labels[i])
        || pol_bundle_find (bundle, bundle->labels[i].type) != &bundle->labels[i])
      return false;
  return true;
}
