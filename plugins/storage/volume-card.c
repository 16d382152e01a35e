/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "volume-card.h"

#include <glib/gi18n.h>
#include <handy.h>

#include "plugin/pass-focus.h"
#include "workspace-entry.h"

/* From this share on a volume is called nearly full. */
#define NEARLY_FULL 0.9

struct _DmcVolumeCard {
  GtkBin parent_instance;

  DmcHost *host;
  DmcVolume *volume;
  DmcWorkspaceList *workspaces;

  GtkListBox *list;
  GtkImage *icon;
  GtkLabel *label;
  GtkLabel *place;
  GtkLevelBar *level;
  GtkLabel *space;
  GtkLabel *state;
  GtkWidget *create_row;
  GtkButton *create_button;
};

G_DEFINE_FINAL_TYPE (DmcVolumeCard, dmc_volume_card, GTK_TYPE_BIN)

/* The volume */

static const struct {
  const char *kind, *icon_name, *title;
} kinds[] = {
  { "usb", "drive-removable-media-usb-symbolic", N_ ("Removable drive") },
  { "disk", "drive-harddisk-symbolic", N_ ("Disk") },
  { "image", "media-optical-symbolic", N_ ("Disk image") },
  { "iscsi", "network-server-symbolic", N_ ("Network volume") },
};

static guint
kind_index (const char *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_strcmp0 (kinds[i].kind, kind) == 0)
      return i;
  return 1;
}

static gboolean
is_state (DmcVolumeCard *self, const char *state)
{
  return g_strcmp0 (dmc_item_get_string (DMC_ITEM (self->volume), "state"), state) == 0;
}

static void
show_identity (DmcVolumeCard *self)
{
  guint kind = kind_index (dmc_volume_get_kind (self->volume));
  const char *path = dmc_item_get_string (DMC_ITEM (self->volume), "path");
  const char *address = dmc_item_get_string (DMC_ITEM (self->volume), "address");
  const char *where = path != NULL && *path != '\0' ? path : address;
  const char *filesystem = dmc_item_get_string (DMC_ITEM (self->volume), "filesystem");
  g_autoptr (GString) place = g_string_new (_ (kinds[kind].title));

  if (filesystem != NULL && *filesystem != '\0')
    g_string_append_printf (place, " · %s", filesystem);
  if (where != NULL && *where != '\0')
    g_string_append_printf (place, " · %s", where);
  gtk_image_set_from_icon_name (self->icon, kinds[kind].icon_name, GTK_ICON_SIZE_DND);
  gtk_label_set_text (self->label, dmc_volume_get_label (self->volume));
  gtk_label_set_text (self->place, place->str);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->place), place->str);
}

static void
show_space (DmcVolumeCard *self)
{
  gint64 size = dmc_volume_get_size_bytes (self->volume);
  gint64 rest = CLAMP (dmc_volume_get_free_bytes (self->volume), 0, MAX (size, 0));
  gboolean known = size > 0 && !is_state (self, "unmounted");
  double used = known ? 1.0 - (double)rest / (double)size : 0;
  g_autofree char *size_text = g_format_size_full ((guint64)MAX (size, 0), G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *free_text = g_format_size_full ((guint64)rest, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *text = NULL;

  if (!known)
    text = g_strdup (size > 0 ? size_text : "");
  else if (used >= NEARLY_FULL)
    /* TRANSLATORS: free space, size */
    text = g_strdup_printf (_ ("%s free of %s, nearly full"), free_text, size_text);
  else
    /* TRANSLATORS: free space, size */
    text = g_strdup_printf (_ ("%s free of %s"), free_text, size_text);
  gtk_level_bar_set_value (self->level, used);
  gtk_widget_set_visible (GTK_WIDGET (self->level), known);
  gtk_label_set_text (self->space, text);
}

/* Where a new workspace goes: the top of a stick, but one's home on the computer's own disk, whose
 * top is not for people to write to. */
static const char *
folder_for_workspaces (const char *path)
{
  return g_str_equal (path, "/") ? g_get_home_dir () : path;
}

static void
show_state (DmcVolumeCard *self)
{
  gboolean live = dmc_item_get_live (DMC_ITEM (self->volume));
  gboolean writable = is_state (self, "mounted");
  const char *path = dmc_item_get_string (DMC_ITEM (self->volume), "path");

  gtk_label_set_text (self->state, !live                          ? _ ("Not known now")
                                   : is_state (self, "read-only") ? _ ("Read-only")
                                   : is_state (self, "unmounted") ? _ ("Not mounted")
                                                                  : "");
  gtk_widget_set_visible (GTK_WIDGET (self->state), *gtk_label_get_text (self->state) != '\0');
  gtk_widget_set_visible (self->create_row, writable && path != NULL && *path == '/');
  if (path != NULL)
    gtk_actionable_set_action_target (GTK_ACTIONABLE (self->create_button), "s",
                                      folder_for_workspaces (path));
}

/* Its workspaces */

/* Returns: the row of a workspace, NULL: it has none */
static GtkWidget *
find_entry (DmcVolumeCard *self, DmcItem *workspace)
{
  g_autoptr (GList) rows = gtk_container_get_children (GTK_CONTAINER (self->list));

  for (GList *l = rows; l != NULL; l = l->next)
    if (DMC_IS_WORKSPACE_ENTRY (l->data) && DMC_ITEM (dmc_workspace_entry_get_workspace (l->data)) == workspace)
      return l->data;
  return NULL;
}

static void
remove_others (DmcVolumeCard *self, GPtrArray *workspaces)
{
  g_autoptr (GList) rows = gtk_container_get_children (GTK_CONTAINER (self->list));

  for (GList *l = rows; l != NULL; l = l->next)
    if (DMC_IS_WORKSPACE_ENTRY (l->data)
        && !g_ptr_array_find (workspaces, dmc_workspace_entry_get_workspace (l->data), NULL))
      gtk_widget_destroy (l->data);
}

static void
put_entry (DmcVolumeCard *self, DmcItem *workspace, int place)
{
  GtkWidget *known = find_entry (self, workspace);
  g_autoptr (GtkWidget) entry
      = g_object_ref_sink (known != NULL ? known : dmc_workspace_entry_new (self->host, DMC_WORKSPACE (workspace)));

  if (entry == GTK_WIDGET (gtk_list_box_get_row_at_index (self->list, place)))
    return;
  if (gtk_widget_get_parent (entry) != NULL)
    gtk_container_remove (GTK_CONTAINER (self->list), entry);
  gtk_list_box_insert (self->list, entry, place);
}

/* What stays keeps its row: with the focus, and with the work that it has begun or asks about. */
static void
show_workspaces (DmcVolumeCard *self)
{
  g_auto (GStrv) ids = dmc_volume_dup_workspaces (self->volume);
  g_autoptr (GPtrArray) found = g_ptr_array_new ();

  for (guint i = 0; ids[i] != NULL; i++) {
    DmcItem *workspace = dmc_item_list_find (DMC_ITEM_LIST (self->workspaces), ids[i]);

    if (workspace != NULL && !g_ptr_array_find (found, workspace, NULL))
      g_ptr_array_add (found, workspace);
  }
  remove_others (self, found);
  for (guint i = 0; i < found->len; i++)
    put_entry (self, found->pdata[i], (int)i + 1); /* the first row is the volume itself */
}

static void
update (DmcVolumeCard *self)
{
  show_identity (self);
  show_space (self);
  show_state (self);
  show_workspaces (self);
}

static void
on_volume_changed (DmcVolumeCard *self, DmcItem *volume)
{
  if (volume == DMC_ITEM (self->volume))
    update (self);
}

static void
dmc_volume_card_dispose (GObject *object)
{
  DmcVolumeCard *self = DMC_VOLUME_CARD (object);

  g_clear_object (&self->host);
  g_clear_object (&self->volume);
  g_clear_object (&self->workspaces);
  G_OBJECT_CLASS (dmc_volume_card_parent_class)->dispose (object);
}

static void
dmc_volume_card_class_init (DmcVolumeCardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dmc_volume_card_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/domicile/Console/storage/volume-card.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcVolumeCard, list);
  gtk_widget_class_bind_template_child (widget_class, DmcVolumeCard, icon);
  gtk_widget_class_bind_template_child (widget_class, DmcVolumeCard, label);
  gtk_widget_class_bind_template_child (widget_class, DmcVolumeCard, place);
  gtk_widget_class_bind_template_child (widget_class, DmcVolumeCard, level);
  gtk_widget_class_bind_template_child (widget_class, DmcVolumeCard, space);
  gtk_widget_class_bind_template_child (widget_class, DmcVolumeCard, state);
  gtk_widget_class_bind_template_child (widget_class, DmcVolumeCard, create_row);
  gtk_widget_class_bind_template_child (widget_class, DmcVolumeCard, create_button);
}

static void
dmc_volume_card_init (DmcVolumeCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  dmc_pass_focus (GTK_WIDGET (self->list));
  gtk_container_foreach (GTK_CONTAINER (self->list), (GtkCallback)(void (*) (void))dmc_pass_focus, NULL);
}

GtkWidget *
dmc_volume_card_new (DmcHost *host, DmcVolume *volume)
{
  DmcVolumeCard *self = g_object_new (DMC_TYPE_VOLUME_CARD, "visible", TRUE, NULL);
  DmcVolumeList *volumes = dmc_host_get_volumes (host);

  self->host = g_object_ref (host);
  self->volume = g_object_ref (volume);
  self->workspaces = g_object_ref (dmc_host_get_workspaces (host));
  g_signal_connect_object (volumes, "item-changed", G_CALLBACK (on_volume_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (volume, "notify::live", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->workspaces, "items-changed", G_CALLBACK (show_workspaces), self,
                           G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}
