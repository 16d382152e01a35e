/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domain-facts.h"

#include <glib/gi18n.h>
#include <handy.h>

#include "rpc/json.h"

typedef char *(*FactFunc) (DmcDomain *domain);

/* The text of a property, whatever its type. */
static char *
plain (DmcDomain *domain, const char *property)
{
  g_auto (GValue) value = G_VALUE_INIT, text = G_VALUE_INIT;

  g_object_get_property (G_OBJECT (domain), property, &value);
  g_value_init (&text, G_TYPE_STRING);
  if (!g_value_transform (&value, &text) || g_value_get_string (&text) == NULL
      || *g_value_get_string (&text) == '\0')
    return g_strdup ("–");
  return g_value_dup_string (&text);
}

static char *
used_of (DmcDomain *domain, const char *used_property, const char *max_property)
{
  gint64 used, max;

  g_object_get (domain, used_property, &used, max_property, &max, NULL);
  /* TRANSLATORS: how many are used, how many there may be */
  return g_strdup_printf (_ ("%d of %d"), (int)used, (int)max);
}

static char *
event_channels (DmcDomain *domain)
{
  return used_of (domain, "event-channels-used", "event-channels-max");
}

static char *
grants (DmcDomain *domain)
{
  return used_of (domain, "grants-used", "grants-max");
}

static char *
cpu_time (DmcDomain *domain)
{
  gint64 ns;

  g_object_get (domain, "cpu-time-ns", &ns, NULL);
  /* TRANSLATORS: seconds of processor time */
  return g_strdup_printf (_ ("%.1f s"), (double)ns / 1e9);
}

static char *
scheduler (DmcDomain *domain)
{
  g_autofree char *word = NULL;

  g_object_get (domain, "sched", &word, NULL);
  return g_strdup (g_strcmp0 (word, "realtime") == 0 ? _ ("Real time") : _ ("Fair share"));
}

static char *
watchdog (DmcDomain *domain)
{
  g_autofree char *action = NULL;
  gint64 seconds, restarts;

  g_object_get (domain, "watchdog-seconds", &seconds, "watchdog-action", &action,
                "watchdog-restarts", &restarts, NULL);
  if (seconds == 0)
    return g_strdup (_ ("None"));
  if (g_strcmp0 (action, "restart") != 0)
    /* TRANSLATORS: seconds after which a domain that hangs is ended */
    return g_strdup_printf (_ ("Ends it after %d s"), (int)seconds);
  /* TRANSLATORS: seconds after which a domain that hangs is started anew, and how often it was so far */
  return g_strdup_printf (_ ("Restarts it after %d s (%d so far)"), (int)seconds, (int)restarts);
}

static char *
display (DmcDomain *domain)
{
  gboolean has_focus, has_display;

  g_object_get (domain, "focus", &has_focus, "display", &has_display, NULL);
  return g_strdup (has_focus     ? _ ("Has the display, the keyboard and the mouse")
                   : has_display ? _ ("In the background")
                                 : _ ("None"));
}

/* Which processor each virtual one runs on, or ran on last. */
static char *
vcpus (DmcDomain *domain)
{
  JsonNode *node = dmc_item_get_node (DMC_ITEM (domain), "vcpus");
  JsonArray *list
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  GString *text = g_string_new (NULL);

  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++) {
    JsonNode *vcpu = json_array_get_element (list, i);

    if (!JSON_NODE_HOLDS_OBJECT (vcpu))
      continue;
    /* TRANSLATORS: number of a virtual CPU, and of the physical one it is on */
    g_string_append_printf (text, _ ("%s%d on CPU %d"), i > 0 ? ", " : "",
                            (int)dmc_json_get_int (json_node_get_object (vcpu), "id", 0),
                            (int)dmc_json_get_int (json_node_get_object (vcpu), "pcpu", 0));
  }
  return g_string_free (text, FALSE);
}

static char *
verified (DmcDomain *domain)
{
  gboolean yes;

  g_object_get (domain, "kernel-verified", &yes, NULL);
  return g_strdup (yes ? _ ("Verified") : _ ("Not verified"));
}

static const struct fact {
  const char *group; /* begins a group where it is not NULL */
  const char *title;
  const char *property; /* also what is watched for changes */
  FactFunc func;        /* NULL: the property's own text */
  const char *signal;   /* what else is followed */
} facts[] = {
  { N_ ("Identity"), N_ ("Number"), "domain-id", NULL, NULL },
  { NULL, N_ ("UUID"), "uuid", NULL, NULL },
  { NULL, N_ ("Security label"), "label", NULL, NULL },
  { NULL, N_ ("Display"), "display", display, "notify::focus" },
  { NULL, N_ ("Scheduler"), "sched", scheduler, NULL },
  { NULL, N_ ("Watchdog"), "watchdog-seconds", watchdog, "notify::watchdog-restarts" },
  { NULL, N_ ("Virtual CPUs"), "n-vcpus", vcpus, "sampled" },
  { N_ ("Kernel"), N_ ("Image"), "kernel-image", NULL, NULL },
  { NULL, N_ ("Signature"), "kernel-verified", verified, NULL },
  { NULL, N_ ("SHA-256"), "kernel-sha256", NULL, NULL },
  { N_ ("Counters"), N_ ("Processor time"), "cpu-time-ns", cpu_time, NULL },
  { NULL, N_ ("Event channels"), "event-channels-used", event_channels, NULL },
  { NULL, N_ ("Grants"), "grants-used", grants, NULL },
  { NULL, N_ ("Faults"), "faults", NULL, NULL },
};

/* The domain is the one that the label was made for, whoever emits. */
static void
update_label (GtkLabel *label)
{
  DmcDomain *domain = g_object_get_data (G_OBJECT (label), "dmc-domain");
  const struct fact *fact = g_object_get_data (G_OBJECT (label), "dmc-fact");
  g_autofree char *text = fact->func != NULL ? fact->func (domain) : plain (domain, fact->property);

  gtk_label_set_text (label, text);
}

static GtkWidget *
fact_row (DmcDomain *domain, const struct fact *fact)
{
  GtkWidget *row
      = g_object_new (HDY_TYPE_ACTION_ROW, "title", _ (fact->title), "visible", TRUE, NULL);
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "visible", TRUE, "selectable", TRUE, "ellipsize",
                                   PANGO_ELLIPSIZE_MIDDLE, "xalign", 1.0, "hexpand", TRUE, NULL);
  g_autofree char *signal = g_strconcat ("notify::", fact->property, NULL);

  g_object_set_data (G_OBJECT (label), "dmc-fact", (gpointer)fact);
  gtk_style_context_add_class (gtk_widget_get_style_context (label), "dim-label");
  atk_object_set_name (gtk_widget_get_accessible (label), _ (fact->title));
  atk_object_set_name (gtk_widget_get_accessible (row), _ (fact->title));
  gtk_container_add (GTK_CONTAINER (row), label);
  g_object_set_data_full (G_OBJECT (label), "dmc-domain", g_object_ref (domain), g_object_unref);
  g_signal_connect_object (domain, signal, G_CALLBACK (update_label), label, G_CONNECT_SWAPPED);
  if (fact->signal != NULL)
    g_signal_connect_object (domain, fact->signal, G_CALLBACK (update_label), label,
                             G_CONNECT_SWAPPED);
  update_label (GTK_LABEL (label));
  return row;
}

/**
 * dmc_domain_facts_add:
 * @box: where to
 * @domain: (transfer none): whose facts
 */
void
dmc_domain_facts_add (GtkBox *box, DmcDomain *domain)
{
  GtkWidget *group = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (facts); i++) {
    if (facts[i].group != NULL) {
      group = g_object_new (HDY_TYPE_PREFERENCES_GROUP, "title", _ (facts[i].group), "visible",
                            TRUE, NULL);
      gtk_container_add (GTK_CONTAINER (box), group);
    }
    gtk_container_add (GTK_CONTAINER (group), fact_row (domain, &facts[i]));
  }
}
