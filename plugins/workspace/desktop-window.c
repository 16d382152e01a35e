/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "desktop-window.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gi18n.h>
#include <unistd.h>
#include <vncdisplay.h>

/* Until a window that is being dragged larger has its size. */
#define RESIZE_MS 200
/* In full screen the way out shows at the top edge, and stays while the pointer is near it, in pixels. */
#define EDGE 1
#define NEAR 64

#define DMC_TYPE_DESKTOP_WINDOW (dmc_desktop_window_get_type ())
G_DECLARE_FINAL_TYPE (DmcDesktopWindow, dmc_desktop_window, DMC, DESKTOP_WINDOW, GtkWindow)

struct _DmcDesktopWindow {
  GtkWindow parent_instance;

  GCancellable *cancellable;
  char *address;
  gboolean copies_in, copies_out; /* what of the clipboard crosses */
  gboolean taking;                /* the computer's clipboard is being set from the desktop */
  gboolean full_screen;
  guint resize_source;

  GtkWidget *header;
  GtkWidget *leave; /* over the picture, in full screen */
  GtkStack *stack;
  GtkLabel *status;
  GtkWidget *again;
  VncDisplay *display; /* NULL while nobody is connected */
};

G_DEFINE_FINAL_TYPE (DmcDesktopWindow, dmc_desktop_window, GTK_TYPE_WINDOW)

static void connect_desktop (DmcDesktopWindow *self);

static void
show_status (DmcDesktopWindow *self, const char *text, gboolean again)
{
  gtk_label_set_text (self->status, text);
  gtk_widget_set_visible (self->again, again);
  gtk_stack_set_visible_child_name (self->stack, "status");
}

static void
on_initialized (DmcDesktopWindow *self)
{
  gtk_stack_set_visible_child_name (self->stack, "desktop");
  gtk_widget_grab_focus (GTK_WIDGET (self->display));
}

static void
on_disconnected (DmcDesktopWindow *self)
{
  show_status (self, _ ("The desktop is not shown any more."), TRUE);
}

/* A server that cannot change its size says no, and its picture is scaled. */
static gboolean
resize_desktop (gpointer user_data)
{
  DmcDesktopWindow *self = user_data;
  VncConnection *connection = self->display != NULL ? vnc_display_get_connection (self->display) : NULL;
  int scale = gtk_widget_get_scale_factor (GTK_WIDGET (self));

  self->resize_source = 0;
  if (connection != NULL && vnc_connection_is_initialized (connection))
    vnc_connection_set_size (connection,
                             (guint)(gtk_widget_get_allocated_width (GTK_WIDGET (self->display)) * scale),
                             (guint)(gtk_widget_get_allocated_height (GTK_WIDGET (self->display)) * scale));
  return G_SOURCE_REMOVE;
}

static void
on_size (DmcDesktopWindow *self)
{
  if (self->resize_source != 0)
    g_source_remove (self->resize_source);
  self->resize_source = g_timeout_add (RESIZE_MS, resize_desktop, self);
}

static gboolean
on_motion (DmcDesktopWindow *self, GdkEventMotion *event)
{
  gboolean near = event->y <= (gtk_widget_get_visible (self->leave) ? NEAR : EDGE);

  gtk_widget_set_visible (self->leave, self->full_screen && near);
  return GDK_EVENT_PROPAGATE;
}

static GtkClipboard *
get_clipboard (DmcDesktopWindow *self)
{
  return gtk_widget_get_clipboard (GTK_WIDGET (self), GDK_SELECTION_CLIPBOARD);
}

static void
on_text (GtkClipboard *clipboard, const char *text, gpointer user_data)
{
  g_autoptr (DmcDesktopWindow) self = user_data;

  if (text != NULL && self->display != NULL && vnc_display_is_open (self->display))
    vnc_display_client_cut_text (self->display, text);
}

/* Something was copied on the computer. The desktop gets it when its window is looked at, and not before. */
static void
offer_clipboard (DmcDesktopWindow *self)
{
  if (self->copies_in && !self->taking && self->display != NULL && gtk_window_is_active (GTK_WINDOW (self)))
    gtk_clipboard_request_text (get_clipboard (self), on_text, g_object_ref (self));
}

static void
on_cut_text (DmcDesktopWindow *self, const char *text)
{
  if (!self->copies_out)
    return;
  self->taking = TRUE;
  gtk_clipboard_set_text (get_clipboard (self), text, -1);
  self->taking = FALSE;
}

static void
drop_display (DmcDesktopWindow *self)
{
  if (self->resize_source != 0)
    g_source_remove (self->resize_source);
  self->resize_source = 0;
  if (self->display == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->display, self);
  vnc_display_close (self->display);
  gtk_widget_destroy (GTK_WIDGET (self->display));
  self->display = NULL;
}

/* The desktop takes the size of the window where it can, and is scaled where it cannot. */
static void
make_display (DmcDesktopWindow *self)
{
  drop_display (self);
  self->display = VNC_DISPLAY (vnc_display_new ());
  vnc_display_set_scaling (self->display, TRUE);
  vnc_display_set_keep_aspect_ratio (self->display, TRUE);
  vnc_display_set_pointer_local (self->display, FALSE);
  vnc_display_set_shared_flag (self->display, TRUE);
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->display)), _ ("Desktop"));
  g_signal_connect_swapped (self->display, "vnc-initialized", G_CALLBACK (on_initialized), self);
  g_signal_connect_swapped (self->display, "vnc-disconnected", G_CALLBACK (on_disconnected), self);
  g_signal_connect_swapped (self->display, "vnc-server-cut-text", G_CALLBACK (on_cut_text), self);
  g_signal_connect_swapped (self->display, "size-allocate", G_CALLBACK (on_size), self);
  g_signal_connect_swapped (self->display, "motion-notify-event", G_CALLBACK (on_motion), self);
  gtk_widget_show (GTK_WIDGET (self->display));
  gtk_stack_add_named (self->stack, GTK_WIDGET (self->display), "desktop");
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcDesktopWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection
      = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (connection == NULL) {
    g_autofree char *text = g_strdup_printf (_ ("The desktop does not answer: %s."), error->message);
    show_status (self, text, TRUE);
    return;
  }
  make_display (self);
  /* The viewer closes what it is given. */
  vnc_display_open_fd (self->display, dup (g_socket_get_fd (g_socket_connection_get_socket (connection))));
}

static void
connect_desktop (DmcDesktopWindow *self)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (self->address);

  show_status (self, _ ("Connecting…"), FALSE);
  g_socket_client_connect_async (client, G_SOCKET_CONNECTABLE (address), self->cancellable, on_connected,
                                 g_object_ref (self));
}

static void
toggle_full_screen (DmcDesktopWindow *self)
{
  if (self->full_screen)
    gtk_window_unfullscreen (GTK_WINDOW (self));
  else
    gtk_window_fullscreen (GTK_WINDOW (self));
}

static gboolean
on_state (GtkWidget *widget, GdkEventWindowState *event)
{
  DmcDesktopWindow *self = DMC_DESKTOP_WINDOW (widget);

  self->full_screen = (event->new_window_state & GDK_WINDOW_STATE_FULLSCREEN) != 0;
  gtk_widget_set_visible (self->leave, self->full_screen);
  return GTK_WIDGET_CLASS (dmc_desktop_window_parent_class)->window_state_event (widget, event);
}

/* All keys are the desktop's but the one that leads out of it. */
static gboolean
on_key (GtkWidget *widget, GdkEventKey *event)
{
  DmcDesktopWindow *self = DMC_DESKTOP_WINDOW (widget);

  if (event->keyval == GDK_KEY_F11) {
    toggle_full_screen (self);
    return TRUE;
  }
  return GTK_WIDGET_CLASS (dmc_desktop_window_parent_class)->key_press_event (widget, event);
}

static void
dmc_desktop_window_destroy (GtkWidget *widget)
{
  DmcDesktopWindow *self = DMC_DESKTOP_WINDOW (widget);

  g_cancellable_cancel (self->cancellable);
  drop_display (self);
  GTK_WIDGET_CLASS (dmc_desktop_window_parent_class)->destroy (widget);
}

static void
dmc_desktop_window_finalize (GObject *object)
{
  DmcDesktopWindow *self = DMC_DESKTOP_WINDOW (object);

  g_clear_object (&self->cancellable);
  g_free (self->address);
  G_OBJECT_CLASS (dmc_desktop_window_parent_class)->finalize (object);
}

static void
dmc_desktop_window_class_init (DmcDesktopWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = dmc_desktop_window_finalize;
  widget_class->destroy = dmc_desktop_window_destroy;
  widget_class->window_state_event = on_state;
  widget_class->key_press_event = on_key;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/domicile/Console/desktop/desktop-window.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcDesktopWindow, header);
  gtk_widget_class_bind_template_child (widget_class, DmcDesktopWindow, leave);
  gtk_widget_class_bind_template_child (widget_class, DmcDesktopWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, DmcDesktopWindow, status);
  gtk_widget_class_bind_template_child (widget_class, DmcDesktopWindow, again);
  gtk_widget_class_bind_template_callback (widget_class, connect_desktop);
  gtk_widget_class_bind_template_callback (widget_class, toggle_full_screen);
}

static void
dmc_desktop_window_init (DmcDesktopWindow *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * dmc_desktop_window_new:
 * @title: the workspace's name
 * @address: path of the socket that its desktop is shown at
 * @clipboard: (nullable): what crosses between it and the computer: "none", "in", "out" or "both"
 *
 * Returns: (transfer none): the window, which belongs to GTK
 */
GtkWidget *
dmc_desktop_window_new (const char *title, const char *address, const char *clipboard)
{
  DmcDesktopWindow *self = g_object_new (DMC_TYPE_DESKTOP_WINDOW, NULL);

  self->address = g_strdup (address);
  self->copies_in = g_strcmp0 (clipboard, "in") == 0 || g_strcmp0 (clipboard, "both") == 0;
  self->copies_out = g_strcmp0 (clipboard, "out") == 0 || g_strcmp0 (clipboard, "both") == 0;
  g_signal_connect_object (get_clipboard (self), "owner-change", G_CALLBACK (offer_clipboard), self, G_CONNECT_SWAPPED);
  g_signal_connect (self, "notify::is-active", G_CALLBACK (offer_clipboard), NULL);
  gtk_window_set_title (GTK_WINDOW (self), title);
  gtk_header_bar_set_title (GTK_HEADER_BAR (self->header), title);
  connect_desktop (self);
  return GTK_WIDGET (self);
}
