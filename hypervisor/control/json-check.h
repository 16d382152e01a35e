/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CONTROL_JSON_CHECK_H
#define CONTROL_JSON_CHECK_H

#include "base.h"

/* Deepest nesting of a request. */
#define JSON_CHECK_DEPTH 64

/* Whether `text` is exactly one JSON value (RFC 8259) in UTF-8 with white space around it, nested
   at most JSON_CHECK_DEPTH deep. jsmn takes much that is not JSON; nothing reaches it unchecked. */
bool json_check (const char *text, size_t length);

#endif
