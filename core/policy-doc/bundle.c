/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-doc/bundle.h"

#include "policy-doc/document-private.h"
#include "rpc/error.h"

#define MACHINE "machine"

static gboolean
complain (GError **error, const char *label, const char *what)
{
  g_propagate_error (
      error, dmc_error_new (DMC_ERROR_PARAMS,
                            "See “Labels of domains” in docs/policy.md for what each needs.",
                            "The label “%s” cannot be one of a domain: %s", label, what));
  return FALSE;
}

/* A label of the type that this object or subject has. */
static gboolean
name_label (struct pol_label *label,
            const DmcPolicyDocument *document,
            const char *name,
            guint16 type,
            GError **error)
{
  const char *text = type != POL_NONE ? dmc_policy_names_get (document->types, type) : "";

  if (*text == '\0')
    return complain (error, name, "it has no type.");
  if (g_strlcpy (label->type, text, sizeof label->type) >= sizeof label->type)
    return complain (error, name, "the name of its type is longer than 31 bytes.");
  return TRUE;
}

static gboolean
add_subject (GArray *labels, const DmcPolicyDocument *document, guint subject, GError **error)
{
  const char *name = dmc_policy_names_get (document->subjects, subject);
  g_autofree char *self_name = g_strconcat (name, ":self", NULL);
  int object = dmc_policy_names_find (document->objects, name);
  int self = dmc_policy_names_find (document->objects, self_name);
  struct pol_label label = { .subject = (guint16)subject };

  if (object < 0 || self < 0)
    return complain (error, name,
                     "it needs an object of its own name and one with “:self” behind it.");
  label.object = (guint16)object;
  label.self = (guint16)self;
  if (!name_label (&label, document, name,
                   g_array_index (document->subject_labels, struct pol_subject, subject).type,
                   error))
    return FALSE;
  for (guint i = 0; i < labels->len; i++)
    if (g_str_equal (g_array_index (labels, struct pol_label, i).type, label.type))
      return complain (error, name, "another label has the same type.");
  g_array_append_val (labels, label);
  return TRUE;
}

static gboolean
add_machine (GArray *labels, const DmcPolicyDocument *document, GError **error)
{
  int object = dmc_policy_names_find (document->objects, MACHINE);
  struct pol_label label = { .subject = POL_NONE, .self = POL_NONE };

  if (object < 0)
    return complain (error, MACHINE, "there is no such object.");
  label.object = (guint16)object;
  g_strlcpy (label.type, MACHINE, sizeof label.type);
  g_array_append_val (labels, label);
  return TRUE;
}

static GBytes *
assemble (const GArray *labels, const struct pol_header *image)
{
  struct pol_bundle_header header = {
    .magic = POL_BUNDLE_MAGIC,
    .format = POL_BUNDLE_FORMAT,
    .image_size = image->size,
    .labels = { .offset = sizeof header, .count = labels->len },
  };
  gsize labels_size = (labels->len * sizeof (struct pol_label) + 7) & ~(gsize)7;
  guint8 *memory;

  header.size = (guint32)(sizeof header + labels_size + image->size);
  memory = g_malloc0 (header.size);
  memcpy (memory, &header, sizeof header);
  memcpy (memory + sizeof header, labels->data, labels->len * sizeof (struct pol_label));
  memcpy (memory + sizeof header + labels_size, image, image->size);
  return g_bytes_new_take (memory, header.size);
}

GBytes *
dmc_policy_bundle_new (const DmcPolicyDocument *document, GError **error)
{
  g_autoptr (GArray) labels = g_array_new (FALSE, TRUE, sizeof (struct pol_label));
  g_autoptr (GBytes) bytes = NULL;
  struct pol_bundle bundle;

  if (document->subject_labels->len >= POL_BUNDLE_LABELS) {
    complain (error, dmc_policy_names_get (document->subjects, POL_BUNDLE_LABELS - 1),
              "there are more labels than the hypervisor has room for.");
    return NULL;
  }
  for (guint i = 0; i < document->subject_labels->len; i++)
    if (!add_subject (labels, document, i, error))
      return NULL;
  if (!add_machine (labels, document, error))
    return NULL;
  bytes = assemble (labels, document->image.header);
  /* The hypervisor's own check keeps this honest. */
  if (!pol_bundle_open (&bundle, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes))) {
    complain (error, MACHINE, "what was made of the policy does not pass its own check.");
    return NULL;
  }
  return g_steal_pointer (&bytes);
}
