/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a remembered decision of libselinux's access vector cache takes: policy-avc prints nanoseconds. The cache asks the
 * kernel when it does not know, and looks at a page of the kernel's for a change of policy; here, where no kernel with
 * SELinux need be, both are the functions below. What is timed is the library's: a question of which the answer is there. */
#include <stdio.h>

#include <glib.h>
#include <selinux/avc.h>
#include <selinux/selinux.h>

#define LABELS  64 /* as decide.c asks about */
#define REPEATS 2000
#define ROUNDS  15
#define CLASS   1
#define READ    1

static volatile unsigned changes; /* stands for the kernel's page */

int
security_compute_av_flags_raw (const char *scon, const char *tcon, security_class_t tclass, access_vector_t requested,
                               struct av_decision *avd)
{
  *avd = (struct av_decision){ .allowed = READ, .decided = ~(access_vector_t)0, .flags = 0 };
  return 0;
}

int
selinux_status_open (int fallback)
{
  return 0;
}

int
selinux_status_updated (void)
{
  return changes != 0;
}

void
selinux_status_close (void)
{
}

static security_id_t
sid_of (const char *role, int number)
{
  g_autofree char *context = g_strdup_printf ("u:%s:type%d_t", role, number);
  security_id_t sid;

  if (avc_context_to_sid_raw (context, &sid) != 0)
    g_error ("%s: no room for a context", context);
  return sid;
}

int
main (void)
{
  struct selinux_opt options[] = { { AVC_OPT_SETENFORCE, (char *)1 } };
  security_id_t subjects[LABELS], objects[LABELS];
  struct avc_entry_ref references[LABELS];
  struct av_decision decision;
  double best = G_MAXDOUBLE;
  guint denied = 0;

  if (avc_open (options, G_N_ELEMENTS (options)) != 0)
    g_error ("the cache cannot be set up");
  for (int i = 0; i < LABELS; i++) {
    subjects[i] = sid_of ("s", i);
    objects[i] = sid_of ("o", i);
    avc_entry_ref_init (&references[i]);
  }
  for (guint round = 0; round < ROUNDS; round++) {
    gint64 start = g_get_monotonic_time ();

    for (guint repeat = 0; repeat < REPEATS; repeat++)
      for (guint i = 0; i < LABELS; i++)
        denied += avc_has_perm_noaudit (subjects[i], objects[i], CLASS, READ, &references[i], &decision) != 0;
    best = MIN (best, (double)(g_get_monotonic_time () - start) * 1000 / REPEATS / LABELS);
  }
  if (denied != 0)
    g_error ("%u questions were denied that are allowed", denied);
  printf ("%.2f\n", best);
  return 0;
}
