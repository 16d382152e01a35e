/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/image.h"

static bool
section_fits (const struct pol_header *header,
              const struct pol_section *section,
              uint32_t element,
              uint32_t max_count)
{
  if (section->count > max_count || section->offset % 8 != 0
      || section->offset < sizeof (struct pol_header) || section->offset > header->size)
    return false;
  return (uint64_t)section->count * element <= header->size - section->offset;
}

static bool
header_is_sane (const struct pol_header *h, size_t size)
{
  if (h->magic != POL_IMAGE_MAGIC || h->format != POL_IMAGE_FORMAT || h->size != size)
    return false;
  if (h->models >> POL_N_MODELS
      || h->flags & ~(uint32_t)(POL_IMAGE_ENFORCING | POL_IMAGE_LOW_WATER_MARK))
    return false;
  return h->n_types <= POL_MAX_TYPES && h->n_levels <= POL_MAX_LEVELS
         && h->n_categories <= POL_MAX_CATEGORIES && h->n_integrity <= POL_MAX_LEVELS
         && h->n_datasets <= POL_MAX_DATASETS;
}

/* A level that nobody declared is the lowest of a ladder with one step. */
static bool
level_is_sane (uint32_t level, uint32_t n_levels)
{
  return level < n_levels || level == 0;
}

static bool
label_is_sane (const struct pol_header *h, uint32_t type, uint64_t categories, uint32_t integrity)
{
  if (type != POL_NONE && type >= h->n_types)
    return false;
  if (h->n_categories < 64 && categories >> h->n_categories != 0)
    return false;
  return level_is_sane (integrity, h->n_integrity);
}

static bool
labels_are_sane (const struct pol_image *image)
{
  const struct pol_header *h = image->header;

  for (uint32_t i = 0; i < h->subjects.count; i++) {
    const struct pol_subject *s = &image->subjects[i];

    if (!label_is_sane (h, s->type, s->categories, s->integrity)
        || !level_is_sane (s->read_level, h->n_levels) || s->write_level > s->read_level
        || (s->flags & ~(uint32_t)POL_SUBJECT_UNWALLED) != 0)
      return false;
  }
  for (uint32_t i = 0; i < h->objects.count; i++) {
    const struct pol_object *o = &image->objects[i];

    if (!label_is_sane (h, o->type, o->categories, o->integrity)
        || !level_is_sane (o->level, h->n_levels))
      return false;
    if (o->dataset != POL_NONE && o->dataset != POL_UNWALLED && o->dataset >= h->n_datasets)
      return false;
  }
  return true;
}

bool
pol_image_open (struct pol_image *image, const void *data, size_t size)
{
  const struct pol_header *h = data;
  const uint8_t *base = data;
  uint32_t words;

  if (size < sizeof *h || (uintptr_t)data % 8 != 0 || !header_is_sane (h, size))
    return false;
  words = pol_bitset_words (h->n_datasets);
  if (!section_fits (h, &h->rules, sizeof (struct pol_rule), POL_MAX_RULES)
      || !section_fits (h, &h->buckets, sizeof (uint16_t), POL_MAX_RULES)
      || (h->rules.count != 0 && h->buckets.count == 0)
      || !section_fits (h, &h->subjects, sizeof (struct pol_subject), POL_MAX_LABELS)
      || !section_fits (h, &h->objects, sizeof (struct pol_object), POL_MAX_LABELS)
      || !section_fits (h, &h->conflicts, sizeof (uint32_t), words * h->n_datasets)
      || h->conflicts.count != words * h->n_datasets
      || !section_fits (h, &h->datasets, sizeof (uint32_t), h->n_datasets)
      || h->datasets.count != h->n_datasets
      || !section_fits (h, &h->integrity, sizeof (uint32_t), h->n_integrity)
      || h->integrity.count != h->n_integrity)
    return false;

  *image = (struct pol_image){
    .header = h,
    .buckets = (const uint16_t *)(const void *)(base + h->buckets.offset),
    .rules = (const struct pol_rule *)(const void *)(base + h->rules.offset),
    .subjects = (const struct pol_subject *)(const void *)(base + h->subjects.offset),
    .objects = (const struct pol_object *)(const void *)(base + h->objects.offset),
    .conflicts = (const uint32_t *)(const void *)(base + h->conflicts.offset),
    .datasets = (const uint32_t *)(const void *)(base + h->datasets.offset),
    .integrity = (const uint32_t *)(const void *)(base + h->integrity.offset),
    .dataset_words = words,
  };
  return labels_are_sane (image);
}
