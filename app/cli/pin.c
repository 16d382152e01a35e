/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --pin of domain create and domain set: which processors each virtual CPU may run on. */
#include "domain.h"

#include <string.h>

#include "table.h"

#define CPUS_MAX  32u
#define VCPUS_MAX 32u

/* What --pin says is relative to: what the machine and the domain have. */
typedef struct {
  guint cpus, vcpus;
  guint32 masks[VCPUS_MAX]; /* processors of each virtual CPU, a bit each */
} Pinning;

static guint32
all_processors (const Pinning *pinning)
{
  return pinning->cpus == CPUS_MAX ? G_MAXUINT32 : (1u << pinning->cpus) - 1;
}

static gboolean
refuse (const char *pin, GError **error)
{
  g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
               "“%s” does not pin a virtual CPU: give its number, or “all”, and processors, such "
               "as 0=1, 0=0,2-3 or all=all.",
               pin);
  return FALSE;
}

/* Reads a number and moves on behind it. */
static gboolean
read_number (const char **at, guint *number)
{
  char *end;
  guint64 value = g_ascii_isdigit (**at) ? g_ascii_strtoull (*at, &end, 10) : G_MAXUINT64;

  if (value > G_MAXINT)
    return FALSE;
  *number = (guint)value;
  *at = end;
  return TRUE;
}

/* Reads “1”, “0,2” or “1-3,0”. */
static gboolean
read_processors (
    const char *pin, const char *at, const Pinning *pinning, guint32 *mask, GError **error)
{
  guint first, last;

  *mask = 0;
  do {
    if (!read_number (&at, &first))
      return refuse (pin, error);
    last = first;
    if (*at == '-' && (at++, !read_number (&at, &last) || last < first))
      return refuse (pin, error);
    if (last >= pinning->cpus) {
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                   "There is no processor %u: the machine has %u, from 0 on.", last, pinning->cpus);
      return FALSE;
    }
    for (guint i = first; i <= last; i++)
      *mask |= 1u << i;
  } while (*at == ',' && at++);
  return *at == '\0' || refuse (pin, error);
}

/* Does what one --pin says. */
static gboolean
apply (const char *pin, Pinning *pinning, GError **error)
{
  const char *at = pin, *equals = strchr (pin, '=');
  gboolean every = g_str_has_prefix (pin, "all=");
  guint32 mask = all_processors (pinning);
  guint vcpu = 0;

  if (!equals || (!every && (!read_number (&at, &vcpu) || at != equals)))
    return refuse (pin, error);
  if (vcpu >= pinning->vcpus) {
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                 "The domain has no virtual CPU %u: it has %u, from 0 on.", vcpu, pinning->vcpus);
    return FALSE;
  }
  if (!g_str_equal (equals + 1, "all") && !read_processors (pin, equals + 1, pinning, &mask, error))
    return FALSE;
  for (guint i = every ? 0 : vcpu; i < (every ? pinning->vcpus : vcpu + 1); i++)
    pinning->masks[i] = mask;
  return TRUE;
}

/* The processors in a list, as bits. */
static guint32
mask_of (JsonArray *list)
{
  guint32 mask = 0;

  for (guint i = 0; list && i < json_array_get_length (list); i++)
    if ((guint64)json_array_get_int_element (list, i) < CPUS_MAX)
      mask |= 1u << json_array_get_int_element (list, i);
  return mask;
}

/* What holds until a pin says otherwise: where the domain's virtual CPUs run now, or anywhere. */
static gboolean
begin (Ctl *ctl, JsonObject *domain, guint vcpus, Pinning *pinning, GError **error)
{
  g_autoptr (JsonNode) host = ctl_call (ctl, CTL_CONTROL, "host.info", NULL, error);
  JsonArray *there = domain ? dmc_json_get_array (domain, "vcpus") : NULL;

  if (!host)
    return FALSE;
  pinning->cpus
      = (guint)CLAMP (dmc_json_get_int (json_node_get_object (host), "cpus", 1), 1, CPUS_MAX);
  pinning->vcpus = MIN (there ? json_array_get_length (there) : MAX (vcpus, 1), VCPUS_MAX);
  for (guint i = 0; i < pinning->vcpus; i++) {
    JsonObject *vcpu = there ? json_array_get_object_element (there, i) : NULL;

    pinning->masks[i] = vcpu ? mask_of (dmc_json_get_array (vcpu, "affinity")) : 0;
    if (pinning->masks[i] == 0)
      pinning->masks[i] = all_processors (pinning);
  }
  return TRUE;
}

static JsonArray *
affinity_of (const Pinning *pinning)
{
  JsonArray *lists = json_array_new ();

  for (guint i = 0; i < pinning->vcpus; i++) {
    JsonArray *list = json_array_new ();

    for (guint cpu = 0; cpu < pinning->cpus; cpu++)
      if ((pinning->masks[i] >> cpu & 1) != 0)
        json_array_add_int_element (list, cpu);
    json_array_add_array_element (lists, list);
  }
  return lists;
}

/**
 * ctl_add_pins:
 * @ctl: the global options
 * @params: parameters of domain.create or domain.set
 * @pins: (nullable) (array zero-terminated=1): each VCPU=CPUS
 * @domain: (nullable): the domain as it is; a new one where %NULL
 * @vcpus: virtual CPUs of a new one
 * @error: which pin cannot be understood, or names what is not there
 *
 * Adds what the pins say, each in turn; nothing where there are none.
 *
 * Returns: whether they can be done
 */
gboolean
ctl_add_pins (
    Ctl *ctl, JsonObject *params, char **pins, JsonObject *domain, guint vcpus, GError **error)
{
  Pinning pinning;

  if (!pins)
    return TRUE;
  if (!begin (ctl, domain, vcpus, &pinning, error))
    return FALSE;
  for (char **pin = pins; *pin; pin++)
    if (!apply (*pin, &pinning, error))
      return FALSE;
  json_object_set_array_member (params, "vcpu_affinity", affinity_of (&pinning));
  return TRUE;
}

/**
 * ctl_print_pins:
 * @domain: a domain
 *
 * Prints where its virtual CPUs run and may run, a line for each.
 */
void
ctl_print_pins (JsonObject *domain)
{
  JsonArray *vcpus = dmc_json_get_array (domain, "vcpus");

  for (guint i = 0; vcpus && i < json_array_get_length (vcpus); i++) {
    JsonObject *vcpu = json_array_get_object_element (vcpus, i);
    JsonArray *list = dmc_json_get_array (vcpu, "affinity");
    g_autoptr (GString) may = g_string_new (NULL);

    for (guint cpu = 0; list && cpu < json_array_get_length (list); cpu++)
      g_string_append_printf (may, "%s%" G_GINT64_FORMAT, cpu > 0 ? ", " : "",
                              json_array_get_int_element (list, cpu));
    ctl_print_field ("Virtual CPU", "%" G_GINT64_FORMAT " on processor %" G_GINT64_FORMAT "%s%s",
                     dmc_json_get_int (vcpu, "id", i), dmc_json_get_int (vcpu, "pcpu", 0),
                     may->len > 0 ? ", may use " : "", may->str);
  }
}
