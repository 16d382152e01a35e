/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has display and input, and what a domain shows. */
#include <xen/errno.h>

#include "domain-methods.h"
#include "events.h"
#include "methods.h"

/* Rows of one answer: with them a line stays well under the channel's 1 MiB. */
#define PART_ROWS 120u

/* Base64 goes out in groups of three bytes: a whole number of them is read at a time. */
static char rows[PV_HID_READ_MAX];

void
method_domain_focus (struct call *call)
{
  struct domain domain;
  long error;

  if (!call_get_domain (call, &domain)) {
    return;
  }
  error = port_focus (domain.id);
  if (error != 0) {
    call_fail_hypervisor (call, &domain, "given display and input", error);
    return;
  }
  call_answer_domain (call, &domain);
}

/* Starts the answer: the first rows are there, so that nothing can fail any more. */
static struct json_writer *
begin_part (struct call *call, const struct pv_hid_mode *mode, uint32_t row, uint32_t count)
{
  struct json_writer *out = call_result (call);

  json_begin_object (out);
  json_member_uint (out, "width", mode->width);
  json_member_uint (out, "height", mode->height);
  json_member_uint (out, "stride", mode->stride);
  json_member_string (out, "format", "xrgb8888");
  json_member_uint (out, "row", row);
  json_member_uint (out, "rows", count);
  json_key (out, "data");
  return out;
}

static void
fail_part (struct call *call, struct domain *domain, long error)
{
  struct json_writer *out;

  if (error == -XEN_EINVAL) {
    call_fail_param (call, "row", "is past the last row");
  } else if (error == -XEN_ENOENT) {
    out = call_fail (call, ERROR_STATE,
                     "The domain \"%s\" shows nothing: its kernel has not asked for a display.",
                     domain->info.name);
    json_member_string (out, "state", domain_state_name (domain->info.state));
  } else {
    call_fail_hypervisor (call, domain, "captured", error);
  }
}

/* The pixels of some rows of a domain's picture; the gateway makes a picture of them all. */
void
method_domain_picture (struct call *call)
{
  struct pv_hid_mode mode;
  struct domain domain;
  struct json_writer *out = NULL;
  uint64_t first = 0;
  uint32_t row, end, count;
  long error;

  if (!call_get_domain (call, &domain) || !call_get_uint (call, "row", 0, INT32_MAX, &first)) {
    return;
  }
  port_display_mode (&mode);
  row = (uint32_t)first;
  end = row + PART_ROWS < mode.height ? row + PART_ROWS : mode.height;
  do {
    count = row < end ? end - row : 1;
    error = port_picture_read (domain.id, row, &count, rows);
    if (error != 0 && out == NULL) {
      fail_part (call, &domain, error);
      return;
    }
    if (out == NULL) {
      out = begin_part (call, &mode, row, end - row);
      json_begin_base64 (out);
    }
    if (error
        == 0) { /* else the domain went meanwhile: the part is short, and the gateway says so */
      json_add_base64 (out, rows, count * mode.stride);
    }
    row += count;
  } while (error == 0 && row < end);
  json_end_base64 (out);
}
