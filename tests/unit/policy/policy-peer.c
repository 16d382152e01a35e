/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SELinux's own security server, as a second opinion: policy-peer POLICY reads lines
 * "SUBJECT-CONTEXT OBJECT-CONTEXT CLASS PERMISSION" and prints 1 for each that is allowed and 0 for
 * each that is not. With --time it decides them over and over, and prints what one decision takes,
 * in nanoseconds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include <sepol/policydb/services.h>
#include <sepol/sepol.h>

#define ROUNDS 15

typedef struct {
  sepol_security_id_t subject, object;
  sepol_security_class_t cls;
  sepol_access_vector_t permission;
} Question;

static sepol_security_id_t
sid_of (const char *context)
{
  sepol_security_id_t sid;

  if (sepol_context_to_sid (context, strlen (context) + 1, &sid) != 0)
    g_error ("%s: not a context of the policy", context);
  return sid;
}

static GArray *
read_questions (void)
{
  GArray *questions = g_array_new (FALSE, FALSE, sizeof (Question));
  g_autofree char *line = NULL;
  size_t size = 0;

  while (getline (&line, &size, stdin) > 0) {
    g_auto (GStrv) words = g_strsplit (g_strstrip (line), " ", -1);
    Question question;

    if (g_strv_length (words) != 4 || sepol_string_to_security_class (words[2], &question.cls) != 0
        || sepol_string_to_av_perm (question.cls, words[3], &question.permission) != 0)
      g_error ("%s: not a question", line);
    question.subject = sid_of (words[0]);
    question.object = sid_of (words[1]);
    g_array_append_val (questions, question);
  }
  return questions;
}

static gboolean
decide (const Question *question)
{
  struct sepol_av_decision decision;

  if (sepol_compute_av (question->subject, question->object, question->cls, question->permission,
                        &decision)
      != 0)
    g_error ("sepol_compute_av failed");
  return (decision.allowed & question->permission) != 0;
}

/* The undisturbed round is the one that tells. */
static void
time_decisions (const GArray *questions)
{
  double best = G_MAXDOUBLE;
  guint allowed = 0;

  for (guint round = 0; round < ROUNDS; round++) {
    gint64 start = g_get_monotonic_time ();

    allowed = 0;
    for (guint i = 0; i < questions->len; i++)
      allowed += decide (&g_array_index (questions, Question, i));
    best = MIN (best, (double)(g_get_monotonic_time () - start) * 1000 / questions->len);
  }
  printf ("%.1f %u\n", best, allowed);
}

int
main (int argc, char **argv)
{
  gboolean timed = argc == 3 && g_str_equal (argv[1], "--time");
  g_autoptr (GArray) questions = NULL;
  FILE *file;

  if (argc != 2 + timed)
    g_error ("usage: policy-peer [--time] POLICY");
  file = fopen (argv[1 + timed], "r");
  if (file == NULL || sepol_set_policydb_from_file (file) != 0)
    g_error ("%s: not a policy", argv[1 + timed]);
  fclose (file);
  questions = read_questions ();
  if (timed)
    time_decisions (questions);
  for (guint i = 0; !timed && i < questions->len; i++)
    puts (decide (&g_array_index (questions, Question, i)) ? "1" : "0");
  return 0;
}
