/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a line to an answer. A handler reads the parameters from its call, checks, acts, and then
 * answers exactly once: call_result() and one value, or call_fail() and perhaps members of the
 * error's data. The service closes what is open.
 */
#ifndef CONTROL_SERVICE_H
#define CONTROL_SERVICE_H

#include "json-read.h"
#include "json-write.h"

/* Longest request line, its newline not counted. */
#define SERVICE_LINE_MAX 65536

enum error_code {
  ERROR_PARSE = -32700,
  ERROR_REQUEST = -32600,
  ERROR_METHOD = -32601,
  ERROR_PARAMS = -32602,
  ERROR_INTERNAL = -32603,
  ERROR_NOT_FOUND = 1,
  ERROR_EXISTS = 2,
  ERROR_STATE = 3,
  ERROR_DENIED = 4,
  ERROR_RESOURCE = 6,
  ERROR_INTEGRITY = 7,
  ERROR_UNSUPPORTED = 8,
  ERROR_IO = 9,
};

struct call {
  const struct json_document *request;
  json_value id;     /* JSON_NONE for a notification, which gets no answer */
  json_value params; /* an object, or JSON_NONE */
  struct json_writer *out;
};

typedef void (*call_handler) (struct call *call);

struct method {
  const char *name;
  call_handler handler;
};

/* Answers go to `out`, which is flushed by its owner. */
void service_init (struct json_writer *out);
/* Takes one line without its newline. */
void service_line (const char *line, size_t length);
/* Answers for a line that was longer than SERVICE_LINE_MAX. */
void service_line_too_long (void);

/* Starts a good answer; the value comes next. */
struct json_writer *call_result (struct call *call);
/* Starts an error, by a format of json_vformat(). The writer is inside the error's data object. */
struct json_writer *call_fail (struct call *call, enum error_code code, const char *format, ...);
/* A parameter that cannot be: names the member. */
void call_fail_param (struct call *call, const char *name, const char *what);

/* A whole number among the parameters. -> false where it is there and is none between `least` and
   `most`, after answering so. Where it is left out, *number stays. */
bool call_get_uint (
    struct call *call, const char *name, uint64_t least, uint64_t most, uint64_t *number);

#endif
