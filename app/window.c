/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "window.h"

#include <glib/gi18n.h>

#include "endpoint-banner.h"
#include "plugin/fit-screen.h"
#include "plugin/info-bar.h"

/* How long a passing message stays. */
#define MESSAGE_SECONDS 8

struct _DmcWindow {
  HdyApplicationWindow parent_instance;

  GSettings *settings; /* NULL where the schema is not installed */
  guint message_timeout;
  char *error;      /* what failed, while that is shown; else NULL */
  gboolean leading; /* to another page, which the user did not ask for */

  GtkMenuButton *menu_button;
  GtkBox *banners;
  GtkInfoBar *message_bar;
  GtkLabel *message_label;
  GtkStack *stack;
  HdyViewSwitcherTitle *switcher;
};

G_DEFINE_FINAL_TYPE (DmcWindow, dmc_window, HDY_TYPE_APPLICATION_WINDOW)

static void
close_message (DmcWindow *self)
{
  g_clear_handle_id (&self->message_timeout, g_source_remove);
  g_clear_pointer (&self->error, g_free);
  gtk_widget_hide (GTK_WIDGET (self->message_bar));
}

static gboolean
hide_message (gpointer user_data)
{
  DmcWindow *self = user_data;

  self->message_timeout = 0;
  close_message (self);
  return G_SOURCE_REMOVE;
}

static void
on_message_response (DmcWindow *self)
{
  close_message (self);
}

static void
on_visible_page (DmcWindow *self)
{
  GtkWidget *page = gtk_stack_get_visible_child (self->stack);
  g_autofree char *page_title = NULL;

  if (page != NULL)
    gtk_container_child_get (GTK_CONTAINER (self->stack), page, "title", &page_title, NULL);
  hdy_view_switcher_title_set_subtitle (self->switcher, page_title);
  /* Who leaves the page has read what failed there. Who is led to another, as after a login, has not. */
  if (self->error != NULL && !self->leading)
    close_message (self);
}

/* @parameter: (nullable) (transfer floating) */
static void
activate_on_page (DmcWindow *self, const char *action, GVariant *parameter)
{
  GtkWidget *page = gtk_stack_get_visible_child (self->stack);
  GActionGroup *group = page != NULL ? gtk_widget_get_action_group (page, "page") : NULL;
  g_autoptr (GVariant) owned = parameter != NULL ? g_variant_ref_sink (parameter) : NULL;

  if (group != NULL && g_action_group_has_action (group, action))
    g_action_group_activate_action (group, action, owned);
}

static void
on_find (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  activate_on_page (user_data, "find", NULL);
}

static void
on_nth_page (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcWindow *self = user_data;
  g_autoptr (GList) pages = gtk_container_get_children (GTK_CONTAINER (self->stack));
  GtkWidget *page = g_list_nth_data (pages, (guint)(g_variant_get_int32 (parameter) - 1));

  if (page != NULL)
    gtk_stack_set_visible_child (self->stack, page);
}

static void
on_menu (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  gtk_button_clicked (GTK_BUTTON (DMC_WINDOW (user_data)->menu_button));
}

static void
on_close (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  gtk_window_close (user_data);
}

static const GActionEntry actions[] = {
  { .name = "find", .activate = on_find },
  { .name = "page", .activate = on_nth_page, .parameter_type = "i" },
  { .name = "menu", .activate = on_menu },
  { .name = "close", .activate = on_close },
};

static void
save_state (DmcWindow *self)
{
  int width, height;

  if (self->settings == NULL)
    return;
  gtk_window_get_size (GTK_WINDOW (self), &width, &height);
  g_settings_set_boolean (self->settings, "window-maximized",
                          gtk_window_is_maximized (GTK_WINDOW (self)));
  if (!gtk_window_is_maximized (GTK_WINDOW (self)))
    g_settings_set (self->settings, "window-size", "(ii)", width, height);
}

static void
load_state (DmcWindow *self)
{
  int width = 1080, height = 720;

  if (self->settings != NULL) {
    g_settings_get (self->settings, "window-size", "(ii)", &width, &height);
    if (g_settings_get_boolean (self->settings, "window-maximized"))
      gtk_window_maximize (GTK_WINDOW (self));
  }
  gtk_window_set_default_size (GTK_WINDOW (self), MAX (width, 360), MAX (height, 300));
  dmc_window_fit_screen (GTK_WINDOW (self));
}

static void
dmc_window_unmap (GtkWidget *widget)
{
  save_state (DMC_WINDOW (widget));
  GTK_WIDGET_CLASS (dmc_window_parent_class)->unmap (widget);
}

static void
dmc_window_dispose (GObject *object)
{
  DmcWindow *self = DMC_WINDOW (object);

  g_clear_handle_id (&self->message_timeout, g_source_remove);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (dmc_window_parent_class)->dispose (object);
}

static void
dmc_window_finalize (GObject *object)
{
  g_free (DMC_WINDOW (object)->error);
  G_OBJECT_CLASS (dmc_window_parent_class)->finalize (object);
}

static void
dmc_window_class_init (DmcWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dmc_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = dmc_window_finalize;
  widget_class->unmap = dmc_window_unmap;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/domicile/Console/ui/window.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcWindow, menu_button);
  gtk_widget_class_bind_template_child (widget_class, DmcWindow, banners);
  gtk_widget_class_bind_template_child (widget_class, DmcWindow, message_bar);
  gtk_widget_class_bind_template_child (widget_class, DmcWindow, message_label);
  gtk_widget_class_bind_template_child (widget_class, DmcWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, DmcWindow, switcher);
  gtk_widget_class_bind_template_callback (widget_class, on_message_response);
  gtk_widget_class_bind_template_callback (widget_class, on_visible_page);
}

static void
dmc_window_init (DmcWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  dmc_info_bar_name_close (self->message_bar);
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
}

/**
 * dmc_window_new:
 * @application: the application
 * @settings: (nullable) (transfer none): where the window's size is kept
 *
 * Returns: (transfer none): the window, owned by GTK until it is destroyed
 */
DmcWindow *
dmc_window_new (GtkApplication *application, GSettings *settings)
{
  DmcWindow *self = g_object_new (DMC_TYPE_WINDOW, "application", application, NULL);

  g_set_object (&self->settings, settings);
  load_state (self);
  return self;
}

/**
 * dmc_window_add_endpoint:
 * @self: the window
 * @endpoint: (transfer none): an endpoint whose absence is to be shown
 */
void
dmc_window_add_endpoint (DmcWindow *self, DmcEndpoint *endpoint)
{
  gtk_container_add (GTK_CONTAINER (self->banners), dmc_endpoint_banner_new (endpoint));
}

/* The place of a page among the others, which are in order of their positions already. */
static int
place_of (DmcWindow *self, int position)
{
  g_autoptr (GList) pages = gtk_container_get_children (GTK_CONTAINER (self->stack));
  int place = 0;

  for (GList *l = pages; l != NULL; l = l->next) {
    if (GPOINTER_TO_INT (g_object_get_data (l->data, "dmc-position")) > position)
      break;
    place++;
  }
  return place;
}

/**
 * dmc_window_add_page:
 * @self: the window
 * @page: (transfer floating): what to show
 * @id: a word that names the page
 * @title: its title, translated
 * @icon_name: a symbolic icon
 * @position: lower comes first
 */
void
dmc_window_add_page (DmcWindow *self,
                     GtkWidget *page,
                     const char *id,
                     const char *title,
                     const char *icon_name,
                     int position)
{
  int place = place_of (self, position);

  g_object_set_data (G_OBJECT (page), "dmc-position", GINT_TO_POINTER (position));
  /* The first one is shown at once, and leaves none. */
  self->leading = TRUE;
  gtk_container_add_with_properties (GTK_CONTAINER (self->stack), page, "name", id, "title", title,
                                     "icon-name", icon_name, "position", place, NULL);
  gtk_widget_show (page);
  self->leading = FALSE;
}

/**
 * dmc_window_remove_page:
 * @self: the window
 * @page: a page added before
 */
void
dmc_window_remove_page (DmcWindow *self, GtkWidget *page)
{
  if (gtk_widget_get_parent (page) != GTK_WIDGET (self->stack))
    return;
  self->leading = TRUE;
  gtk_container_remove (GTK_CONTAINER (self->stack), page);
  self->leading = FALSE;
}

/**
 * dmc_window_show_page:
 * @self: the window
 * @id: the page's word
 *
 * Returns: whether there is such a page
 */
gboolean
dmc_window_show_page (DmcWindow *self, const char *id)
{
  GtkWidget *page = gtk_stack_get_child_by_name (self->stack, id);

  if (page == NULL)
    return FALSE;
  self->leading = TRUE;
  gtk_stack_set_visible_child (self->stack, page);
  self->leading = FALSE;
  return TRUE;
}

/**
 * dmc_window_show_workspace:
 * @self: the window
 * @workspace: id of a workspace that is open, or about to be
 */
void
dmc_window_show_workspace (DmcWindow *self, const char *workspace)
{
  if (dmc_window_show_page (self, "workspace"))
    activate_on_page (self, "show-workspace", g_variant_new_string (workspace));
}

static void
show_in_bar (DmcWindow *self, GtkMessageType type, AtkRole role, const char *text)
{
  g_clear_handle_id (&self->message_timeout, g_source_remove);
  g_clear_pointer (&self->error, g_free);
  gtk_label_set_text (self->message_label, text);
  gtk_info_bar_set_message_type (self->message_bar, type);
  atk_object_set_role (gtk_widget_get_accessible (GTK_WIDGET (self->message_bar)), role);
  gtk_widget_show (GTK_WIDGET (self->message_bar));
}

/**
 * dmc_window_show_message:
 * @self: the window
 * @text: one or two sentences, which go by themselves
 */
void
dmc_window_show_message (DmcWindow *self, const char *text)
{
  show_in_bar (self, GTK_MESSAGE_INFO, ATK_ROLE_INFO_BAR, text);
  self->message_timeout = g_timeout_add_seconds (MESSAGE_SECONDS, hide_message, self);
}

/**
 * dmc_window_show_error:
 * @self: the window
 * @what: (nullable): what failed, to take it back by
 * @text: a few sentences, which stay until they are closed, taken back, or the page is left
 */
void
dmc_window_show_error (DmcWindow *self, const char *what, const char *text)
{
  show_in_bar (self, GTK_MESSAGE_ERROR, ATK_ROLE_ALERT, text);
  self->error = g_strdup (what != NULL ? what : "");
}

/**
 * dmc_window_clear_error:
 * @self: the window
 * @what: what does not fail any more
 *
 * Takes its error back, if that is what is shown.
 */
void
dmc_window_clear_error (DmcWindow *self, const char *what)
{
  if (g_strcmp0 (self->error, what) == 0)
    close_message (self);
}
