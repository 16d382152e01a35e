/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <xen/errno.h>

#include "console.h"
#include "domain-methods.h"
#include "methods.h"

/* Longest input of one call, in bytes. */
#define INPUT_MAX 16384

static char buffer[CONSOLE_TEXT_MAX];

long
console_read (uint32_t id, uint64_t since, const char **text, struct port_console *position)
{
  size_t used = 0;
  struct port_console piece;
  long got = port_console_read (id, buffer, sizeof buffer, since, &piece);

  if (got < 0) {
    return got;
  }
  *position = piece;
  while (got > 0) {
    used += (size_t)got;
    if (used == sizeof buffer) {
      break;
    }
    got = port_console_read (id, buffer + used, sizeof buffer - used, piece.next, &piece);
    /* What the domain wrote meanwhile must join on; if it overran the ring, the next call tells. */
    if (got > 0 && piece.start != position->start + used) {
      break;
    }
  }
  used = json_whole_characters (buffer, used);
  position->next = position->start + used;
  *text = buffer;
  return (long)used;
}

/* Types parameter `write`. -> false after an error was answered; *written: bytes that were taken.
 */
static bool
type_input (struct call *call, struct domain *domain, json_value write, uint64_t *written)
{
  static char input[INPUT_MAX + 1];
  struct json_writer *out;
  size_t length;
  long taken;

  if (json_type_of (call->request, write) != JSON_STRING) {
    call_fail_param (call, "write", "must be a string");
    return false;
  }
  if (!json_get_string (call->request, write, input, sizeof input, &length)) {
    call_fail_param (call, "write", "is too long, or is not text");
    return false;
  }
  if (length == 0) {
    return true;
  }
  if (domain_is_over (domain)) {
    call_fail_hypervisor (call, domain, "typed to", -XEN_EBUSY);
    return false;
  }
  taken = port_console_write (domain->id, input, length);
  if (taken < 0) {
    call_fail_hypervisor (call, domain, "typed to", taken);
    return false;
  }
  if (taken == 0) {
    out = call_fail (call, ERROR_RESOURCE, "The domain \"%s\" has not read its earlier input yet.",
                     domain->info.name);
    json_member_string (out, "resource", "console-input");
    json_member_uint (out, "limit", 0);
    json_member_string (out, "hint", "Wait until it reads, then write again.");
    return false;
  }
  *written = (uint64_t)taken;
  return true;
}

void
method_domain_console (struct call *call)
{
  json_value write = json_member (call->request, call->params, "write");
  struct port_console position = { 0, 0 };
  struct domain domain;
  struct json_writer *out;
  uint64_t since = 0, written = 0;
  const char *text = "";
  long length;

  if (!call_get_domain (call, &domain) || !call_get_uint (call, "since", 0, UINT64_MAX, &since)
      || (write != JSON_NONE && !type_input (call, &domain, write, &written))) {
    return;
  }
  length = console_read (domain.id, since, &text, &position);
  if (length < 0) {
    call_fail_hypervisor (call, &domain, "read", length);
    return;
  }
  out = call_result (call);
  json_begin_object (out);
  json_key (out, "text");
  json_text (out, text, (size_t)length);
  json_member_uint (out, "next", position.next);
  if (since != 0 && position.start > since) {
    json_member_uint (out, "lost", position.start - since);
  }
  if (write != JSON_NONE) {
    json_member_uint (out, "written", written);
  }
}
