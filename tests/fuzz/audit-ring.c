/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records as they stand in the hypervisor's audit ring, told by the control domain, and read again: whatever bytes they are
 * made of, audit.list answers with JSON, and each record in it is one for the console. */
#include "fuzz.h"
#include "methods.h"
#include "model/audit-record.h"
#include "model/item-private.h"
#include "port.h"
#include "rpc/json.h"

#define LIMIT 40

static GArray *ring; /* of struct pv_audit_record */
static GString *answer;
static struct json_writer writer;

/* ---- what the control domain has around it ---- */

long
port_audit_read (uint64_t since, struct pv_audit_record *records, uint32_t room, uint64_t *next)
{
  guint first = (guint)MIN (since, ring->len);
  guint count = MIN (room, ring->len - first);

  if (count > 0)
    memcpy (records, &g_array_index (ring, struct pv_audit_record, first), count * sizeof *records);
  *next = ring->len;
  return (long)count;
}

long
port_sysctl (struct pv_sysctl *operation)
{
  operation->u.physinfo.uptime_us = 1;
  return 0;
}

bool
call_get_uint (struct call *call, const char *name, uint64_t least, uint64_t most, uint64_t *value)
{
  if (g_str_equal (name, "since_seq"))
    *value = 0;
  else
    *value = LIMIT;
  return true;
}

struct json_writer *
call_result (struct call *call)
{
  return &writer;
}

struct json_writer *
call_fail (struct call *call, enum error_code code, const char *format, ...)
{
  g_error ("audit.list fails: %s", format);
}

static void
take (const char *bytes, size_t length)
{
  g_string_append_len (answer, bytes, (gssize)length);
}

/* ---- what the console makes of it ---- */

static void
read_record (JsonObject *object)
{
  g_autofree char *key = dmc_item_dup_key (object, "seq");
  g_autoptr (GObject) record = NULL;
  g_autofree char *subject = NULL, *reason = NULL, *cls = NULL, *permission = NULL;

  if (key == NULL)
    return; /* a number that no integer of the protocol holds */
  record = g_object_new (DMC_TYPE_AUDIT_RECORD, NULL);
  dmc_item_update (DMC_ITEM (record), key, object, 1);
  g_object_get (record, "subject", &subject, "reason", &reason, "class", &cls, "permission", &permission, NULL);
  if (subject == NULL || reason == NULL || cls == NULL || permission == NULL)
    g_error ("a record lacks what every record has");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct call call = { .out = &writer };
  guint n = (guint)MIN (size / sizeof (struct pv_audit_record), 64);
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (GError) error = NULL;
  JsonArray *records;

  ring = g_array_new (FALSE, FALSE, sizeof (struct pv_audit_record));
  if (n > 0)
    g_array_append_vals (ring, data, n);
  answer = g_string_new (NULL);
  json_writer_init (&writer, take);
  method_audit_list (&call);
  json_end_to (&writer, 0);
  json_flush (&writer);
  node = dmc_json_parse (answer->str, (gssize)answer->len, &error);
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    g_error ("the answer is no JSON: %s: %s", error != NULL ? error->message : "", answer->str);
  records = dmc_json_get_array (json_node_get_object (node), "records");
  if (records == NULL || json_array_get_length (records) > LIMIT)
    g_error ("the answer has no records, or more than were asked for");
  for (guint i = 0; i < json_array_get_length (records); i++)
    read_record (json_array_get_object_element (records, i));
  g_string_free (answer, TRUE);
  g_array_unref (ring);
  return 0;
}
