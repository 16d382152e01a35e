/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "affinity-row.h"

#include <glib/gi18n.h>

#include "rpc/json.h"

struct _DmcAffinityRow {
  HdyExpanderRow parent_instance;

  DmcDomain *domain;
  guint processors; /* of the machine; 0 while that is not known */
  GPtrArray *rows;  /* (element-type GPtrArray(GtkToggleButton)), one for each virtual CPU */
  gboolean setting; /* buttons are pressed by us */
};

G_DEFINE_FINAL_TYPE (DmcAffinityRow, dmc_affinity_row, HDY_TYPE_EXPANDER_ROW)

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

#define PROCESSORS_MAX 32

static guint
count_vcpus (DmcAffinityRow *self)
{
  gint64 n;

  g_object_get (self->domain, "n-vcpus", &n, NULL);
  return (guint)n;
}

/* What the hypervisor says of one virtual CPU: its processors, a bit each; 0 where it does not say.
 */
static guint32
mask_now (DmcAffinityRow *self, guint vcpu)
{
  JsonNode *vcpus = dmc_item_get_node (DMC_ITEM (self->domain), "vcpus");
  JsonNode *node = vcpu < count_vcpus (self)
                       ? json_array_get_element (json_node_get_array (vcpus), vcpu)
                       : NULL;
  JsonArray *list = node != NULL && JSON_NODE_HOLDS_OBJECT (node)
                        ? dmc_json_get_array (json_node_get_object (node), "affinity")
                        : NULL;
  guint32 mask = 0;

  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++) {
    gint64 processor = json_array_get_int_element (list, i);

    if (processor >= 0 && processor < PROCESSORS_MAX)
      mask |= 1u << processor;
  }
  return mask;
}

static guint32
mask_wanted (GPtrArray *buttons)
{
  guint32 mask = 0;

  for (guint i = 0; i < buttons->len; i++)
    if (gtk_toggle_button_get_active (g_ptr_array_index (buttons, i)))
      mask |= 1u << i;
  return mask;
}

static void
press (GPtrArray *buttons, guint32 mask)
{
  for (guint i = 0; i < buttons->len; i++)
    gtk_toggle_button_set_active (g_ptr_array_index (buttons, i), (mask >> i & 1) != 0);
}

/* A virtual CPU runs somewhere: who takes its last processor away gets it back. */
static void
on_toggled (DmcAffinityRow *self, GtkToggleButton *button)
{
  GPtrArray *buttons = g_object_get_data (G_OBJECT (button), "dmc-buttons");

  if (self->setting)
    return;
  if (mask_wanted (buttons) == 0)
    gtk_toggle_button_set_active (button, TRUE);
  else
    g_signal_emit (self, signals[CHANGED], 0);
}

static GtkWidget *
make_button (DmcAffinityRow *self, guint vcpu, guint processor)
{
  g_autofree char *label = g_strdup_printf ("%u", processor);
  /* TRANSLATORS: a virtual CPU and a processor, by their numbers */
  g_autofree char *name = g_strdup_printf (_ ("Virtual CPU %u on processor %u"), vcpu, processor);
  GtkWidget *button = gtk_toggle_button_new_with_label (label);

  atk_object_set_name (gtk_widget_get_accessible (button), name);
  gtk_widget_set_tooltip_text (button, name);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_signal_connect_swapped (button, "toggled", G_CALLBACK (on_toggled), self);
  return button;
}

static void
add_vcpu (DmcAffinityRow *self, guint vcpu)
{
  g_autofree char *title = g_strdup_printf (_ ("Virtual CPU %u"), vcpu);
  GtkWidget *row = g_object_new (HDY_TYPE_ACTION_ROW, "title", title, "visible", TRUE, NULL);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GPtrArray *buttons = g_ptr_array_new ();

  gtk_style_context_add_class (gtk_widget_get_style_context (box), "linked");
  for (guint processor = 0; processor < self->processors; processor++) {
    GtkWidget *button = make_button (self, vcpu, processor);

    g_ptr_array_add (buttons, button);
    g_object_set_data (G_OBJECT (button), "dmc-buttons", buttons);
    gtk_container_add (GTK_CONTAINER (box), button);
  }
  g_ptr_array_add (self->rows, buttons);
  gtk_container_add (GTK_CONTAINER (row), box);
  gtk_widget_show_all (box);
  gtk_container_add (GTK_CONTAINER (self), row);
}

/* Where there is one processor, or the hypervisor does not say which are used, nothing can be
 * chosen. */
static void
fill (DmcAffinityRow *self)
{
  guint n = count_vcpus (self);

  if (self->rows->len > 0 || self->processors < 2 || mask_now (self, 0) == 0)
    return;
  self->setting = TRUE;
  for (guint i = 0; i < n; i++)
    add_vcpu (self, i);
  self->setting = FALSE;
  dmc_affinity_row_revert (self);
  gtk_widget_show (GTK_WIDGET (self));
}

/**
 * dmc_affinity_row_differs:
 * @self: the row
 *
 * Returns: whether something else is chosen than the domain has
 */
gboolean
dmc_affinity_row_differs (DmcAffinityRow *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    if (mask_wanted (g_ptr_array_index (self->rows, i)) != mask_now (self, i))
      return TRUE;
  return FALSE;
}

/**
 * dmc_affinity_row_revert:
 * @self: the row
 *
 * Shows what the domain has.
 */
void
dmc_affinity_row_revert (DmcAffinityRow *self)
{
  self->setting = TRUE;
  for (guint i = 0; i < self->rows->len; i++)
    press (g_ptr_array_index (self->rows, i), mask_now (self, i));
  self->setting = FALSE;
}

/**
 * dmc_affinity_row_get:
 * @self: the row
 *
 * Returns: (transfer full): what is chosen, as domain.set takes it
 */
JsonArray *
dmc_affinity_row_get (DmcAffinityRow *self)
{
  JsonArray *lists = json_array_new ();

  for (guint i = 0; i < self->rows->len; i++) {
    guint32 mask = mask_wanted (g_ptr_array_index (self->rows, i));
    JsonArray *list = json_array_new ();

    for (guint processor = 0; processor < PROCESSORS_MAX; processor++)
      if ((mask >> processor & 1) != 0)
        json_array_add_int_element (list, processor);
    json_array_add_array_element (lists, list);
  }
  return lists;
}

/**
 * dmc_affinity_row_set_processors:
 * @self: the row
 * @processors: how many the machine has
 */
void
dmc_affinity_row_set_processors (DmcAffinityRow *self, guint processors)
{
  self->processors = MIN (processors, PROCESSORS_MAX);
  fill (self);
}

/**
 * dmc_affinity_row_set_domain:
 * @self: the row, once
 * @domain: (transfer none): whose virtual CPUs
 */
void
dmc_affinity_row_set_domain (DmcAffinityRow *self, DmcDomain *domain)
{
  self->domain = g_object_ref (domain);
}

/* The parts of an HdyExpanderRow (libhandy 1.8) outlive it with a parent that has been freed, and the next change of the theme goes
 * from them to that. */
static void
dmc_affinity_row_destroy (GtkWidget *widget)
{
  gtk_container_forall (GTK_CONTAINER (widget), (GtkCallback)(void (*) (void))gtk_widget_destroy, NULL);
  GTK_WIDGET_CLASS (dmc_affinity_row_parent_class)->destroy (widget);
}

static void
dmc_affinity_row_dispose (GObject *object)
{
  DmcAffinityRow *self = DMC_AFFINITY_ROW (object);

  g_clear_object (&self->domain);
  G_OBJECT_CLASS (dmc_affinity_row_parent_class)->dispose (object);
}

static void
dmc_affinity_row_finalize (GObject *object)
{
  g_ptr_array_unref (DMC_AFFINITY_ROW (object)->rows);
  G_OBJECT_CLASS (dmc_affinity_row_parent_class)->finalize (object);
}

static void
dmc_affinity_row_class_init (DmcAffinityRowClass *klass)
{
  GTK_WIDGET_CLASS (klass)->destroy = dmc_affinity_row_destroy;
  G_OBJECT_CLASS (klass)->dispose = dmc_affinity_row_dispose;
  G_OBJECT_CLASS (klass)->finalize = dmc_affinity_row_finalize;
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
dmc_affinity_row_init (DmcAffinityRow *self)
{
  self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref);
}
