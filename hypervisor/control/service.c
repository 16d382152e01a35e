/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service.h"

#include "methods.h"

static const struct method methods[] = {
  { "server.info", method_server_info },
  { "channel.hello", method_channel_hello },
  { "state.begin", method_state_begin },
  { "state.finish", method_state_finish },
  { "guard.get", method_guard_get },
  { "guard.set", method_guard_set },
  { "battery.set", method_battery_set },
  { "policy.status", method_policy_status },
  { "policy.read", method_policy_read },
  { "policy.begin", method_policy_begin },
  { "policy.write", method_policy_write },
  { "policy.test", method_policy_test },
  { "policy.commit", method_policy_commit },
  { "policy.decide", method_policy_decide },
  { "policy.history", method_policy_history },
  { "events.subscribe", method_events_subscribe },
  { "events.unsubscribe", method_events_unsubscribe },
  { "host.info", method_host_info },
  { "host.attest", method_host_attest },
  { "audit.list", method_audit_list },
  { "disk.list", method_disk_list },
  { "image.list", method_image_list },
  { "domain.graph", method_domain_graph },
  { "domain.list", method_domain_list },
  { "domain.get", method_domain_get },
  { "domain.create", method_domain_create },
  { "domain.pause", method_domain_pause },
  { "domain.resume", method_domain_resume },
  { "domain.shutdown", method_domain_shutdown },
  { "domain.destroy", method_domain_destroy },
  { "domain.reboot", method_domain_reboot },
  { "domain.set", method_domain_set },
  { "domain.console", method_domain_console },
  { "domain.focus", method_domain_focus },
  { "domain.picture", method_domain_picture },
};

static struct json_writer *writer;
static struct json_document document;

static const char *
kind_of (enum error_code code)
{
  switch (code) {
  case ERROR_PARSE:
    return "parse";
  case ERROR_REQUEST:
    return "request";
  case ERROR_METHOD:
    return "method";
  case ERROR_PARAMS:
    return "params";
  case ERROR_NOT_FOUND:
    return "not-found";
  case ERROR_EXISTS:
    return "exists";
  case ERROR_STATE:
    return "state";
  case ERROR_DENIED:
    return "denied";
  case ERROR_RESOURCE:
    return "resource";
  case ERROR_INTEGRITY:
    return "integrity";
  case ERROR_IO:
    return "io";
  case ERROR_UNSUPPORTED:
    return "unsupported";
  default:
    return "internal";
  }
}

static void
write_code (struct json_writer *out, enum error_code code)
{
  char text[8] = "-";
  size_t length = 1;

  json_key (out, "code");
  if (code >= 0) {
    json_uint (out, (uint64_t)code);
    return;
  }
  /* -32700 to -32600: five digits */
  for (unsigned unit = 10000, rest = (unsigned)-code; unit > 0; rest %= unit, unit /= 10) {
    text[length++] = (char)('0' + rest / unit);
  }
  json_raw (out, text, length);
}

static void
begin_message (struct call *call)
{
  struct json_writer *out = call->out;

  json_begin_object (out);
  json_member_string (out, "jsonrpc", "2.0");
  json_key (out, "id");
  if (call->id == JSON_NONE) {
    json_raw (out, "null", 4);
  } else {
    size_t length;
    const char *source = json_source (call->request, call->id, &length);

    json_raw (out, source, length);
  }
}

struct json_writer *
call_result (struct call *call)
{
  begin_message (call);
  json_key (call->out, "result");
  return call->out;
}

struct json_writer *
call_fail (struct call *call, enum error_code code, const char *format, ...)
{
  struct json_writer *out = call->out;
  va_list arguments;

  begin_message (call);
  json_key (out, "error");
  json_begin_object (out);
  write_code (out, code);
  json_key (out, "message");
  va_start (arguments, format);
  json_vformat (out, format, arguments);
  va_end (arguments);
  json_key (out, "data");
  json_begin_object (out);
  json_member_string (out, "kind", kind_of (code));
  return out;
}

void
call_fail_param (struct call *call, const char *name, const char *what)
{
  struct json_writer *out = call_fail (call, ERROR_PARAMS, "%s: %s", name, what);

  json_member_string (out, "member", name);
}

bool
call_get_uint (struct call *call, const char *name, uint64_t least, uint64_t most, uint64_t *number)
{
  json_value value = json_member (call->request, call->params, name);
  uint64_t got;

  if (value == JSON_NONE) {
    return true;
  }
  if (!json_get_uint (call->request, value, &got)) {
    call_fail_param (call, name, "must be a whole number that is not negative");
    return false;
  }
  if (got < least || got > most) {
    struct json_writer *out
        = got < least
              ? call_fail (call, ERROR_PARAMS, "%s: must be at least %u", name, (unsigned)least)
              : call_fail (call, ERROR_PARAMS, "%s: must be at most %u", name, (unsigned)most);

    json_member_string (out, "member", name);
    return false;
  }
  *number = got;
  return true;
}

static const struct method *
find_method (json_value name)
{
  for (size_t i = 0; i < ARRAY_LENGTH (methods); i++) {
    if (json_equals (&document, name, methods[i].name)) {
      return &methods[i];
    }
  }
  return NULL;
}

/* An id is a string, a number or null; anything else is answered as if there were none. */
static bool
is_id (json_value id)
{
  enum json_type type = json_type_of (&document, id);
  size_t length;

  if (type == JSON_OTHER) {
    const char *source = json_source (&document, id, &length);

    return source[0] != 't' && source[0] != 'f';
  }
  return type == JSON_STRING;
}

static void
dispatch (struct call *call)
{
  json_value name = json_member (&document, 0, "method");
  const struct method *method;

  if (!json_equals (&document, json_member (&document, 0, "jsonrpc"), "2.0")
      || json_type_of (&document, name) != JSON_STRING || !is_id (call->id)) {
    call->id = is_id (call->id) ? call->id : JSON_NONE;
    call_fail (call, ERROR_REQUEST, "This is not a JSON-RPC 2.0 request with an id.");
    return;
  }
  method = find_method (name);
  if (method == NULL) {
    call_fail (call, ERROR_METHOD, "The control domain has no such method.");
  } else if (call->params != JSON_NONE && json_type_of (&document, call->params) != JSON_OBJECT) {
    call_fail (call, ERROR_PARAMS, "params: must be an object with named members.");
  } else {
    method->handler (call);
  }
}

void
service_init (struct json_writer *out)
{
  writer = out;
}

void
service_line (const char *line, size_t length)
{
  struct call call = { .request = &document, .id = JSON_NONE, .params = JSON_NONE, .out = writer };

  if (length == 0) {
    return;
  }
  if (!json_parse (&document, line, length)) {
    call_fail (&call, ERROR_PARSE, "This line is not a JSON message within the limits.");
  } else {
    call.id = json_member (&document, 0, "id");
    call.params = json_member (&document, 0, "params");
    dispatch (&call);
  }
  json_newline (writer);
}

void
service_line_too_long (void)
{
  struct call call = { .request = &document, .id = JSON_NONE, .params = JSON_NONE, .out = writer };

  call_fail (&call, ERROR_PARSE, "A request line has at most %u bytes.", SERVICE_LINE_MAX);
  json_newline (writer);
}
