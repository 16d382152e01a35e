/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/process-list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXEC_TRIES = 20, EXEC_POLL_US = 250 };

/* One line of /proc/PID/stat; comm may hold anything, so fields are counted from its last parenthesis. */
struct seen {
  int     pid, ppid;
  char    state;
  char    name[64];
  guint64 ticks, start_ticks;
  guint64 pages;
  gboolean below;  /* is pid 1 or below it */
  int      inside; /* its pid there; 0 where it has gone since */
};

static gboolean
read_stat (int pid, struct seen *seen)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *text = NULL;
  const char *open, *close;
  guint64 user, system;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  open = strchr (text, '(');
  close = strrchr (text, ')');
  if (open == NULL || close == NULL || close < open)
    return FALSE;
  if (sscanf (close + 1,
              " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
              " %*d %*d %*d %*d %*d %*d %" G_GUINT64_FORMAT " %*u %" G_GUINT64_FORMAT,
              &seen->state, &seen->ppid, &user, &system, &seen->start_ticks, &seen->pages)
      != 6)
    return FALSE;
  seen->pid = pid;
  seen->ticks = user + system;
  seen->below = FALSE;
  seen->inside = 0;
  g_strlcpy (seen->name, open + 1, MIN (sizeof seen->name, (gsize) (close - open)));
  return TRUE;
}

static GArray *
read_all (void)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (struct seen));
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *name;
  struct seen seen;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_ascii_isdigit (*name) && read_stat (atoi (name), &seen))
      g_array_append_val (all, seen);
  return all;
}

/* The last number of NSpid is the innermost one. */
static int
read_inside_pid (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", pid);
  g_autofree char *text = NULL;
  const char *line, *last;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  line = strstr (text, "\nNSpid:");
  if (line == NULL)
    return 0;
  line++;
  *strchrnul (line, '\n') = '\0';
  last = strrchr (line, '\t');
  return last != NULL ? atoi (last + 1) : 0;
}

/* In the middle of an exec a process has no arguments, and whoever has just started it asks just then. */
static char *
read_cmdline (int pid, gsize *length)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/cmdline", pid);

  for (int i = 0; i < EXEC_TRIES; i++) {
    g_autofree char *text = NULL;

    if (!g_file_get_contents (path, &text, length, NULL))
      break;
    if (*length > 0)
      return g_steal_pointer (&text);
    g_usleep (EXEC_POLL_US);
  }
  *length = 0;
  return NULL;
}

static char **
read_argv (const struct seen *seen)
{
  gsize length;
  g_autofree char *text = read_cmdline (seen->pid, &length);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (text == NULL) {
    g_autofree char *name = g_strdup_printf ("[%s]", seen->name);
    g_autofree char *valid = g_utf8_make_valid (name, -1);

    g_strv_builder_add (builder, valid);
    return g_strv_builder_end (builder);
  }
  for (const char *at = text; at < text + length; at += strlen (at) + 1) {
    g_autofree char *valid = g_utf8_make_valid (at, -1);

    g_strv_builder_add (builder, valid);
  }
  return g_strv_builder_end (builder);
}

static gboolean
is_below (GHashTable *by_pid, int host_pid)
{
  const struct seen *seen = g_hash_table_lookup (by_pid, GINT_TO_POINTER (host_pid));

  return seen != NULL && seen->below;
}

static int
inside_pid_of (GHashTable *by_pid, int host_pid)
{
  const struct seen *seen = g_hash_table_lookup (by_pid, GINT_TO_POINTER (host_pid));

  return seen != NULL ? seen->inside : 0;
}

/* A parent may have any number, so the set grows until a pass adds nothing. One that has gone since it was
 * read still counts: what it left behind belongs to pid 1. */
static void
mark_below (GArray *all, GHashTable *by_pid, int init)
{
  gboolean grown = TRUE;

  while (grown) {
    grown = FALSE;
    for (guint i = 0; i < all->len; i++) {
      struct seen *seen = &g_array_index (all, struct seen, i);

      if (seen->below || (seen->pid != init && !is_below (by_pid, seen->ppid)))
        continue;
      seen->below = grown = TRUE;
      seen->inside = seen->pid == init ? 1 : read_inside_pid (seen->pid);
    }
  }
}

static int
by_pid_order (gconstpointer a, gconstpointer b)
{
  const DmcProcess *first = *(DmcProcess *const *) a, *second = *(DmcProcess *const *) b;

  return first->pid - second->pid;
}

GPtrArray *
process_list_below (int init)
{
  const guint64 tick_ns = G_GUINT64_CONSTANT (1000000000) / (guint64) sysconf (_SC_CLK_TCK);
  const guint64 page_kib = (guint64) sysconf (_SC_PAGESIZE) / 1024;
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) dmc_process_free);
  g_autoptr (GArray) all = read_all ();
  g_autoptr (GHashTable) by_pid = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < all->len; i++) {
    struct seen *seen = &g_array_index (all, struct seen, i);

    g_hash_table_insert (by_pid, GINT_TO_POINTER (seen->pid), seen);
  }
  mark_below (all, by_pid, init);
  for (guint i = 0; i < all->len; i++) {
    const struct seen *seen = &g_array_index (all, struct seen, i);
    DmcProcess *process;

    if (seen->inside <= 1 || seen->state == 'Z' || seen->state == 'X')
      continue;
    process = g_new0 (DmcProcess, 1);
    process->pid = seen->inside;
    process->host_pid = seen->pid;
    process->ppid = MAX (inside_pid_of (by_pid, seen->ppid), 1);
    process->argv = read_argv (seen);
    process->cpu_time_ns = seen->ticks * tick_ns;
    process->memory_kib = seen->pages * page_kib;
    process->start_ticks = seen->start_ticks;
    g_ptr_array_add (list, process);
  }
  g_ptr_array_sort (list, by_pid_order);
  return list;
}

void
dmc_process_free (DmcProcess *self)
{
  g_strfreev (self->argv);
  g_free (self);
}
