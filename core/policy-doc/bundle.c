/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-doc/bundle.h"

#include <gio/gio.h>
#include <string.h>

#include "policy-doc/document-private.h"
#include "rpc/error.h"
#include "rpc/json.h"

#define MACHINE "machine"

/* A document comes in one message of the protocol, so none is larger. */
#define SOURCE_MAX (2 * 1024 * 1024)

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

/* All that @converter makes of @bytes, but no more than @max: (nullable) with @error set */
static GBytes *
convert (GConverter *converter, const void *bytes, gsize length, gsize max, GError **error)
{
  g_autoptr (GInputStream) memory = g_memory_input_stream_new_from_data (bytes, (gssize)length, NULL);
  g_autoptr (GInputStream) stream = g_converter_input_stream_new (memory, converter);
  g_autofree char *buffer = g_malloc (max);
  gsize count;

  if (!g_input_stream_read_all (stream, buffer, max, &count, NULL, error))
    return NULL;
  return g_bytes_new (buffer, count);
}

static GBytes *
pack_source (const DmcPolicyDocument *document, GError **error)
{
  g_autoptr (GConverter) packer
      = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, 9));
  g_autofree char *text = json_to_string (document->node, FALSE);

  return convert (packer, text, strlen (text), strlen (text) + 1024, error);
}

static gsize
align (gsize size)
{
  return (size + 7) & ~(gsize)7;
}

static GBytes *
assemble (const GArray *labels, GBytes *source, const struct pol_header *image)
{
  gsize labels_size = align (labels->len * sizeof (struct pol_label));
  gsize source_size = align (g_bytes_get_size (source));
  struct pol_bundle_header header = {
    .magic = POL_BUNDLE_MAGIC,
    .format = POL_BUNDLE_FORMAT,
    .image_size = image->size,
    .labels = { .offset = sizeof header, .count = labels->len },
    .source = { .offset = (guint32)(sizeof header + labels_size),
                .count = (guint32)g_bytes_get_size (source) },
    .size = (guint32)(sizeof header + labels_size + source_size + image->size),
  };
  guint8 *memory = g_malloc0 (header.size);

  memcpy (memory, &header, sizeof header);
  memcpy (memory + header.labels.offset, labels->data, labels->len * sizeof (struct pol_label));
  memcpy (memory + header.source.offset, g_bytes_get_data (source, NULL), header.source.count);
  memcpy (memory + header.size - image->size, image, image->size);
  return g_bytes_new_take (memory, header.size);
}

GBytes *
dmc_policy_bundle_new (const DmcPolicyDocument *document, GError **error)
{
  g_autoptr (GArray) labels = g_array_new (FALSE, TRUE, sizeof (struct pol_label));
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) source = NULL;
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
  source = pack_source (document, error);
  if (source == NULL)
    return NULL;
  bytes = assemble (labels, source, document->image.header);
  /* The hypervisor's own check keeps this honest. */
  if (!pol_bundle_open (&bundle, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes))) {
    complain (error, MACHINE, "what was made of the policy does not pass its own check.");
    return NULL;
  }
  return g_steal_pointer (&bytes);
}

/* The document in a bundle that was checked: (nullable) */
static DmcPolicyDocument *
unpack_source (const struct pol_bundle_header *header, GError **error)
{
  g_autoptr (GConverter) unpacker
      = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB));
  g_autoptr (GPtrArray) problems = dmc_policy_problems_new ();
  g_autoptr (GBytes) text = convert (unpacker, (const guint8 *)header + header->source.offset,
                                     header->source.count, SOURCE_MAX, error);
  g_autoptr (JsonNode) node = NULL;

  if (text != NULL)
    node = dmc_json_parse (g_bytes_get_data (text, NULL), (gssize)g_bytes_get_size (text), error);
  return node != NULL ? dmc_policy_document_new (node, problems) : NULL;
}

DmcPolicyDocument *
dmc_policy_bundle_read (GBytes *bytes, GError **error)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);
  g_autoptr (DmcPolicyDocument) document = NULL;
  g_autoptr (GError) why = NULL;
  struct pol_bundle bundle;

  if (pol_bundle_open (&bundle, data, size))
    document = unpack_source (data, &why);
  if (document != NULL && document->image.header->size == bundle.image.header->size
      && memcmp (document->image.header, bundle.image.header, document->image.header->size) == 0)
    return g_steal_pointer (&document);
  g_propagate_error (
      error, dmc_error_new (DMC_ERROR_INTEGRITY,
                            "Load a policy that this version of Domicile has made.",
                            "The hypervisor's policy does not say what it was made of%s%s",
                            why != NULL ? ": " : ".", why != NULL ? why->message : ""));
  return NULL;
}
