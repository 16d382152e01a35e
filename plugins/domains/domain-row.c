/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domain-row.h"

#include <glib/gi18n.h>

#include "domain-actions.h"
#include "domain-state.h"
#include "sparkline.h"

struct _DmcDomainRow {
  GtkListBoxRow parent_instance;

  DmcDomain *domain;
  gint64 device_memory_kib; /* 0 where unknown */

  GtkImage *state_icon;
  GtkLabel *name;
  GtkLabel *subtitle;
  DmcSparkline *cpu_chart;
  GtkLabel *cpu_label;
  GtkLevelBar *memory_bar;
  GtkLabel *memory_label;
  GtkWidget *toggle;
  GtkImage *toggle_icon;
};

G_DEFINE_FINAL_TYPE (DmcDomainRow, dmc_domain_row, GTK_TYPE_LIST_BOX_ROW)

static void
update_load (DmcDomainRow *self)
{
  guint n;
  const double *samples = dmc_domain_get_cpu_history (self->domain, &n);
  g_autofree char *percent = NULL;

  /* TRANSLATORS: processor load of a domain */
  percent = g_strdup_printf (_ ("%.0f %%"), dmc_domain_get_cpu_percent (self->domain));
  dmc_sparkline_set_samples (self->cpu_chart, samples, n, 100);
  dmc_sparkline_set_value_text (self->cpu_chart, percent);
  gtk_label_set_text (self->cpu_label, percent);
}

static void
update_memory (DmcDomainRow *self)
{
  gint64 kib = dmc_domain_get_memory_kib (self->domain);
  g_autofree char *size = g_format_size_full ((guint64)kib * 1024, G_FORMAT_SIZE_IEC_UNITS);

  gtk_label_set_text (self->memory_label, size);
  gtk_widget_set_visible (GTK_WIDGET (self->memory_bar), self->device_memory_kib > 0);
  if (self->device_memory_kib > 0) {
    g_autofree char *all
        = g_format_size_full ((guint64)self->device_memory_kib * 1024, G_FORMAT_SIZE_IEC_UNITS);
    /* TRANSLATORS: memory of a domain, memory of the device */
    g_autofree char *text = g_strdup_printf (_ ("%s of the device’s %s"), size, all);
    gtk_level_bar_set_value (self->memory_bar,
                             CLAMP ((double)kib / (double)self->device_memory_kib, 0, 1));
    gtk_widget_set_tooltip_text (GTK_WIDGET (self->memory_bar), text);
  }
}

static void
update_toggle (DmcDomainRow *self)
{
  gboolean paused = g_strcmp0 (dmc_domain_get_state (self->domain), "paused") == 0;
  const char *why_not = dmc_domain_actions_why_not (self->domain, "toggle");
  const char *name = dmc_domain_get_name (self->domain);
  g_autofree char *text = g_strdup_printf (paused ? _ ("Resume %s") : _ ("Pause %s"), name);

  gtk_image_set_from_icon_name (
      self->toggle_icon, paused ? "media-playback-start-symbolic" : "media-playback-pause-symbolic",
      GTK_ICON_SIZE_BUTTON);
  gtk_widget_set_tooltip_text (self->toggle, why_not != NULL ? why_not : text);
  atk_object_set_name (gtk_widget_get_accessible (self->toggle), text);
}

static void
update (DmcDomainRow *self)
{
  const char *name = dmc_domain_get_name (self->domain);
  const char *state = dmc_domain_state_text (self->domain);
  g_autofree char *subtitle = NULL;
  g_autofree char *spoken = NULL;
  gint64 vcpus;

  g_object_get (self->domain, "n-vcpus", &vcpus, NULL);
  /* TRANSLATORS: state of a domain, number of its virtual CPUs, its weight */
  subtitle = g_strdup_printf (
      g_dngettext (NULL, "%s · %d vCPU · weight %d", "%s · %d vCPUs · weight %d", (gulong)vcpus),
      state, (int)vcpus, (int)dmc_domain_get_weight (self->domain));
  spoken = g_strdup_printf ("%s, %s", name, subtitle);
  gtk_label_set_text (self->name, name);
  gtk_label_set_text (self->subtitle, subtitle);
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self)), spoken);
  dmc_domain_state_show (self->domain, self->state_icon);
  /* What was last heard of, while nobody answers. */
  gtk_widget_set_opacity (GTK_WIDGET (self), dmc_item_get_live (DMC_ITEM (self->domain)) ? 1 : 0.5);
  update_toggle (self);
  update_memory (self);
  gtk_list_box_row_changed (GTK_LIST_BOX_ROW (self));
}

static void
dmc_domain_row_dispose (GObject *object)
{
  g_clear_object (&DMC_DOMAIN_ROW (object)->domain);
  G_OBJECT_CLASS (dmc_domain_row_parent_class)->dispose (object);
}

static void
dmc_domain_row_class_init (DmcDomainRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dmc_domain_row_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/domicile/Console/domains/domain-row.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcDomainRow, state_icon);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainRow, name);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainRow, subtitle);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainRow, cpu_chart);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainRow, cpu_label);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainRow, memory_bar);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainRow, memory_label);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainRow, toggle);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainRow, toggle_icon);
}

static void
dmc_domain_row_init (DmcDomainRow *self)
{
  g_type_ensure (DMC_TYPE_SPARKLINE);
  gtk_widget_init_template (GTK_WIDGET (self));
  /* By hand: GtkLevelBar takes no style from a template. */
  gtk_style_context_add_class (gtk_widget_get_style_context (GTK_WIDGET (self->memory_bar)),
                               "dmc-thin");
  /* A domain with much memory is no alarm: no colours by level. */
  gtk_level_bar_remove_offset_value (self->memory_bar, GTK_LEVEL_BAR_OFFSET_LOW);
  gtk_level_bar_remove_offset_value (self->memory_bar, GTK_LEVEL_BAR_OFFSET_HIGH);
  gtk_level_bar_remove_offset_value (self->memory_bar, GTK_LEVEL_BAR_OFFSET_FULL);
}

/**
 * dmc_domain_row_new:
 * @host: (transfer none): for the row's actions
 * @domain: (transfer none): what to show
 *
 * Returns: (transfer floating): the row, which follows the domain
 */
GtkWidget *
dmc_domain_row_new (DmcHost *host, DmcDomain *domain)
{
  static const char *const shown[] = { "name", "state", "live", "weight", "n-vcpus", "memory-kib" };
  DmcDomainRow *self = g_object_new (DMC_TYPE_DOMAIN_ROW, NULL);
  g_autoptr (GSimpleActionGroup) actions = dmc_domain_actions_new (host, domain);

  self->domain = g_object_ref (domain);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "domain", G_ACTION_GROUP (actions));
  for (gsize i = 0; i < G_N_ELEMENTS (shown); i++) {
    g_autofree char *signal = g_strconcat ("notify::", shown[i], NULL);
    g_signal_connect_object (domain, signal, G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  }
  g_signal_connect_object (domain, "sampled", G_CALLBACK (update_load), self, G_CONNECT_SWAPPED);
  update (self);
  update_load (self);
  return GTK_WIDGET (self);
}

/**
 * dmc_domain_row_get_domain:
 * @self: the row
 *
 * Returns: (transfer none): what it shows
 */
DmcDomain *
dmc_domain_row_get_domain (DmcDomainRow *self)
{
  return self->domain;
}

/**
 * dmc_domain_row_set_device_memory:
 * @self: the row
 * @kib: memory of the device, which the memory bar is a share of; 0 where unknown
 */
void
dmc_domain_row_set_device_memory (DmcDomainRow *self, gint64 kib)
{
  self->device_memory_kib = kib;
  update_memory (self);
}

/**
 * dmc_domain_row_matches:
 * @self: the row
 * @words: what the user looks for
 *
 * Returns: whether each of the words begins a word of the name, the state, the label, the kernel or
 * the role
 */
gboolean
dmc_domain_row_matches (DmcDomainRow *self, const char *words)
{
  g_autofree char *label = NULL, *image = NULL, *text = NULL;

  if (words == NULL || *words == '\0')
    return TRUE;
  g_object_get (self->domain, "label", &label, "kernel-image", &image, NULL);
  text = g_strjoin (" ", dmc_domain_get_name (self->domain), dmc_domain_state_text (self->domain),
                    dmc_domain_get_role (self->domain), label != NULL ? label : "",
                    image != NULL ? image : "", NULL);
  return g_str_match_string (words, text, TRUE);
}
