/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stream.h"

#include <stdarg.h>
#include "crc32.h"
#include "port.h"

#define MARKER_SIZE (PV_STREAM_MAGIC_SIZE + PV_STREAM_NONCE_SIZE)
#define TEXT_MAX    512

struct message {
  struct pv_record head;
  uint8_t payload[PV_RECORD_MAX] __attribute__ ((aligned (8)));
};

static uint8_t marker[MARKER_SIZE];
static struct {
  struct message message;
  size_t sent, length;
  uint32_t sequence;
  size_t marker_sent;
} out;
static struct {
  uint32_t code;
  size_t length; /* of the texts; 0: nothing has failed */
  char text[TEXT_MAX];
} failing;
static struct {
  struct message message;
  size_t got;
  uint32_t sequence;
  size_t marker_got;
} in;

void
stream_open (const uint8_t nonce[PV_STREAM_NONCE_SIZE])
{
  memcpy (marker, PV_STREAM_MAGIC, PV_STREAM_MAGIC_SIZE);
  memcpy (marker + PV_STREAM_MAGIC_SIZE, nonce, PV_STREAM_NONCE_SIZE);
  out.sent = out.length = out.marker_sent = 0;
  in.got = in.marker_got = 0;
  out.sequence = in.sequence = 0;
  failing.length = 0;
}

bool
stream_is_met (void)
{
  uint8_t byte;

  while (in.marker_got < MARKER_SIZE && port_state_read (&byte, 1) == 1) {
    if (byte != marker[in.marker_got]) {
      in.marker_got = 0;
    }
    in.marker_got += byte == marker[in.marker_got];
  }
  return in.marker_got == MARKER_SIZE;
}

void
stream_drain (void)
{
  if (stream_is_met ()) {
    port_state_read (&in.message, sizeof in.message);
  }
}

/* Sends bytes from *done on. -> whether all have been. */
static bool
send (const void *bytes, size_t length, size_t *done)
{
  while (*done < length) {
    long taken = port_state_write ((const uint8_t *)bytes + *done, length - *done);

    if (taken <= 0) {
      return false;
    }
    *done += (size_t)taken;
  }
  return true;
}

void *
stream_begin (void)
{
  return out.message.payload;
}

static uint32_t
checksum (const struct message *message)
{
  uint32_t crc = crc32_update (0, &message->head, offsetof (struct pv_record, crc));

  return crc32_update (crc, message->payload, message->head.length);
}

static void
queue (uint32_t type, size_t length)
{
  out.message.head = (struct pv_record){
    .type = type,
    .length = (uint32_t)length,
    .sequence = out.sequence++,
  };
  out.message.head.crc = checksum (&out.message);
  out.length = sizeof (struct pv_record) + length;
  out.sent = 0;
}

static bool
send_queued (void)
{
  return stream_is_met () && send (marker, MARKER_SIZE, &out.marker_sent)
         && send (&out.message, out.length, &out.sent);
}

bool
stream_flush (void)
{
  struct pv_stream_fail *fail = (struct pv_stream_fail *)(void *)out.message.payload;

  if (!send_queued ()) {
    return false;
  }
  if (failing.length == 0) {
    return true;
  }
  fail->code = failing.code;
  memcpy (fail + 1, failing.text, failing.length);
  queue (PV_RECORD_FAIL, sizeof *fail + failing.length);
  failing.length = 0;
  return send_queued ();
}

void
stream_end (uint32_t type, size_t length)
{
  queue (type, length);
  stream_flush ();
}

/* Puts a text with its ending zero at `*used`; cut where there is no room. */
static void
put_text (char *buffer, size_t *used, const char *text)
{
  while (*text != '\0' && *used + 1 < TEXT_MAX) {
    buffer[(*used)++] = *text++;
  }
}

static void
put_number (char *buffer, size_t *used, unsigned number)
{
  char digits[11];
  size_t at = sizeof digits - 1;

  digits[at] = '\0';
  do {
    digits[--at] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  put_text (buffer, used, digits + at);
}

void
stream_fail (uint32_t code, const char *hint, const char *format, ...)
{
  char *text = failing.text;
  size_t used = 0;
  va_list arguments;

  va_start (arguments, format);
  for (; *format != '\0'; format++) {
    if (format[0] == '%' && format[1] == 's') {
      put_text (text, &used, va_arg (arguments, const char *));
      format++;
    } else if (format[0] == '%' && format[1] == 'u') {
      put_number (text, &used, va_arg (arguments, unsigned));
      format++;
    } else if (used + 1 < TEXT_MAX) {
      text[used++] = *format;
    }
  }
  va_end (arguments);
  text[used++] = '\0';
  if (hint != NULL) {
    put_text (text, &used, hint);
  }
  text[used < TEXT_MAX ? used++ : TEXT_MAX - 1] = '\0';
  failing.code = code;
  failing.length = used;
  stream_flush ();
}

/* Reads until `wanted` bytes of the message are there. */
static bool
receive (size_t wanted)
{
  while (in.got < wanted) {
    long got = port_state_read ((uint8_t *)&in.message + in.got, wanted - in.got);

    if (got <= 0) {
      return false;
    }
    in.got += (size_t)got;
  }
  return true;
}

enum stream_state
stream_next (struct stream_record *record)
{
  const struct pv_record *head = &in.message.head;

  if (!stream_is_met () || !receive (sizeof *head)) {
    return STREAM_WAITING;
  }
  if (head->length > PV_RECORD_MAX || head->sequence != in.sequence) {
    return STREAM_BROKEN;
  }
  if (!receive (sizeof *head + head->length)) {
    return STREAM_WAITING;
  }
  if (head->crc != checksum (&in.message)) {
    return STREAM_BROKEN;
  }
  in.sequence++;
  in.got = 0;
  *record = (struct stream_record){
    .type = head->type,
    .length = head->length,
    .payload = in.message.payload,
  };
  return STREAM_RECORD;
}
