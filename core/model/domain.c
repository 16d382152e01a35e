/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-model"

#include "model/domain-private.h"

#include <string.h>

#include "model/item-private.h"
#include "rpc/json.h"

/* Samples from oldest to newest; moving 120 numbers is cheaper than a reader that has to wrap
 * around. */
typedef struct {
  double values[DMC_DOMAIN_HISTORY];
  guint  n;
} History;

struct _DmcDomain {
  DmcItem parent_instance;
  double  cpu_percent;
  gint64  sampled_at_us; /* on the hypervisor's clock; 0 before the first sample */
  gint64  sampled_cpu_ns;
  History cpu;
  History memory;
};

G_DEFINE_FINAL_TYPE (DmcDomain, dmc_domain, DMC_TYPE_ITEM)

enum { PROP_CPU_PERCENT = 1, PROP_N_VCPUS };
static GParamSpec *cpu_percent_spec;

enum { SAMPLED, N_SIGNALS };
static guint signals[N_SIGNALS];

static const DmcItemField fields[] = {
  { "uuid", "uuid", G_TYPE_STRING },
  { "name", "name", G_TYPE_STRING },
  { "role", "role", G_TYPE_STRING },
  { "state", "state", G_TYPE_STRING },
  { "sched", "sched", G_TYPE_STRING },
  { "label", "label.type", G_TYPE_STRING },
  { "kernel-image", "kernel.image", G_TYPE_STRING },
  { "kernel-sha256", "kernel.sha256", G_TYPE_STRING },
  { "kernel-verified", "kernel.verified", G_TYPE_BOOLEAN },
  { "crash-reason", "crash_reason", G_TYPE_STRING },
  { "domain-id", "id", G_TYPE_INT64 },
  { "cpu-time-ns", "cpu_time_ns", G_TYPE_INT64 },
  { "memory-kib", "memory_kib", G_TYPE_INT64 },
  { "max-memory-kib", "max_memory_kib", G_TYPE_INT64 },
  { "target-memory-kib", "target_memory_kib", G_TYPE_INT64 },
  { "weight", "weight", G_TYPE_INT64 },
  { "cap-percent", "cap_percent", G_TYPE_INT64 },
  { "budget-us", "budget_us", G_TYPE_INT64 },
  { "period-us", "period_us", G_TYPE_INT64 },
  { "watchdog-seconds", "watchdog.seconds", G_TYPE_INT64 },
  { "watchdog-action", "watchdog.action", G_TYPE_STRING },
  { "watchdog-restarts", "watchdog.restarts", G_TYPE_INT64 },
  { "faults", "faults", G_TYPE_INT64 },
  { "event-channels-used", "event_channels.used", G_TYPE_INT64 },
  { "event-channels-max", "event_channels.max", G_TYPE_INT64 },
  { "grants-used", "grants.used", G_TYPE_INT64 },
  { "grants-max", "grants.max", G_TYPE_INT64 },
  { "focus", "focus", G_TYPE_BOOLEAN },
  { "display", "display", G_TYPE_BOOLEAN },
};

static guint
count_vcpus (DmcDomain *self)
{
  JsonNode *node = dmc_item_get_node (DMC_ITEM (self), "vcpus");

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node)
             ? json_array_get_length (json_node_get_array (node))
             : 0;
}

static void
dmc_domain_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  DmcDomain *self = DMC_DOMAIN (object);

  if (id == PROP_CPU_PERCENT)
    g_value_set_double (value, self->cpu_percent);
  else if (id == PROP_N_VCPUS)
    g_value_set_int64 (value, count_vcpus (self));
  else
    G_OBJECT_CLASS (dmc_domain_parent_class)->get_property (object, id, value, pspec);
}

/* The control domain stands first: it is not like the others. */
static int
dmc_domain_compare (DmcItem *a, DmcItem *b)
{
  gboolean control_a = g_strcmp0 (dmc_item_get_string (a, "role"), "control") == 0;
  gboolean control_b = g_strcmp0 (dmc_item_get_string (b, "role"), "control") == 0;

  return control_a != control_b ? (control_a ? -1 : 1) : dmc_item_compare (a, b);
}

static void
dmc_domain_class_init (DmcDomainClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  DMC_ITEM_CLASS (klass)->compare = dmc_domain_compare;
  dmc_item_class_install_fields (DMC_ITEM_CLASS (klass), fields, G_N_ELEMENTS (fields));
  object_class->get_property = dmc_domain_get_property;
  cpu_percent_spec = g_param_spec_double ("cpu-percent", NULL, NULL, 0, G_MAXDOUBLE, 0, flags);
  g_object_class_install_property (object_class, PROP_CPU_PERCENT, cpu_percent_spec);
  g_object_class_install_property (
      object_class, PROP_N_VCPUS,
      g_param_spec_int64 ("n-vcpus", NULL, NULL, 0, G_MAXINT64, 0, flags));
  /**
   * DmcDomain::sampled:
   * @self: the domain
   *
   * The history has grown by one sample.
   */
  signals[SAMPLED] = g_signal_new ("sampled", DMC_TYPE_DOMAIN, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
dmc_domain_init (DmcDomain *self)
{
}

/* --- history ---------------------------------------------------------------------------------- */

static void
push (History *history, double value)
{
  if (history->n == DMC_DOMAIN_HISTORY)
    memmove (history->values, history->values + 1, (DMC_DOMAIN_HISTORY - 1) * sizeof value);
  else
    history->n++;
  history->values[history->n - 1] = value;
}

/**
 * dmc_domain_sample: (skip)
 * @self: a domain that was just updated from a sample
 * @time_us: when the sample was taken, on one clock for all samples
 *
 * Computes the share of CPU time since the sample before. The first sample, and the first after the
 * clock went back (the hypervisor started anew), only sets the mark.
 */
void
dmc_domain_sample (DmcDomain *self, gint64 time_us)
{
  gint64 cpu_ns = dmc_item_get_int (DMC_ITEM (self), "cpu_time_ns");
  gint64 elapsed_us = time_us - self->sampled_at_us;
  gint64 used_ns = cpu_ns - self->sampled_cpu_ns;
  gboolean first = self->sampled_at_us == 0 || elapsed_us <= 0 || used_ns < 0;

  self->sampled_at_us = time_us;
  self->sampled_cpu_ns = cpu_ns;
  if (first)
    return;
  self->cpu_percent = (double) used_ns / ((double) elapsed_us * 1000.0) * 100.0;
  push (&self->cpu, self->cpu_percent);
  push (&self->memory, (double) dmc_domain_get_memory_kib (self));
  g_object_notify_by_pspec (G_OBJECT (self), cpu_percent_spec);
  g_signal_emit (self, signals[SAMPLED], 0);
}

/**
 * dmc_domain_get_cpu_history:
 * @self: a domain
 * @n: (out): how many samples
 *
 * Returns: (array length=n) (transfer none): percent of one CPU, from oldest to newest
 */
const double *
dmc_domain_get_cpu_history (DmcDomain *self, guint *n)
{
  *n = self->cpu.n;
  return self->cpu.values;
}

/**
 * dmc_domain_get_memory_history:
 * @self: a domain
 * @n: (out): how many samples
 *
 * Returns: (array length=n) (transfer none): KiB, from oldest to newest
 */
const double *
dmc_domain_get_memory_history (DmcDomain *self, guint *n)
{
  *n = self->memory.n;
  return self->memory.values;
}

/* --- reading ---------------------------------------------------------------------------------- */

/**
 * dmc_domain_get_id:
 * @self: a domain
 *
 * Returns: its number
 */
gint64
dmc_domain_get_id (DmcDomain *self)
{
  return dmc_item_get_int (DMC_ITEM (self), "id");
}

/**
 * dmc_domain_get_uuid:
 * @self: a domain
 *
 * Returns: (transfer none) (nullable): what it is called for ever
 */
const char *
dmc_domain_get_uuid (DmcDomain *self)
{
  return dmc_item_get_string (DMC_ITEM (self), "uuid");
}

/**
 * dmc_domain_get_name:
 * @self: a domain
 *
 * Returns: (transfer none) (nullable): its name
 */
const char *
dmc_domain_get_name (DmcDomain *self)
{
  return dmc_item_get_string (DMC_ITEM (self), "name");
}

/**
 * dmc_domain_get_role:
 * @self: a domain
 *
 * Returns: (transfer none) (nullable): "control" or "guest"
 */
const char *
dmc_domain_get_role (DmcDomain *self)
{
  return dmc_item_get_string (DMC_ITEM (self), "role");
}

/**
 * dmc_domain_get_state:
 * @self: a domain
 *
 * Returns: (transfer none) (nullable): "running", "blocked", "paused", "shutdown", "crashed" or
 * "saved"
 */
const char *
dmc_domain_get_state (DmcDomain *self)
{
  return dmc_item_get_string (DMC_ITEM (self), "state");
}

/**
 * dmc_domain_get_memory_kib:
 * @self: a domain
 *
 * Returns: its memory in KiB
 */
gint64
dmc_domain_get_memory_kib (DmcDomain *self)
{
  return dmc_item_get_int (DMC_ITEM (self), "memory_kib");
}

/**
 * dmc_domain_get_weight:
 * @self: a domain
 *
 * Returns: its share of CPU time beside the others' weights
 */
gint64
dmc_domain_get_weight (DmcDomain *self)
{
  return dmc_item_get_int (DMC_ITEM (self), "weight");
}

/**
 * dmc_domain_get_cpu_percent:
 * @self: a domain
 *
 * Returns: what it used between the last two samples, in percent of one CPU
 */
double
dmc_domain_get_cpu_percent (DmcDomain *self)
{
  return self->cpu_percent;
}
