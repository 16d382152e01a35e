/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/guard.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/control-group.h"
#include "agent/guard-source.h"
#include "rpc/json.h"

#define FOLDER_PREFIX  "domicile-"
#define CPU_PERIOD_US  100000
#define CLOSING_SECONDS 2

/* One hierarchy with a folder of ours: of version 2 there is one, of version 1 one for each controller. */
typedef struct {
  char *folder;
  gboolean has_memory, has_cpu, has_processes, has_account;
} Hierarchy;

struct _AgentGuard {
  gboolean version2;
  GPtrArray *hierarchies; /* Hierarchy; empty: limits of each process */
  GHashTable *budgets;    /* name → DmcPolicyBudget */
  GHashTable *closing;    /* names of groups that were not empty yet */
  guint closing_timer;
  GuardSource *source;
};

/* --- files of a group --- */

static char *
group_file (const Hierarchy *hierarchy, const char *name, const char *file)
{
  return g_build_filename (hierarchy->folder, name, file, NULL);
}

static void
write_number (const Hierarchy *hierarchy, const char *name, const char *file, const char *format, gint64 number)
{
  g_autofree char *path = group_file (hierarchy, name, file);
  g_autofree char *text = number < 0 ? g_strdup (format) : g_strdup_printf ("%" G_GINT64_FORMAT, number);
  int fd = open (path, O_WRONLY | O_CLOEXEC);

  if (fd < 0 || write (fd, text, strlen (text)) < 0)
    g_message ("The budget of “%s” cannot be set to %s in %s: %s", name, text, file, g_strerror (errno));
  if (fd >= 0)
    close (fd);
}

static guint64
read_number (const Hierarchy *hierarchy, const char *name, const char *file, const char *key)
{
  g_autofree char *path = group_file (hierarchy, name, file);

  return control_group_read (path, key);
}

/* --- finding where groups can be made --- */

static void
hierarchy_free (Hierarchy *hierarchy)
{
  rmdir (hierarchy->folder);
  g_free (hierarchy->folder);
  g_free (hierarchy);
}

/* Groups of an agent that was killed: whatever was in them has ended with it, or ends soon and is found the next time. */
static void
remove_orphans (const char *folder)
{
  DIR *list = opendir (folder);
  struct dirent *entry;
  int pid;

  while (list != NULL && (entry = readdir (list)) != NULL) {
    g_autofree char *path = g_build_filename (folder, entry->d_name, NULL);
    g_autoptr (GDir) groups = NULL;
    const char *name;

    if (sscanf (entry->d_name, FOLDER_PREFIX "%d", &pid) != 1 || pid <= 0 || kill (pid, 0) == 0 || errno != ESRCH)
      continue;
    groups = g_dir_open (path, 0, NULL);
    while (groups != NULL && (name = g_dir_read_name (groups)) != NULL) {
      g_autofree char *group = g_build_filename (path, name, NULL);

      rmdir (group); /* the files of a group are no folders, and stay until it goes */
    }
    rmdir (path);
  }
  if (list != NULL)
    closedir (list);
}

static Hierarchy *
make_folder (const char *mount, const char *own)
{
  g_autofree char *name = g_strdup_printf (FOLDER_PREFIX "%d", getpid ());
  g_autofree char *parent = g_build_filename (mount, own, NULL), *folder = g_build_filename (parent, name, NULL);
  Hierarchy *hierarchy;

  remove_orphans (parent);
  if (mkdir (folder, 0755) != 0 && errno != EEXIST)
    return NULL;
  hierarchy = g_new0 (Hierarchy, 1);
  hierarchy->folder = g_steal_pointer (&folder);
  return hierarchy;
}

/* Which controllers the groups below really have; none where others beside this process keep its group from handing them down. */
static gboolean
look_at_controllers (Hierarchy *hierarchy)
{
  g_autofree char *path = group_file (hierarchy, ".", "cgroup.subtree_control"), *text = NULL;
  g_auto (GStrv) words = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  words = g_strsplit_set (text, " \n", -1);
  hierarchy->has_memory = g_strv_contains ((const char *const *) words, "memory");
  hierarchy->has_cpu = hierarchy->has_account = g_strv_contains ((const char *const *) words, "cpu");
  hierarchy->has_processes = g_strv_contains ((const char *const *) words, "pids");
  return hierarchy->has_memory || hierarchy->has_cpu || hierarchy->has_processes;
}

/* Version 2, where the controllers are handed down to this process's group. */
static gboolean
find_version2 (AgentGuard *self)
{
  g_autofree char *mount = control_group_mount_point (NULL), *own = control_group_own_path ("");
  g_autofree char *folder = mount != NULL && own != NULL ? g_build_filename (mount, own, NULL) : NULL;
  g_autofree char *path = folder != NULL ? g_build_filename (folder, "cgroup.controllers", NULL) : NULL;
  g_autofree char *controllers = NULL, *agent = NULL;
  Hierarchy *hierarchy;

  if (path == NULL || !g_file_get_contents (path, &controllers, NULL, NULL) || strstr (controllers, "memory") == NULL)
    return FALSE;
  hierarchy = make_folder (folder, ".");
  if (hierarchy == NULL)
    return FALSE;
  /* A group with processes cannot hand controllers down, so this process goes into one beside the apps'. */
  g_ptr_array_add (self->hierarchies, hierarchy);
  agent = g_build_filename (hierarchy->folder, "agent", NULL);
  if (mkdir (agent, 0755) != 0 && errno != EEXIST)
    return FALSE;
  write_number (hierarchy, "agent", "cgroup.procs", "", getpid ());
  write_number (hierarchy, "..", "cgroup.subtree_control", "+memory +cpu +pids", -1);
  write_number (hierarchy, ".", "cgroup.subtree_control", "+memory +cpu +pids", -1);
  self->version2 = look_at_controllers (hierarchy);
  if (self->version2)
    return TRUE;
  write_number (hierarchy, "..", "cgroup.procs", "", getpid ());
  rmdir (agent);
  return FALSE;
}

static void
find_version1 (AgentGuard *self)
{
  static const char *const controllers[] = { "memory", "cpu", "pids", "cpuacct" };

  for (guint i = 0; i < G_N_ELEMENTS (controllers); i++) {
    g_autofree char *mount = control_group_mount_point (controllers[i]), *own = control_group_own_path (controllers[i]);
    Hierarchy *hierarchy = mount != NULL && own != NULL ? make_folder (mount, own) : NULL;

    if (hierarchy == NULL)
      continue;
    hierarchy->has_memory = i == 0;
    hierarchy->has_cpu = i == 1;
    hierarchy->has_processes = i == 2;
    hierarchy->has_account = i == 3;
    g_ptr_array_add (self->hierarchies, hierarchy);
  }
}

/* --- limits --- */

/* A budget of energy is one of processor time: what a processor takes when it is busy is not told by any interface that
 * every host has, so that it is taken for ten watts. */
#define BUSY_MW 10000

static guint
cpu_percent (AgentGuard *self, const DmcPolicyBudget *budget)
{
  guint64 percent = budget->cpu_percent;

  if (budget->energy_mw != POL_UNLIMITED)
    percent = MIN (percent, MAX (1, (guint64) budget->energy_mw * 100 / BUSY_MW));
  if (percent == POL_UNLIMITED)
    return POL_UNLIMITED;
  return (guint) MAX (1, percent * agent_guard_get_share (self) / 100);
}

static void
set_memory (AgentGuard *self, const Hierarchy *hierarchy, const char *name, guint32 kib)
{
  gint64 bytes = kib == POL_UNLIMITED ? -1 : (gint64) kib * 1024;

  if (self->version2) {
    write_number (hierarchy, name, "memory.max", "max", bytes);
    write_number (hierarchy, name, "memory.swap.max", "max", bytes < 0 ? -1 : 0);
  } else
    write_number (hierarchy, name, "memory.limit_in_bytes", "-1", bytes);
}

static void
set_cpu (AgentGuard *self, const Hierarchy *hierarchy, const char *name, guint percent)
{
  gint64 quota = percent == POL_UNLIMITED ? -1 : (gint64) percent * CPU_PERIOD_US / 100;
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT " %d", quota, CPU_PERIOD_US);

  if (self->version2)
    write_number (hierarchy, name, "cpu.max", quota < 0 ? "max" : text, -1);
  else
    write_number (hierarchy, name, "cpu.cfs_quota_us", "-1", quota);
}

static void
set_limits (AgentGuard *self, const char *name, const DmcPolicyBudget *budget)
{
  for (guint i = 0; i < self->hierarchies->len; i++) {
    const Hierarchy *hierarchy = g_ptr_array_index (self->hierarchies, i);

    if (hierarchy->has_memory)
      set_memory (self, hierarchy, name, budget->memory_kib);
    if (hierarchy->has_cpu)
      set_cpu (self, hierarchy, name, cpu_percent (self, budget));
    if (hierarchy->has_processes)
      write_number (hierarchy, name, "pids.max", "max", budget->processes == POL_UNLIMITED ? -1 : (gint64) budget->processes);
  }
}

static void
add_process_limits (const DmcPolicyBudget *budget, GStrvBuilder *rules)
{
  g_autofree char *memory = g_strdup_printf ("limit:memory:%" G_GUINT64_FORMAT, (guint64) budget->memory_kib * 1024);
  g_autofree char *processes = g_strdup_printf ("limit:processes:%u", budget->processes);

  if (budget->memory_kib != POL_UNLIMITED)
    g_strv_builder_add (rules, memory);
  if (budget->processes != POL_UNLIMITED)
    g_strv_builder_add (rules, processes);
}

void
agent_guard_open (AgentGuard *self, const char *name, const DmcPolicyBudget *budget, int joins[4], guint *n_joins,
                  GStrvBuilder *rules)
{
  *n_joins = 0;
  g_hash_table_replace (self->budgets, g_strdup (name), g_memdup2 (budget, sizeof *budget));
  if (self->hierarchies->len == 0) {
    add_process_limits (budget, rules);
    return;
  }
  for (guint i = 0; i < self->hierarchies->len; i++) {
    const Hierarchy *hierarchy = g_ptr_array_index (self->hierarchies, i);
    g_autofree char *folder = group_file (hierarchy, name, NULL), *procs = group_file (hierarchy, name, "cgroup.procs");
    int fd = mkdir (folder, 0755) == 0 || errno == EEXIST ? open (procs, O_WRONLY | O_CLOEXEC) : -1;

    if (fd >= 0)
      joins[(*n_joins)++] = fd;
    else
      g_message ("No group for “%s” in %s: %s", name, hierarchy->folder, g_strerror (errno));
  }
  set_limits (self, name, budget);
}

void
agent_guard_set (AgentGuard *self, const char *name, const DmcPolicyBudget *budget)
{
  if (!g_hash_table_contains (self->budgets, name))
    return;
  g_hash_table_replace (self->budgets, g_strdup (name), g_memdup2 (budget, sizeof *budget));
  set_limits (self, name, budget);
}

const DmcPolicyBudget *
agent_guard_get_budget (AgentGuard *self, const char *name)
{
  return g_hash_table_lookup (self->budgets, name);
}

static gboolean
remove_groups (AgentGuard *self, const char *name)
{
  gboolean removed = TRUE;

  for (guint i = 0; i < self->hierarchies->len; i++) {
    g_autofree char *folder = group_file (g_ptr_array_index (self->hierarchies, i), name, NULL);

    removed = (rmdir (folder) == 0 || errno == ENOENT) && removed;
  }
  return removed;
}

static gboolean
on_closing_timer (gpointer user_data)
{
  AgentGuard *self = user_data;
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, self->closing);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (remove_groups (self, name))
      g_hash_table_iter_remove (&iter);
  if (g_hash_table_size (self->closing) > 0)
    return G_SOURCE_CONTINUE;
  self->closing_timer = 0;
  return G_SOURCE_REMOVE;
}

/* What an app has left behind stays under its budget until it ends, and nobody tells when that is. */
void
agent_guard_close (AgentGuard *self, const char *name)
{
  if (!g_hash_table_remove (self->budgets, name) || remove_groups (self, name))
    return;
  g_hash_table_add (self->closing, g_strdup (name));
  if (self->closing_timer == 0)
    self->closing_timer = g_timeout_add_seconds (CLOSING_SECONDS, on_closing_timer, self);
}

/* --- looking --- */

GStrv
agent_guard_list_folders (AgentGuard *self)
{
  g_autoptr (GStrvBuilder) folders = g_strv_builder_new ();

  for (guint i = 0; i < self->hierarchies->len; i++)
    g_strv_builder_add (folders, ((const Hierarchy *) g_ptr_array_index (self->hierarchies, i))->folder);
  return g_strv_builder_end (folders);
}

static void
add_usage (JsonObject *usage, const char *what, guint32 budget, guint64 used, guint64 throttled)
{
  JsonObject *one = dmc_json_object ("used:i", (gint64) used, "throttled:i", (gint64) throttled, NULL);

  if (budget != POL_UNLIMITED)
    json_object_set_int_member (one, "budget", budget);
  json_object_set_object_member (usage, what, one);
}

static void
read_usage (AgentGuard *self, const Hierarchy *hierarchy, const char *name, guint64 used[3], guint64 throttled[3])
{
  if (hierarchy->has_memory) {
    used[0] = read_number (hierarchy, name, self->version2 ? "memory.current" : "memory.usage_in_bytes", NULL) / 1024;
    throttled[0] = self->version2 ? read_number (hierarchy, name, "memory.events", "\nmax ") : read_number (hierarchy, name, "memory.failcnt", NULL);
  }
  if (hierarchy->has_account)
    used[1] = self->version2 ? read_number (hierarchy, name, "cpu.stat", "usage_usec ") * 1000 : read_number (hierarchy, name, "cpuacct.usage", NULL);
  if (hierarchy->has_cpu)
    throttled[1] = read_number (hierarchy, name, "cpu.stat", "nr_throttled ");
  if (hierarchy->has_processes) {
    used[2] = read_number (hierarchy, name, "pids.current", NULL);
    throttled[2] = read_number (hierarchy, name, "pids.events", "max ");
  }
}

JsonObject *
agent_guard_usage (AgentGuard *self, const char *name)
{
  const DmcPolicyBudget *budget = g_hash_table_lookup (self->budgets, name);
  guint64 used[3] = { 0 }, throttled[3] = { 0 };
  JsonObject *usage = json_object_new ();

  if (budget == NULL)
    return usage;
  for (guint i = 0; i < self->hierarchies->len; i++)
    read_usage (self, g_ptr_array_index (self->hierarchies, i), name, used, throttled);
  add_usage (usage, "memory", budget->memory_kib, used[0], throttled[0]);
  add_usage (usage, "cpu", cpu_percent (self, budget), used[1], throttled[1]);
  add_usage (usage, "processes", budget->processes, used[2], throttled[2]);
  return usage;
}

guint
agent_guard_get_share (AgentGuard *self)
{
  return self->source != NULL ? guard_source_get_share (self->source) : 100;
}

JsonObject *
agent_guard_describe (AgentGuard *self)
{
  gboolean discharging;
  double percent = guard_source_get_battery (self->source, &discharging), pressure = guard_source_get_pressure (self->source);
  JsonObject *object = dmc_json_object ("backend:s", agent_guard_get_backend (self), "share_percent:i",
                                        (gint64) agent_guard_get_share (self), NULL);

  json_object_set_object_member (object, "battery", dmc_json_object ("present:b", percent >= 0, "percent:d", MAX (percent, 0.0),
                                                                     "discharging:b", discharging, NULL));
  if (pressure >= 0)
    json_object_set_double_member (object, "pressure_percent", pressure);
  return object;
}

/* --- itself --- */

const char *
agent_guard_get_backend (AgentGuard *self)
{
  return self->hierarchies->len == 0 ? "rlimit" : self->version2 ? "cgroup2" : "cgroup1";
}

static void
on_share_changed (gpointer user_data)
{
  AgentGuard *self = user_data;
  GHashTableIter iter;
  gpointer name, budget;

  g_hash_table_iter_init (&iter, self->budgets);
  while (g_hash_table_iter_next (&iter, &name, &budget))
    set_limits (self, name, budget);
}

AgentGuard *
agent_guard_new (void)
{
  AgentGuard *self = g_new0 (AgentGuard, 1);

  self->hierarchies = g_ptr_array_new_with_free_func ((GDestroyNotify) hierarchy_free);
  self->budgets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->closing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (!find_version2 (self)) {
    g_ptr_array_set_size (self->hierarchies, 0);
    find_version1 (self);
  }
  self->source = guard_source_new (on_share_changed, self);
  return self;
}

static void
remove_all (AgentGuard *self, GHashTable *names)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    remove_groups (self, name);
}

void
agent_guard_free (AgentGuard *self)
{
  guard_source_free (self->source);
  if (self->closing_timer != 0)
    g_source_remove (self->closing_timer);
  remove_all (self, self->budgets);
  remove_all (self, self->closing);
  g_hash_table_unref (self->budgets);
  g_hash_table_unref (self->closing);
  g_ptr_array_unref (self->hierarchies);
  g_free (self);
}
