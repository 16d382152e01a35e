/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>
#include <json-glib/json-glib.h>

#include "events.h"
#include "graph.h"
#include <pv/arch.h>
#include <xen/errno.h>

#include "hypervisor-model.h"
#include "json-check.h"
#include "service.h"

/* Parameters of domain.create with `devices`, which is JSON. */
#define WITH_DEVICES(devices)                                                                      \
  "{\"name\":\"a\",\"image\":\"talker\",\"memory_kib\":2048,\"devices\":" devices "}"

static GString *written;
static struct json_writer writer;

static void
sink (const char *bytes, size_t length)
{
  g_string_append_len (written, bytes, (gssize)length);
}

static void
hello (void)
{
  static const char line[] = "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"channel.hello\"}";

  service_line (line, sizeof line - 1);
  json_flush (&writer);
  g_assert_cmpstr (written->str, ==, "{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{\"channel\":1}}\n");
  g_string_truncate (written, 0);
}

static void
setup (void)
{
  if (written != NULL) {
    g_string_free (written, TRUE);
  }
  written = g_string_new (NULL);
  model_reset ();
  json_writer_init (&writer, sink);
  service_init (&writer);
  events_init (&writer);
  hello ();
}

/* Sends one line from a buffer without room behind it. */
static void
send_bytes (const char *line, gsize length)
{
  char *copy = g_malloc (length + (length == 0));

  memcpy (copy, line, length);
  service_line (copy, length);
  g_free (copy);
  json_flush (&writer);
}

/* Takes the oldest line that was written. */
static JsonObject *
take_line (void)
{
  char *newline = memchr (written->str, '\n', written->len);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  gsize length;

  g_assert_nonnull (newline);
  length = (gsize)(newline - written->str);
  g_assert_true (g_utf8_validate_len (written->str, length, NULL));
  g_assert_true (json_check (written->str, length));
  *newline = '\0';
  node = json_from_string (written->str, &error);
  g_assert_no_error (error);
  g_string_erase (written, 0, (gssize)length + 1);
  return json_object_ref (json_node_get_object (node));
}

static JsonObject *
ask (const char *method, const char *params)
{
  g_autofree char *line = g_strdup_printf (
      "{\"jsonrpc\":\"2.0\",\"id\":\"q\",\"method\":\"%s\",\"params\":%s}", method, params);
  JsonObject *answer;

  send_bytes (line, strlen (line));
  answer = take_line ();
  g_assert_cmpuint (written->len, ==, 0);
  g_assert_cmpstr (json_object_get_string_member (answer, "id"), ==, "q");
  g_assert_false (writer.broken);
  return answer;
}

static JsonObject *
ask_result (const char *method, const char *params)
{
  g_autoptr (JsonObject) answer = ask (method, params);

  if (json_object_has_member (answer, "error")) {
    g_error (
        "%s %s: %s", method, params,
        json_object_get_string_member (json_object_get_object_member (answer, "error"), "message"));
  }
  return json_object_ref (json_object_get_object_member (answer, "result"));
}

/* Expects an error; -> its data. */
static JsonObject *
ask_error (const char *method, const char *params, int code, const char *kind)
{
  g_autoptr (JsonObject) answer = ask (method, params);
  JsonObject *error, *data;

  g_assert_true (json_object_has_member (answer, "error"));
  error = json_object_get_object_member (answer, "error");
  data = json_object_get_object_member (error, "data");
  g_test_message ("%s", json_object_get_string_member (error, "message"));
  g_assert_cmpint (json_object_get_int_member (error, "code"), ==, code);
  g_assert_cmpstr (json_object_get_string_member (data, "kind"), ==, kind);
  g_assert_cmpuint (strlen (json_object_get_string_member (error, "message")), >, 10);
  return json_object_ref (data);
}

static void
expect_error (const char *method, const char *params, int code, const char *kind)
{
  g_autoptr (JsonObject) data = ask_error (method, params, code, kind);
}

static void
test_requests (void)
{
  static const struct {
    const char *line;
    int code;
  } cases[] = {
    { "garbage", -32700 },
    { "{", -32700 },
    { "{\"id\":1}", -32600 },
    { "[]", -32600 },
    { "1", -32700 },
    { "{\"jsonrpc\":\"2.0\",\"id\":1}", -32600 },
    { "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"host.info\"}", -32600 },
    { "{\"jsonrpc\":\"2.0\",\"method\":\"host.info\"}", -32600 },
    { "{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"host.info\"}", -32600 },
    { "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"host.info\"}", -32600 },
    { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}", -32600 },
    { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"host.inf\"}", -32601 },
    { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\"}", -32601 },
    { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"host.info\",\"params\":[1]}", -32602 },
    { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"host.info\",\"params\":3}", -32602 },
  };

  setup ();
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (JsonObject) answer = NULL;

    g_test_message ("%s", cases[i].line);
    send_bytes (cases[i].line, strlen (cases[i].line));
    answer = take_line ();
    g_assert_cmpint (
        json_object_get_int_member (json_object_get_object_member (answer, "error"), "code"), ==,
        cases[i].code);
  }
  send_bytes ("", 0);
  g_assert_cmpuint (written->len, ==, 0);
}

static void
test_information (void)
{
  g_autoptr (JsonObject) info = NULL, host = NULL, images = NULL, list = NULL;
  JsonObject *first;

  setup ();
  info = ask_result ("server.info", "{}");
  g_assert_cmpint (json_object_get_int_member (info, "protocol"), ==, 1);
  host = ask_result ("host.info", "{}");
  g_assert_cmpint (json_object_get_int_member (host, "free_kib"), ==, model_free_kib ());
  g_assert_cmpstr (
      json_object_get_string_member (json_object_get_object_member (host, "hypervisor"), "abi"), ==,
      "1.0");
  images = ask_result ("image.list", "{}");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (images, "images")), ==, 3);
  list = ask_result ("domain.list", "{}");
  first = json_array_get_object_element (json_object_get_array_member (list, "domains"), 1);
  g_assert_cmpstr (json_object_get_string_member (first, "name"), ==, "guest-1");
  g_assert_cmpstr (json_object_get_string_member (first, "role"), ==, "guest");
}

static void
test_uuid_stays (void)
{
  g_autoptr (JsonObject) a = NULL, b = NULL, control = NULL;

  setup ();
  a = ask_result ("domain.get", "{\"id\":1}");
  model_advance_ms (5);
  b = ask_result ("domain.get", "{\"id\":1}");
  control = ask_result ("domain.get", "{\"id\":0}");
  g_assert_cmpstr (json_object_get_string_member (a, "uuid"), ==,
                   json_object_get_string_member (b, "uuid"));
  g_assert_true (g_uuid_string_is_valid (json_object_get_string_member (a, "uuid")));
  g_assert_cmpstr (json_object_get_string_member (a, "uuid"), !=,
                   json_object_get_string_member (control, "uuid"));
}

/* Names come from the image's symbol table; a guess that leads nowhere is left out. */
static void
check_crash (JsonObject *crash)
{
  static const char *const symbols[] = { "inner", "first", NULL };
  JsonArray *trace = json_object_get_array_member (crash, "backtrace");

  g_assert_cmpuint (json_array_get_length (trace), ==, G_N_ELEMENTS (symbols));
  for (guint i = 0; i < G_N_ELEMENTS (symbols); i++) {
    JsonObject *frame = json_array_get_object_element (trace, i);

    if (symbols[i] == NULL) {
      g_assert_false (json_object_has_member (frame, "symbol"));
      continue;
    }
    g_assert_cmpstr (json_object_get_string_member (frame, "symbol"), ==, symbols[i]);
  }
  g_assert_cmpint (
      json_object_get_int_member (json_array_get_object_element (trace, 0), "offset"), ==, 0x34);
  g_assert_cmpstr (json_object_get_string_member (
                       json_object_get_object_member (crash, "registers"), "pc"),
                   ==, "0xc0001234");
}

static void
test_life (void)
{
  g_autoptr (JsonObject) created = NULL, domain = NULL, data = NULL, crashed = NULL;
  uint32_t before;

  setup ();
  before = model_free_kib ();
  created = ask_result (
      "domain.create", "{\"name\":\"n1\",\"image\":\"talker\",\"memory_kib\":2048,\"weight\":512}");
  g_assert_cmpint (json_object_get_int_member (created, "id"), ==, 2);
  g_assert_cmpuint (model_free_kib (), ==, before - 2048);
  domain = ask_result ("domain.resume", "{\"id\":2}");
  g_assert_cmpstr (json_object_get_string_member (domain, "state"), ==, "blocked");
  data = ask_error ("domain.resume", "{\"id\":2}", 3, "state");
  g_assert_cmpstr (json_object_get_string_member (data, "state"), ==, "blocked");
  json_object_unref (ask_result ("domain.pause", "{\"id\":2}"));
  expect_error ("domain.pause", "{\"id\":2}", 3, "state");
  expect_error ("domain.shutdown", "{\"id\":2}", 3, "state");
  model_crash (2);
  crashed = ask_result ("domain.get", "{\"id\":2}");
  g_assert_nonnull (strstr (json_object_get_string_member (crashed, "crash_reason"), "0xc0001234"));
  check_crash (json_object_get_object_member (crashed, "crash"));
  expect_error ("domain.pause", "{\"id\":2}", 3, "state");
  json_object_unref (ask_result ("domain.destroy", "{\"id\":2}"));
  expect_error ("domain.destroy", "{\"id\":2}", 1, "not-found");
  g_assert_cmpuint (model_free_kib (), ==, before);
}

static void
test_reboot (void)
{
  g_autoptr (JsonObject) before = NULL, after = NULL, failed = NULL;
  uint32_t free_kib;

  setup ();
  free_kib = model_free_kib ();
  json_object_unref (ask_result ("domain.set", "{\"id\":1,\"weight\":99}"));
  model_crash (1);
  before = ask_result ("domain.get", "{\"id\":1}");
  after = ask_result ("domain.reboot", "{\"id\":1}");
  g_assert_cmpstr (json_object_get_string_member (after, "state"), ==, "blocked");
  g_assert_cmpint (json_object_get_int_member (after, "id"), ==, 1);
  g_assert_cmpint (json_object_get_int_member (after, "weight"), ==, 99);
  g_assert_cmpstr (json_object_get_string_member (after, "uuid"), ==,
                   json_object_get_string_member (before, "uuid"));
  g_assert_cmpuint (model_free_kib (), ==, free_kib);
  model_rebuild_error = -XEN_EBADMSG; /* the domain stays */
  expect_error ("domain.reboot", "{\"id\":1}", 7, "integrity");
  failed = ask_result ("domain.get", "{\"id\":1}");
  g_assert_cmpstr (json_object_get_string_member (failed, "state"), ==, "shutdown");
  g_assert_cmpint (json_object_get_int_member (failed, "weight"), ==, 99);
}

static void
test_refused_create (void)
{
  static const struct {
    const char *params;
    int code;
    const char *kind;
  } cases[] = {
    { "{}", -32602, "params" },
    { "{\"name\":\"a\"}", -32602, "params" },
    { "{\"name\":\"a\",\"image\":\"talker\"}", -32602, "params" },
    { "{\"name\":\"a b\",\"image\":\"talker\",\"memory_kib\":2048}", -32602, "params" },
    { "{\"name\":\"\",\"image\":\"talker\",\"memory_kib\":2048}", -32602, "params" },
    { "{\"name\":7,\"image\":\"talker\",\"memory_kib\":2048}", -32602, "params" },
    { "{\"name\":\"0123456789012345678901234567890123\",\"image\":\"talker\",\"memory_kib\":2048}",
      -32602, "params" },
    { "{\"name\":\"a\",\"image\":\"talker\",\"memory_kib\":0}", -32602, "params" },
    { "{\"name\":\"a\",\"image\":\"talker\",\"memory_kib\":-5}", -32602, "params" },
    { "{\"name\":\"a\",\"image\":\"talker\",\"memory_kib\":\"2048\"}", -32602, "params" },
    { "{\"name\":\"a\",\"image\":\"talker\",\"memory_kib\":512}", -32602, "params" },
    { "{\"name\":\"a\",\"image\":\"talker\",\"memory_kib\":2048,\"weight\":0}", -32602, "params" },
    { "{\"name\":\"a\",\"image\":\"talker\",\"memory_kib\":2048,\"weight\":65536}", -32602,
      "params" },
    { "{\"name\":\"a\",\"image\":\"nothing\",\"memory_kib\":2048}", 1, "not-found" },
    { "{\"name\":\"a\",\"image\":\"012345678901234567890123456789012\",\"memory_kib\":2048}", 1,
      "not-found" },
    { "{\"name\":\"guest-1\",\"image\":\"talker\",\"memory_kib\":2048}", 2, "exists" },
    { "{\"name\":\"a\",\"image\":\"talker\",\"memory_kib\":60000}", 6, "resource" },
    { "{\"name\":\"a\",\"image\":\"talker\",\"memory_kib\":4294967296}", 6, "resource" },
    { "{\"name\":\"a\",\"image\":\"talker\",\"memory_kib\":9007199254740991}", 6, "resource" },
    { "{\"name\":\"a\",\"image\":\"damaged\",\"memory_kib\":2048}", 7, "integrity" },
    { "{\"name\":\"a\",\"image\":\"text\",\"memory_kib\":2048}", 7, "integrity" },
    { "{\"name\":\"a\",\"image\":\"talker\",\"memory_kib\":2048,\"vcpus\":5}", -32602, "params" },
    { "{\"name\":\"a\",\"image\":\"talker\",\"memory_kib\":2048,\"budget_us\":500}", -32602,
      "params" },
    { "{\"name\":\"a\",\"image\":\"talker\",\"memory_kib\":2048,\"vcpu_affinity\":[[]]}", -32602,
      "params" },
    { "{\"name\":\"a\",\"image\":\"talker\",\"memory_kib\":2048,\"sched\":\"magic\"}", -32602,
      "params" },
    { WITH_DEVICES ("7"), -32602, "params" },
    { WITH_DEVICES ("[\"uart\"]"), -32602, "params" },
    { WITH_DEVICES ("[{\"kind\":\"uart\",\"name\":\"a\"}]"), -32602, "params" },
    { WITH_DEVICES ("[{\"kind\":\"disk\"}]"), -32602, "params" },
    { WITH_DEVICES ("[{\"kind\":\"disk\",\"name\":\"\"}]"), -32602, "params" },
    { WITH_DEVICES ("[{\"kind\":\"disk\",\"name\":\"012345678901234567890123\"}]"), -32602,
      "params" },
    { WITH_DEVICES ("[{\"kind\":\"disk\",\"name\":\"data\",\"read_only\":1}]"), -32602,
      "params" },
    { WITH_DEVICES ("[{\"kind\":\"net\"},{\"kind\":\"net\"},{\"kind\":\"net\"},"
                    "{\"kind\":\"net\"},{\"kind\":\"net\"},{\"kind\":\"net\"},"
                    "{\"kind\":\"net\"},{\"kind\":\"net\"},{\"kind\":\"net\"}]"),
      -32602, "params" },
    { WITH_DEVICES ("[{\"kind\":\"net\"}]"), 8, "unsupported" },
    { WITH_DEVICES ("[{\"kind\":\"disk\",\"name\":\"none\"}]"), 1, "not-found" },
    { WITH_DEVICES ("[{\"kind\":\"disk\",\"name\":\"data\"},"
                    "{\"kind\":\"disk\",\"name\":\"data\",\"read_only\":true}]"),
      2, "exists" },
    { "{\"name\":\"a\",\"image\":\"talker\",\"memory_kib\":2048,\"label\":{\"type\":\"bank_t\"}}",
      1, "not-found" },
    { "{\"name\":\"a\",\"image\":\"talker\",\"memory_kib\":2048,\"label\":{\"type\":\"guest_t\","
      "\"level\":\"secret\"}}",
      8, "unsupported" },
    { "{\"name\":\"a\",\"image\":\"talker\",\"memory_kib\":2048,\"label\":{\"type\":7}}", -32602,
      "params" },
  };
  uint32_t before;

  setup ();
  before = model_free_kib ();
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_test_message ("%s", cases[i].params);
    expect_error ("domain.create", cases[i].params, cases[i].code, cases[i].kind);
    g_assert_cmpuint (model_free_kib (), ==, before);
  }
}

static void
test_devices (void)
{
  g_autoptr (JsonObject) list = NULL, created = NULL, domain = NULL, again = NULL, reader = NULL;
  g_autofree char *params = NULL;
  JsonObject *device, *disk;

  setup ();
  created = ask_result ("domain.create", WITH_DEVICES ("[{\"kind\":\"disk\",\"name\":\"data\"}]"));
  domain = ask_result ("domain.get", "{\"id\":2}");
  device = json_array_get_object_element (json_object_get_array_member (domain, "devices"), 0);
  g_assert_cmpstr (json_object_get_string_member (device, "kind"), ==, "disk");
  g_assert_cmpstr (json_object_get_string_member (device, "name"), ==, "data");
  g_assert_cmpstr (json_object_get_string_member (device, "state"), ==, "waiting");
  g_assert_cmpint (json_object_get_int_member (device, "size_bytes"), ==, 4096 * 512);
  g_assert_false (json_object_get_boolean_member (device, "read_only"));

  expect_error ("domain.create",
                "{\"name\":\"b\",\"image\":\"talker\",\"memory_kib\":2048,"
                "\"devices\":[{\"kind\":\"disk\",\"name\":\"data\"}]}",
                2, "exists");
  list = ask_result ("disk.list", "{}");
  disk = json_array_get_object_element (json_object_get_array_member (list, "disks"), 0);
  g_assert_cmpint (json_object_get_int_member (disk, "writers"), ==, 1);

  /* A domain that starts again has its disk again; one that is destroyed gives it back. */
  again = ask_result ("domain.reboot", "{\"id\":2}");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (again, "devices")), ==, 1);
  params = g_strdup_printf ("{\"id\":%d}", (int)json_object_get_int_member (again, "id"));
  json_object_unref (ask_result ("domain.destroy", params));
  reader = ask_result ("domain.create",
                WITH_DEVICES ("[{\"kind\":\"disk\",\"name\":\"data\",\"read_only\":true}]"));
}

static void
test_audit (void)
{
  g_autoptr (JsonObject) list = NULL, none = NULL;
  JsonObject *record;

  setup ();
  list = ask_result ("audit.list", "{}");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (list, "records")), ==, 1);
  record = json_array_get_object_element (json_object_get_array_member (list, "records"), 0);
  g_assert_cmpint (json_object_get_int_member (record, "seq"), ==, 1);
  g_assert_cmpstr (json_object_get_string_member (record, "subject"), ==, "guest_t");
  g_assert_cmpstr (json_object_get_string_member (record, "class"), ==, "domain");
  g_assert_cmpstr (json_object_get_string_member (record, "permission"), ==, "pause");
  g_assert_true (json_object_get_boolean_member (record, "enforced"));
  none = ask_result ("audit.list", "{\"since_seq\":1}");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (none, "records")), ==, 0);
  expect_error ("audit.list", "{\"limit\":0}", -32602, "params");
}

static void
test_memory_limit (void)
{
  g_autoptr (JsonObject) data = NULL;

  setup ();
  data = ask_error ("domain.create", "{\"name\":\"a\",\"image\":\"talker\",\"memory_kib\":60000}",
                    6, "resource");
  g_assert_cmpstr (json_object_get_string_member (data, "resource"), ==, "memory");
  g_assert_cmpint (json_object_get_int_member (data, "limit"), ==, model_free_kib ());
}

static void
test_set (void)
{
  g_autoptr (JsonObject) domain = NULL, same = NULL;

  setup ();
  domain = ask_result ("domain.set", "{\"id\":1,\"weight\":100,\"cap_percent\":50}");
  g_assert_cmpint (json_object_get_int_member (domain, "weight"), ==, 100);
  g_assert_cmpint (json_object_get_int_member (domain, "cap_percent"), ==, 50);
  expect_error ("domain.set", "{\"id\":1,\"weight\":200,\"memory_kib\":8192}", -32602, "params");
  expect_error ("domain.set",
                "{\"id\":1,\"weight\":200,\"sched\":\"realtime\",\"budget_us\":9500,"
                "\"period_us\":10000}",
                6, "resource");
  expect_error ("domain.set", "{\"id\":1,\"weight\":200,\"cap_percent\":101}", -32602, "params");
  same = ask_result ("domain.set", "{\"id\":1,\"memory_kib\":4096}");
  g_assert_cmpint (json_object_get_int_member (same, "weight"), ==, 100);
}

static void
test_set_memory (void)
{
  g_autoptr (JsonObject) created = NULL, set = NULL, data = NULL;
  uint32_t free_kib;

  setup ();
  created = ask_result ("domain.create", "{\"name\":\"b\",\"image\":\"talker\",\"memory_kib\":2048,"
                                         "\"max_memory_kib\":1000000}");
  free_kib = model_free_kib ();
  set = ask_result ("domain.set", "{\"id\":2,\"memory_kib\":1024}");
  g_assert_cmpint (json_object_get_int_member (set, "memory_kib"), ==, 1024);
  g_assert_cmpint (json_object_get_int_member (set, "target_memory_kib"), ==, 1024);
  g_assert_cmpint (json_object_get_int_member (set, "max_memory_kib"), ==, 1000000);
  g_assert_cmpuint (model_free_kib (), ==, free_kib + 1024);
  data = ask_error ("domain.set", "{\"id\":2,\"memory_kib\":1023}", -32602, "params");
  g_assert_cmpint (json_object_get_int_member (data, "limit"), ==, 1024);
  g_clear_pointer (&data, json_object_unref);
  data = ask_error ("domain.set", "{\"id\":2,\"memory_kib\":1000001}", -32602, "params");
  g_assert_cmpint (json_object_get_int_member (data, "limit"), ==, 1000000);
  g_clear_pointer (&data, json_object_unref);
  data = ask_error ("domain.set", "{\"id\":2,\"memory_kib\":900000}", 6, "resource");
  g_assert_cmpint (json_object_get_int_member (data, "limit"), ==, model_free_kib ());
  expect_error ("domain.set", "{\"id\":0,\"memory_kib\":4096}", 4, "denied");
  expect_error ("domain.create", "{\"name\":\"c\",\"image\":\"talker\",\"memory_kib\":2048,"
                                 "\"max_memory_kib\":2047}", -32602, "params");
  expect_error ("domain.create", "{\"name\":\"c\",\"image\":\"talker\",\"memory_kib\":2048,"
                                 "\"max_memory_kib\":1048577}", -32602, "params");
}

static void
test_control_domain_is_safe (void)
{
  static const char *const methods[]
      = { "domain.pause", "domain.resume", "domain.shutdown", "domain.destroy" };

  setup ();
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++) {
    expect_error (methods[i], "{\"id\":0}", 4, "denied");
  }
  json_object_unref (ask_result ("domain.reboot", "{\"id\":0}"));
  g_assert_cmpuint (model_restarts (), ==, 1);
}

static void
test_console (void)
{
  g_autoptr (JsonObject) all = NULL, later = NULL, typed = NULL, rest = NULL, overrun = NULL;
  g_autofree char *flood = g_strnfill (5000, 'f');

  setup ();
  model_console_print (1, "one\n\x1b[31m\xff\xed\x95", 12); /* ends inside a character */
  all = ask_result ("domain.console", "{\"id\":1}");
  g_assert_cmpstr (json_object_get_string_member (all, "text"), ==, "one\n\x1b[31m\xef\xbf\xbd");
  g_assert_cmpint (json_object_get_int_member (all, "next"), ==, 10);
  model_console_print (1, "\x9c!", 2);
  later = ask_result ("domain.console", "{\"id\":1,\"since\":10}");
  g_assert_cmpstr (json_object_get_string_member (later, "text"), ==, "\xed\x95\x9c!");

  typed = ask_result ("domain.console", "{\"id\":1,\"write\":\"ps\\n\"}");
  g_assert_cmpint (json_object_get_int_member (typed, "written"), ==, 3);
  g_assert_cmpstr (model_console_typed (1), ==, "ps\n");
  rest = ask_result ("domain.console", "{\"id\":1,\"write\":\"01234567890123456789\"}");
  g_assert_cmpint (json_object_get_int_member (rest, "written"), ==, 16);
  expect_error ("domain.console", "{\"id\":1,\"write\":\"x\"}", 6, "resource");
  expect_error ("domain.console", "{\"id\":1,\"write\":\"\\ud800\"}", -32602, "params");
  expect_error ("domain.console", "{\"id\":1,\"write\":5}", -32602, "params");
  expect_error ("domain.console", "{\"id\":1,\"since\":-1}", -32602, "params");

  model_console_print (1, flood, 5000);
  overrun = ask_result ("domain.console", "{\"id\":1,\"since\":1}");
  g_assert_cmpint (json_object_get_int_member (overrun, "lost"), ==, 14 + 5000 - 4096 - 1);
  g_assert_cmpuint (strlen (json_object_get_string_member (overrun, "text")), ==, 4096);
}

static JsonObject *
take_event (const char *topic)
{
  g_autoptr (JsonObject) line = NULL;
  JsonObject *params;

  json_flush (&writer);
  line = take_line ();
  g_assert_cmpstr (json_object_get_string_member (line, "method"), ==, "event");
  params = json_object_get_object_member (line, "params");
  g_assert_cmpstr (json_object_get_string_member (params, "topic"), ==, topic);
  return json_object_ref (json_object_get_object_member (params, "data"));
}

static void
run (uint64_t ms)
{
  model_advance_ms (ms);
  events_run (port_time_ns ());
  json_flush (&writer);
}

static void
test_domain_events (void)
{
  g_autoptr (JsonObject) subscription = NULL, created = NULL, changed = NULL, gone = NULL;

  setup ();
  subscription = ask_result ("events.subscribe", "{\"topics\":[\"domain\"]}");
  run (200);
  g_assert_cmpuint (written->len, ==, 0); /* nothing is new */
  json_object_unref (
      ask_result ("domain.create", "{\"name\":\"a\",\"image\":\"talker\",\"memory_kib\":2048}"));
  run (10); /* at once, not at the next look */
  created = take_event ("domain");
  g_assert_cmpstr (json_object_get_string_member (created, "change"), ==, "created");
  run (200);
  model_crash (2);
  events_scan_soon ();
  run (10);
  changed = take_event ("domain");
  g_assert_cmpstr (json_object_get_string_member (changed, "change"), ==, "changed");
  g_assert_true (
      json_object_has_member (json_object_get_object_member (changed, "domain"), "crash_reason"));
  json_object_unref (ask_result ("domain.destroy", "{\"id\":2}"));
  run (10);
  gone = take_event ("domain");
  g_assert_cmpstr (json_object_get_string_member (gone, "change"), ==, "gone");
  g_assert_cmpint (json_object_get_int_member (gone, "id"), ==, 2);
  run (200);
  g_assert_cmpuint (written->len, ==, 0);
}

static void
test_console_events (void)
{
  g_autoptr (JsonObject) event = NULL;

  setup ();
  model_console_print (1, "old", 3);
  json_object_unref (ask_result ("events.subscribe", "{\"topics\":[\"console\"]}"));
  run (200);
  g_assert_cmpuint (written->len, ==, 0);
  model_console_print (1, "new \xed\x95\x9c", 7);
  run (1000); /* found without an announcement, too */
  event = take_event ("console");
  g_assert_cmpstr (json_object_get_string_member (event, "text"), ==, "new \xed\x95\x9c");
  g_assert_cmpint (json_object_get_int_member (event, "next"), ==, 10);
}

static void
test_stats_events (void)
{
  g_autoptr (JsonObject) first = NULL, second = NULL;

  setup ();
  g_assert_cmpuint (events_run (port_time_ns ()), ==, 0);
  json_object_unref (
      ask_result ("events.subscribe", "{\"topics\":[\"stats\"],\"interval_ms\":500}"));
  run (0);
  first = take_event ("stats");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (first, "domains")), ==, 2);
  run (499);
  g_assert_cmpuint (written->len, ==, 0);
  run (1);
  second = take_event ("stats");
  run (5000); /* late: one event, not ten */
  json_object_unref (take_event ("stats"));
  g_assert_cmpuint (written->len, ==, 0);
  hello ();
  g_assert_cmpuint (events_run (port_time_ns () + 1000000000), ==, 0);
}

/* The rate of one kind from domain 1 to domain 0; -1: there is no such edge. */
static gint64
rate_of (const char *kind)
{
  g_autoptr (JsonObject) graph = ask_result ("domain.graph", "{}");
  JsonArray *edges = json_object_get_array_member (graph, "edges");

  for (guint i = 0; i < json_array_get_length (edges); i++) {
    JsonObject *edge = json_array_get_object_element (edges, i);

    if (g_str_equal (json_object_get_string_member (edge, "kind"), kind)
        && json_object_get_int_member (edge, "from") == 1
        && json_object_get_int_member (edge, "to") == 0) {
      return json_object_get_int_member (edge, "rate_per_s");
    }
  }
  return -1;
}

static void
test_graph (void)
{
  setup ();
  g_assert_cmpint (rate_of ("event"), ==, -1);
  model_advance_ms (2000);
  model_flow (1, 0, 1000, 10, 500);
  graph_run (port_time_ns ());
  model_advance_ms (2000);
  graph_run (port_time_ns ());
  g_assert_cmpint (rate_of ("event"), ==, 0); /* it was busy once */
  model_flow (1, 0, 3000, 10, 4500);
  model_advance_ms (2000);
  /* 2000 events and 4000 frames in the 4 seconds since the reading before the last. */
  g_assert_cmpint (graph_run (port_time_ns ()), ==, port_time_ns () + 2000000000);
  g_assert_cmpint (rate_of ("event"), ==, 1000);
  g_assert_cmpint (rate_of ("net"), ==, 2000);
  g_assert_cmpint (rate_of ("grant"), ==, 0);
  g_assert_cmpint (rate_of ("block"), ==, -1);
  /* A channel that was closed and opened again counts from zero. */
  model_flow (1, 0, 400, 10, 4500);
  model_advance_ms (2000);
  g_assert_cmpint (rate_of ("event"), ==, 100);
}

static void
test_subscriptions (void)
{
  g_autoptr (JsonObject) mine = NULL;
  g_autofree char *params = NULL;

  setup ();
  expect_error ("events.subscribe", "{}", -32602, "params");
  expect_error ("events.subscribe", "{\"topics\":[]}", -32602, "params");
  expect_error ("events.subscribe", "{\"topics\":[\"moon\"]}", -32602, "params");
  expect_error ("events.subscribe", "{\"topics\":\"stats\"}", -32602, "params");
  expect_error ("events.subscribe", "{\"topics\":[\"stats\"],\"interval_ms\":99}", -32602,
                "params");
  mine = ask_result ("events.subscribe", "{\"topics\":[\"stats\",\"domain\"]}");
  params = g_strdup_printf ("{\"subscription\":\"%s\"}",
                            json_object_get_string_member (mine, "subscription"));
  json_object_unref (ask_result ("events.unsubscribe", params));
  expect_error ("events.unsubscribe", params, 1, "not-found");
  for (int i = 0; i < 8; i++) {
    json_object_unref (ask_result ("events.subscribe", "{\"topics\":[\"domain\"]}"));
  }
  expect_error ("events.subscribe", "{\"topics\":[\"domain\"]}", 6, "resource");
}

/* Changes, cuts, doubles and joins requests. Whatever comes, each line gets one good line back. */
static void
test_mutated_requests (void)
{
  static const char *const seeds[] = {
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"domain.create\",\"params\":{\"name\":\"f\","
    "\"image\":\"talker\",\"memory_kib\":2048,\"label\":{\"type\":\"guest_t\"}}}",
    "{\"jsonrpc\":\"2.0\",\"id\":\"a\\u0041\",\"method\":\"domain.console\",\"params\":{\"id\":1,"
    "\"write\":\"\\ud83d\\ude00x\",\"since\":0}}",
    "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"domain.set\",\"params\":{\"id\":1,\"weight\":3,"
    "\"sched\":\"fair\"}}",
    "{\"jsonrpc\":\"2.0\",\"id\":1.5e3,\"method\":\"events.subscribe\",\"params\":{\"topics\":["
    "\"stats\",\"console\"],\"interval_ms\":100}}",
    "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"domain.list\",\"params\":{\"x\":[[[{\"y\":[1,2,3]}]"
    "]]}}",
    "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"domain.destroy\",\"params\":{\"id\":2}}",
  };
  static const char spice[] = "{}[]\",:\\u0019e-+.tfn \t\x80\xff\x00";
  GRand *random = g_rand_new_with_seed (20090901);
  guint answered = 0;

  setup ();
  for (int round = 0; round < 60000; round++) {
    GString *line = g_string_new (seeds[g_rand_int_range (random, 0, G_N_ELEMENTS (seeds))]);
    int changes = g_rand_int_range (random, 0, 6);

    if (round % 500 == 0) {
      setup (); /* what the requests destroyed is back */
    }
    for (int i = 0; i < changes && line->len > 0; i++) {
      gsize at = (gsize)g_rand_int_range (random, 0, (int)line->len);
      char byte = spice[g_rand_int_range (random, 0, sizeof spice - 1)];

      switch (g_rand_int_range (random, 0, 4)) {
      case 0:
        line->str[at] = byte;
        break;
      case 1:
        g_string_insert_c (line, (gssize)at, byte);
        break;
      case 2:
        g_string_erase (line, (gssize)at, MIN (1 + (gssize)(at % 7), (gssize)(line->len - at)));
        break;
      default:
        g_string_insert_len (line, (gssize)at, line->str, (gssize)at);
      }
    }
    send_bytes (line->str, line->len);
    if (line->len > 0) {
      g_autoptr (JsonObject) answer = take_line ();

      g_assert_true (json_object_has_member (answer, "result")
                     != json_object_has_member (answer, "error"));
      answered += json_object_has_member (answer, "result");
    }
    g_assert_cmpuint (written->len, ==, 0);
    g_assert_cmpuint (writer.depth, ==, 0);
    g_string_free (line, TRUE);
  }
  g_assert_cmpuint (answered, >, 5000);
  g_rand_free (random);
}

static void
test_line_too_long (void)
{
  g_autoptr (JsonObject) answer = NULL;

  setup ();
  service_line_too_long ();
  json_flush (&writer);
  answer = take_line ();
  g_assert_true (json_object_get_null_member (answer, "id"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/control/service/requests", test_requests);
  g_test_add_func ("/control/service/information", test_information);
  g_test_add_func ("/control/service/uuid-stays", test_uuid_stays);
  g_test_add_func ("/control/service/life", test_life);
  g_test_add_func ("/control/service/reboot", test_reboot);
  g_test_add_func ("/control/service/set-memory", test_set_memory);
  g_test_add_func ("/control/service/refused-create", test_refused_create);
  g_test_add_func ("/control/service/devices", test_devices);
  g_test_add_func ("/control/service/audit", test_audit);
  g_test_add_func ("/control/service/memory-limit", test_memory_limit);
  g_test_add_func ("/control/service/set", test_set);
  g_test_add_func ("/control/service/control-domain-is-safe", test_control_domain_is_safe);
  g_test_add_func ("/control/service/console", test_console);
  g_test_add_func ("/control/service/domain-events", test_domain_events);
  g_test_add_func ("/control/service/console-events", test_console_events);
  g_test_add_func ("/control/service/stats-events", test_stats_events);
  g_test_add_func ("/control/service/graph", test_graph);
  g_test_add_func ("/control/service/subscriptions", test_subscriptions);
  g_test_add_func ("/control/service/mutated-requests", test_mutated_requests);
  g_test_add_func ("/control/service/line-too-long", test_line_too_long);
  return g_test_run ();
}
