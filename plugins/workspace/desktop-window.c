/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "desktop-window.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gi18n.h>
#include <unistd.h>
#include <vncdisplay.h>
#ifdef GDK_WINDOWING_X11
#include <gdk/gdkx.h>
#endif

#include "key-grab.h"
#include "plugin/fit-screen.h"
#include "screen-layout.h"
#include "screen-request.h"

/* Until a window that is being dragged larger has its size. */
#define RESIZE_MS 200
/* In full screen a bar with the way out shows at the top edge, and stays while the pointer is near it, in pixels, */
#define EDGE 1
#define NEAR 64
#define MARGIN 6
/* and until it can have been read. */
#define READING_US (4 * G_USEC_PER_SEC)

#define DMC_TYPE_DESKTOP_WINDOW (dmc_desktop_window_get_type ())
G_DECLARE_FINAL_TYPE (DmcDesktopWindow, dmc_desktop_window, DMC, DESKTOP_WINDOW, GtkWindow)

struct _DmcDesktopWindow {
  GtkWindow parent_instance;

  GCancellable *cancellable;
  char *address;
  gboolean copies_in, copies_out; /* what of the clipboard crosses */
  gboolean taking;                /* the computer's clipboard is being set from the desktop */
  gboolean full_screen;
  gboolean all_monitors; /* full screen on all of them */
  gboolean covers;       /* all of them, by its place and size: the window manager does not know how */
  GdkRectangle before;   /* its place and size then */
  gboolean maximized;    /* and whether it was */

  DmcScreenLayout asked; /* for what the server was last asked, and */
  gboolean asking;       /* whether it has not answered yet */
  guint resize_source;
  GdkRectangle edge; /* of the main screen, in the picture */

  GtkWidget *header;
  GtkWidget *spread; /* over all monitors */
  GtkWidget *bar; /* over the picture, in full screen */
  gint64 bar_until;
  GtkLabel *keys_hint;
  GtkToggleButton *all_keys;
  GtkStack *stack;
  GtkLabel *status;
  GtkWidget *again;
  VncDisplay *display; /* NULL while nobody is connected */
  DmcKeyGrab *keys;    /* NULL then, too */
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

static void queue_resize (DmcDesktopWindow *self);

/* A server that cannot change its size says no, and its picture is scaled. */
static void
on_resized (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcDesktopWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!dmc_screen_request_finish (result, &error))
    g_debug ("The desktop keeps its screens: %s", error->message);
  self->asking = FALSE;
  queue_resize (self); /* to what has changed since */
}

/* Places the bar at the main screen's edge: the corner of the window may be on no monitor. */
static void
place_bar (DmcDesktopWindow *self, const DmcScreenLayout *layout)
{
  int scale = gtk_widget_get_scale_factor (GTK_WIDGET (self));
  const GdkRectangle *screen = &layout->screens[0];

  self->edge = (GdkRectangle){ screen->x / scale, screen->y / scale, screen->width / scale, screen->height / scale };
  gtk_widget_set_margin_top (self->bar, self->edge.y + MARGIN);
  gtk_widget_set_margin_start (self->bar, self->edge.x + MARGIN);
  gtk_widget_set_margin_end (self->bar, layout->width / scale - self->edge.x - self->edge.width + MARGIN);
}

/* One request after the other: of two that are under way, the first could win. */
static gboolean
resize_desktop (gpointer user_data)
{
  DmcDesktopWindow *self = user_data;
  DmcScreenLayout layout;

  self->resize_source = 0;
  if (self->asking || self->display == NULL || !vnc_display_is_open (self->display)
      || !gtk_widget_get_mapped (GTK_WIDGET (self->display)))
    return G_SOURCE_REMOVE;
  dmc_screen_layout_of_widget (GTK_WIDGET (self->display), self->all_monitors, &layout);
  place_bar (self, &layout);
  if (memcmp (&layout, &self->asked, sizeof layout) == 0)
    return G_SOURCE_REMOVE;
  self->asked = layout;
  self->asking = TRUE;
  dmc_screen_request_async (self->address, &layout, self->cancellable, on_resized, g_object_ref (self));
  return G_SOURCE_REMOVE;
}

static void
queue_resize (DmcDesktopWindow *self)
{
  if (self->resize_source != 0)
    g_source_remove (self->resize_source);
  self->resize_source = self->display != NULL ? g_timeout_add (RESIZE_MS, resize_desktop, self) : 0;
}

/* In full screen; who has just come there, or has got the keys back, reads first what it says. */
static void
show_bar (DmcDesktopWindow *self)
{
  gtk_widget_set_visible (self->bar, self->full_screen);
  self->bar_until = g_get_monotonic_time () + READING_US;
}

static gboolean
on_motion (DmcDesktopWindow *self, GdkEventMotion *event)
{
  double down = event->y - self->edge.y;
  gboolean near = down <= (gtk_widget_get_visible (self->bar) ? NEAR : EDGE) && event->x >= self->edge.x
                  && event->x < self->edge.x + self->edge.width;

  gtk_widget_set_visible (self->bar, self->full_screen && (near || g_get_monotonic_time () < self->bar_until));
  return GDK_EVENT_PROPAGATE;
}

/* Who does not get out of the desktop has to see how. */
static void
on_keys_changed (DmcDesktopWindow *self)
{
  DmcKeys keys = self->keys != NULL ? dmc_key_grab_get_keys (self->keys) : DMC_KEYS_HERE;
  const char *hint = _ ("Desktop of the workspace");

  if (keys == DMC_KEYS_TAKEN)
    hint = _ ("All keys go to the desktop. Ctrl+Alt gives them back.");
  else if (keys == DMC_KEYS_GIVEN_BACK)
    hint = _ ("The keys are back. Click the desktop to give it all of them.");
  gtk_header_bar_set_subtitle (GTK_HEADER_BAR (self->header), hint);
  gtk_label_set_text (self->keys_hint, hint);
  if (keys == DMC_KEYS_GIVEN_BACK)
    show_bar (self);
}

static void
on_all_keys (DmcDesktopWindow *self)
{
  if (self->keys != NULL)
    dmc_key_grab_set_wanted (self->keys, gtk_toggle_button_get_active (self->all_keys));
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

/* What the connection has read already it still tells of, after it is closed and to a viewer that is destroyed: that would draw
 * on a window that is gone. It has to hear of the end, and gives itself up then. */
static void
hear_only_of_the_end (VncDisplay *display)
{
  VncConnection *connection = vnc_display_get_connection (display);
  guint n, end = g_signal_lookup ("vnc-disconnected", VNC_TYPE_CONNECTION);
  g_autofree guint *ids = g_signal_list_ids (VNC_TYPE_CONNECTION, &n);

  for (guint i = 0; i < n; i++)
    if (ids[i] != end)
      g_signal_handlers_disconnect_matched (connection, G_SIGNAL_MATCH_ID | G_SIGNAL_MATCH_DATA, ids[i], 0, NULL, NULL, display);
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
  g_signal_handlers_disconnect_by_data (self->keys, self);
  g_clear_object (&self->keys);
  vnc_display_close (self->display);
  hear_only_of_the_end (self->display);
  gtk_widget_destroy (GTK_WIDGET (self->display));
  self->display = NULL;
}

/* The viewer draws into a copy of its own, of the kind of what it is given to draw on. Where that has several dots to the
 * pixel, the copy would be scaled up and down again, and what changes in it leave seams. So it draws on plain dots. */
static gboolean
on_draw (GtkWidget *display, cairo_t *window)
{
  int scale = gtk_widget_get_scale_factor (display);
  GdkRectangle changed;
  cairo_surface_t *dots;
  cairo_t *cr;

  if (scale == 1 || !gdk_cairo_get_clip_rectangle (window, &changed))
    return GDK_EVENT_PROPAGATE;
  dots = cairo_surface_create_similar (cairo_get_target (window), CAIRO_CONTENT_COLOR, gtk_widget_get_allocated_width (display),
                                       gtk_widget_get_allocated_height (display));
  cairo_surface_set_device_scale (dots, 1, 1);
  cr = cairo_create (dots);
  cairo_scale (cr, scale, scale);
  gdk_cairo_rectangle (cr, &changed);
  cairo_clip (cr);
  GTK_WIDGET_GET_CLASS (display)->draw (display, cr);
  cairo_destroy (cr);
  cairo_surface_set_device_scale (dots, scale, scale);
  cairo_set_source_surface (window, dots, 0, 0);
  cairo_paint (window);
  cairo_surface_destroy (dots);
  return GDK_EVENT_STOP;
}

/* By a grab of our own. The viewer's follows the pointer alone, and its Ctrl+Alt locks the pointer in. */
static void
take_keys (DmcDesktopWindow *self)
{
  VncGrabSequence *none = vnc_grab_sequence_new (0, NULL);

  vnc_display_set_grab_keys (self->display, none);
  vnc_grab_sequence_free (none);
  self->keys = dmc_key_grab_new (GTK_WIDGET (self->display));
  g_signal_connect_swapped (self->keys, "changed", G_CALLBACK (on_keys_changed), self);
  on_all_keys (self);
}

/* The desktop takes the size of the window where it can, and is scaled where it cannot. */
static void
make_display (DmcDesktopWindow *self)
{
  drop_display (self);
  self->asked = (DmcScreenLayout){ 0 };
  self->display = VNC_DISPLAY (vnc_display_new ());
  vnc_display_set_scaling (self->display, TRUE);
  vnc_display_set_keep_aspect_ratio (self->display, TRUE);
  vnc_display_set_pointer_local (self->display, FALSE);
  vnc_display_set_shared_flag (self->display, TRUE);
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->display)), _ ("Desktop"));
  g_signal_connect_swapped (self->display, "vnc-initialized", G_CALLBACK (on_initialized), self);
  g_signal_connect_swapped (self->display, "vnc-disconnected", G_CALLBACK (on_disconnected), self);
  g_signal_connect_swapped (self->display, "vnc-server-cut-text", G_CALLBACK (on_cut_text), self);
  g_signal_connect_swapped (self->display, "size-allocate", G_CALLBACK (queue_resize), self);
  g_signal_connect (self->display, "draw", G_CALLBACK (on_draw), NULL);
  g_signal_connect_swapped (self->display, "motion-notify-event", G_CALLBACK (on_motion), self);
  gtk_widget_show (GTK_WIDGET (self->display));
  gtk_stack_add_named (self->stack, GTK_WIDGET (self->display), "desktop");
  gtk_widget_realize (GTK_WIDGET (self->display)); /* it takes for granted that it is when the first picture comes */
  take_keys (self);
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

/* --- full screen --------------------------------------------------------------------------------------------- */

static gboolean
is_x11 (DmcDesktopWindow *self)
{
#ifdef GDK_WINDOWING_X11
  return GDK_IS_X11_DISPLAY (gtk_widget_get_display (GTK_WIDGET (self)));
#else
  return FALSE;
#endif
}

/* Whether the window manager can be asked for a window that is full screen on several monitors. */
static gboolean
can_be_asked (DmcDesktopWindow *self)
{
#ifdef GDK_WINDOWING_X11
  return is_x11 (self)
         && gdk_x11_screen_supports_net_wm_hint (gtk_widget_get_screen (GTK_WIDGET (self)),
                                                 gdk_atom_intern_static_string ("_NET_WM_FULLSCREEN_MONITORS"));
#else
  return FALSE;
#endif
}

static void
set_mode (DmcDesktopWindow *self, GdkFullscreenMode mode)
{
  gdk_window_set_fullscreen_mode (gtk_widget_get_window (GTK_WIDGET (self)), mode);
}

/* Window managers take a window without a frame that is as large as all monitors together for full screen. */
static void
cover_monitors (DmcDesktopWindow *self)
{
  GdkRectangle places[DMC_SCREENS_MAX], all = { 0 };
  guint n = dmc_monitors_of_display (gtk_widget_get_display (GTK_WIDGET (self)), places);

  for (guint i = 0; i < n; i++)
    if (i == 0)
      all = places[i];
    else
      gdk_rectangle_union (&all, &places[i], &all);
  gtk_window_move (GTK_WINDOW (self), all.x, all.y);
  gtk_window_resize (GTK_WINDOW (self), MAX (all.width, 1), MAX (all.height, 1));
}

static void
set_covers (DmcDesktopWindow *self, gboolean covers)
{
  GtkWindow *window = GTK_WINDOW (self);

  self->covers = self->full_screen = covers;
  show_bar (self);
  if (covers) {
    self->maximized = gtk_window_is_maximized (window);
    gtk_window_unmaximize (window);
    gtk_window_get_position (window, &self->before.x, &self->before.y);
    gtk_window_get_size (window, &self->before.width, &self->before.height);
    gtk_window_set_decorated (window, FALSE);
    cover_monitors (self);
    return;
  }
  gtk_window_set_decorated (window, TRUE);
  gtk_window_move (window, self->before.x, self->before.y);
  gtk_window_resize (window, self->before.width, self->before.height);
  if (self->maximized)
    gtk_window_maximize (window);
}

static void
use_all_monitors (DmcDesktopWindow *self)
{
  self->all_monitors = TRUE;
  if (can_be_asked (self)) {
    set_mode (self, GDK_FULLSCREEN_ON_ALL_MONITORS);
    gtk_window_fullscreen (GTK_WINDOW (self));
  } else {
    set_covers (self, TRUE);
  }
}

static void
toggle_full_screen (DmcDesktopWindow *self)
{
  self->all_monitors = FALSE;
  if (self->covers) {
    set_covers (self, FALSE);
  } else if (self->full_screen) {
    gtk_window_unfullscreen (GTK_WINDOW (self));
  } else {
    set_mode (self, GDK_FULLSCREEN_ON_CURRENT_MONITOR);
    gtk_window_fullscreen (GTK_WINDOW (self));
  }
}

static gboolean
on_state (GtkWidget *widget, GdkEventWindowState *event)
{
  DmcDesktopWindow *self = DMC_DESKTOP_WINDOW (widget);

  if (event->changed_mask & GDK_WINDOW_STATE_FULLSCREEN) {
    self->full_screen = (event->new_window_state & GDK_WINDOW_STATE_FULLSCREEN) != 0;
    self->all_monitors = self->all_monitors && self->full_screen; /* a window manager's own key leads out, too */
    show_bar (self);
  }
  return GTK_WIDGET_CLASS (dmc_desktop_window_parent_class)->window_state_event (widget, event);
}

/* Which monitors it covers depends on its place, too. */
static gboolean
on_configure (GtkWidget *widget, GdkEventConfigure *event)
{
  DmcDesktopWindow *self = DMC_DESKTOP_WINDOW (widget);

  if (self->all_monitors)
    queue_resize (self);
  return GTK_WIDGET_CLASS (dmc_desktop_window_parent_class)->configure_event (widget, event);
}

/* One was plugged in or out, or has another place or size. */
static void
on_monitors (DmcDesktopWindow *self)
{
  GdkRectangle places[DMC_SCREENS_MAX];

  gtk_widget_set_visible (self->spread,
                          is_x11 (self) && dmc_monitors_of_display (gtk_widget_get_display (GTK_WIDGET (self)), places) > 1);
  if (self->covers) {
    cover_monitors (self);
  } else if (self->all_monitors) {
    set_mode (self, GDK_FULLSCREEN_ON_CURRENT_MONITOR);
    set_mode (self, GDK_FULLSCREEN_ON_ALL_MONITORS);
  }
  queue_resize (self);
}

/* All keys are the desktop's but the one that leads out of it: also those that mean something to the console, as Ctrl+Q. */
static gboolean
on_key (GtkWidget *widget, GdkEventKey *event)
{
  DmcDesktopWindow *self = DMC_DESKTOP_WINDOW (widget);

  if (event->keyval == GDK_KEY_F11) {
    toggle_full_screen (self);
    return TRUE;
  }
  if (self->display != NULL && gtk_widget_has_focus (GTK_WIDGET (self->display)))
    return gtk_window_propagate_key_event (GTK_WINDOW (self), event);
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
  widget_class->configure_event = on_configure;
  widget_class->key_press_event = on_key;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/domicile/Console/desktop/desktop-window.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcDesktopWindow, header);
  gtk_widget_class_bind_template_child (widget_class, DmcDesktopWindow, spread);
  gtk_widget_class_bind_template_child (widget_class, DmcDesktopWindow, bar);
  gtk_widget_class_bind_template_child (widget_class, DmcDesktopWindow, keys_hint);
  gtk_widget_class_bind_template_child (widget_class, DmcDesktopWindow, all_keys);
  gtk_widget_class_bind_template_child (widget_class, DmcDesktopWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, DmcDesktopWindow, status);
  gtk_widget_class_bind_template_child (widget_class, DmcDesktopWindow, again);
  gtk_widget_class_bind_template_callback (widget_class, connect_desktop);
  gtk_widget_class_bind_template_callback (widget_class, on_all_keys);
  gtk_widget_class_bind_template_callback (widget_class, toggle_full_screen);
  gtk_widget_class_bind_template_callback (widget_class, use_all_monitors);
}

static void
dmc_desktop_window_init (DmcDesktopWindow *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (gtk_widget_get_screen (GTK_WIDGET (self)), "monitors-changed", G_CALLBACK (on_monitors), self,
                           G_CONNECT_SWAPPED);
  on_monitors (self);
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
  dmc_window_fit_screen (GTK_WINDOW (self));
  connect_desktop (self);
  return GTK_WIDGET (self);
}
