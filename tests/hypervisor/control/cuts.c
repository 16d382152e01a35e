/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gives a saved domain, cut off at every byte and with every byte changed, to each of the three who read it:
 * the gateway's look at a file, the gateway's end of a migration and of the channel to the machine, and the
 * control domain, behind which stands a hypervisor that accepts anything (cuts-model.c). Only the whole, as it
 * was, may come to its end. Usage: cuts FILE
 */
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cuts-model.h"
#include "rpc/error.h"
#include "state-file.h"
#include "state.h"
#include "stream.h"
#include "wire.h"

#define WORKERS 2u

static const guint8 nonce[PV_STREAM_NONCE_SIZE] = "a cut is no end";

/* ---- those who read: whether they took it for a whole ---- */

static int
file_of (const guint8 *bytes, gsize length)
{
  int fd = memfd_create ("cut", MFD_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (pwrite (fd, bytes, length, 0), ==, length);
  return fd;
}

static gboolean
file_takes (const guint8 *bytes, gsize length)
{
  g_autoptr (GError) error = NULL;
  int fd = file_of (bytes, length);
  gboolean whole = dmc_state_file_verify (fd, "a file", NULL, &error);

  close (fd);
  g_assert_true (whole || g_error_matches (error, DMC_ERROR, DMC_ERROR_INTEGRITY));
  return whole;
}

static gboolean
wire_takes (const guint8 *bytes, gsize length)
{
  g_autoptr (DmcWire) wire = dmc_wire_new (file_of (bytes, length));
  g_autoptr (GError) error = NULL;
  DmcRecord record = { .type = 0 };

  if (!dmc_wire_await_greeting (wire, nonce, NULL, &error)) {
    return FALSE;
  }
  while (record.type != PV_RECORD_END) {
    if (!dmc_wire_receive (wire, &record, NULL, &error)) {
      return FALSE;
    }
  }
  return TRUE;
}

/* What is left behind where it comes to no end is nothing. */
static gboolean
control_takes (const guint8 *bytes, gsize length)
{
  gboolean whole;

  model_send (bytes, length);
  stream_open (nonce);
  restore_begin ("");
  while (restore_step ()) {
    continue;
  }
  whole = restore_is_complete ();
  g_assert_cmpuint (model_domains (), <=, 1);
  restore_abort ();
  g_assert_cmpuint (model_domains (), ==, 0);
  return whole;
}

static const struct {
  const char *name;
  gboolean (*takes) (const guint8 *bytes, gsize length);
} readers[] = { { "the file", file_takes }, { "the gateway", wire_takes }, { "the control domain", control_takes } };

/* ---- what they are given ---- */

/* As it goes over a channel: a nonce behind the magic, and no digest at the end. */
static GByteArray *
channel_form (const guint8 *file, gsize length)
{
  GByteArray *stream = g_byte_array_new ();
  struct pv_record head;
  gsize at = PV_STREAM_MAGIC_SIZE;

  g_byte_array_append (stream, file, PV_STREAM_MAGIC_SIZE);
  g_byte_array_append (stream, nonce, sizeof nonce);
  do {
    g_assert_cmpuint (at + sizeof head, <=, length);
    memcpy (&head, file + at, sizeof head);
    g_assert_cmpuint (head.length, <=, length - at - sizeof head);
    if (head.type == PV_RECORD_HEADER) {
      model_know (file + at + sizeof head);
    }
    g_byte_array_append (stream, file + at, (guint)(sizeof head + head.length));
    at += sizeof head + head.length;
  } while (head.type != PV_RECORD_END);
  return stream;
}

/* Every `step`th byte from `first` on. -> how often the reader took what is not the whole. */
static guint
try_all (gboolean (*takes) (const guint8 *, gsize), guint8 *bytes, gsize length, gsize first, gsize step)
{
  guint taken = 0;

  for (gsize at = first; at < length; at += step) {
    g_autofree guint8 *cut = g_memdup2 (bytes, MAX (at, 1)); /* so that nothing behind it can be read */

    taken += takes (cut, at);
    bytes[at] ^= (guint8)(1 << at % 8);
    taken += takes (bytes, length);
    bytes[at] ^= (guint8)(1 << at % 8);
  }
  return taken;
}

static gboolean
all_are_refused (gboolean (*takes) (const guint8 *, gsize), guint8 *bytes, gsize length)
{
  pid_t workers[WORKERS];
  gboolean good = TRUE;

  for (gsize i = 0; i < WORKERS; i++) {
    workers[i] = fork ();
    g_assert_cmpint (workers[i], >=, 0);
    if (workers[i] == 0) {
      _exit (try_all (takes, bytes, length, i, WORKERS) != 0);
    }
  }
  for (gsize i = 0; i < WORKERS; i++) {
    int status;

    g_assert_cmpint (waitpid (workers[i], &status, 0), ==, workers[i]);
    good = good && WIFEXITED (status) && WEXITSTATUS (status) == 0;
  }
  return good;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *file = NULL;
  gsize length;
  gboolean good = TRUE;

  if (argc != 2 || !g_file_get_contents (argv[1], &file, &length, &error)) {
    g_printerr ("%s\n", error != NULL ? error->message : "Usage: cuts FILE");
    return EXIT_FAILURE;
  }
  g_autoptr (GByteArray) stream = channel_form ((guint8 *)file, length);
  for (gsize i = 0; i < G_N_ELEMENTS (readers); i++) {
    gboolean is_file = i == 0;
    guint8 *bytes = is_file ? (guint8 *)file : stream->data;
    gsize size = is_file ? length : stream->len;
    gboolean whole = readers[i].takes (bytes, size);
    gboolean refused = all_are_refused (readers[i].takes, bytes, size);

    g_print ("%s: %s as a whole, %s of %zu cuts and changed bytes\n", readers[i].name,
             whole ? "taken" : "refused", refused ? "none" : "some", size);
    good = good && whole && refused;
  }
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
