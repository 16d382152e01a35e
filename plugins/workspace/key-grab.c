/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "key-grab.h"

/* A picture of another computer gets every key while it has the focus and the pointer is over it. Both, because as long as
 * a keyboard is grabbed nobody is told that the focus went to another window; but the pointer leaves first. Ctrl and Alt,
 * pressed and let go without another key, give the keys back until the picture is clicked, left, or they are pressed again.
 * Under Wayland a grab asks the compositor not to act on its shortcuts. */

struct _DmcKeyGrab {
  GObject parent_instance;

  GtkWidget *picture; /* weak */
  gboolean wanted;
  gboolean inside;     /* the pointer is over it */
  gboolean given_back; /* by Ctrl+Alt */
  gboolean taken;
  gboolean chord;      /* Ctrl and Alt are down, and nothing else was pressed */
};

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DmcKeyGrab, dmc_key_grab, G_TYPE_OBJECT)

static GdkSeat *
get_seat (DmcKeyGrab *self)
{
  return gdk_display_get_default_seat (gtk_widget_get_display (self->picture));
}

static gboolean
shall_take (DmcKeyGrab *self)
{
  return self->wanted && self->inside && !self->given_back && gtk_widget_get_mapped (self->picture)
         && gtk_widget_has_focus (self->picture);
}

/* A grab may fail while the window manager holds one of its own; the next event tries again. */
static void
update (DmcKeyGrab *self)
{
  gboolean take = self->picture != NULL && shall_take (self);

  if (take && !self->taken)
    self->taken = gdk_seat_grab (get_seat (self), gtk_widget_get_window (self->picture), GDK_SEAT_CAPABILITY_KEYBOARD, TRUE,
                                 NULL, NULL, NULL, NULL) == GDK_GRAB_SUCCESS;
  else if (!take && self->taken)
    self->taken = FALSE, gdk_seat_ungrab (get_seat (self));
  else
    return;
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
set_given_back (DmcKeyGrab *self, gboolean given_back)
{
  if (self->given_back == given_back)
    return;
  self->given_back = given_back;
  update (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static gboolean
on_crossing (GtkWidget *picture, GdkEventCrossing *event, DmcKeyGrab *self)
{
  self->inside = event->type == GDK_ENTER_NOTIFY;
  if (!self->inside)
    set_given_back (self, FALSE);
  update (self);
  return GDK_EVENT_PROPAGATE;
}

static gboolean
on_pointer (GtkWidget *picture, GdkEvent *event, DmcKeyGrab *self)
{
  self->inside = TRUE;
  if (event->type == GDK_BUTTON_PRESS)
    set_given_back (self, FALSE);
  update (self);
  return GDK_EVENT_PROPAGATE;
}

static gboolean
is_one_of_two (guint key, GdkModifierType state)
{
  gboolean ctrl = key == GDK_KEY_Control_L || key == GDK_KEY_Control_R;
  gboolean alt = key == GDK_KEY_Alt_L || key == GDK_KEY_Alt_R || key == GDK_KEY_Meta_L || key == GDK_KEY_Meta_R;

  return (ctrl && (state & GDK_MOD1_MASK) != 0) || (alt && (state & GDK_CONTROL_MASK) != 0);
}

static gboolean
on_key (GtkWidget *picture, GdkEventKey *event, DmcKeyGrab *self)
{
  if (event->type == GDK_KEY_PRESS) {
    self->chord = is_one_of_two (event->keyval, event->state & gtk_accelerator_get_default_mod_mask ());
  } else if (self->chord && self->wanted) {
    self->chord = FALSE;
    set_given_back (self, !self->given_back);
  }
  update (self);
  return GDK_EVENT_PROPAGATE;
}

static gboolean
on_focus (GtkWidget *picture, GdkEventFocus *event, DmcKeyGrab *self)
{
  self->chord = FALSE;
  update (self);
  return GDK_EVENT_PROPAGATE;
}

/* A menu of this program took it. */
static gboolean
on_broken (GtkWidget *picture, GdkEventGrabBroken *event, DmcKeyGrab *self)
{
  if (event->keyboard && self->taken) {
    self->taken = FALSE;
    g_signal_emit (self, signals[CHANGED], 0);
  }
  return GDK_EVENT_PROPAGATE;
}

/* Whoever is not on the screen any more has lost its grab. */
static void
on_unmap (GtkWidget *picture, DmcKeyGrab *self)
{
  self->inside = FALSE;
  if (self->taken) {
    self->taken = FALSE;
    gdk_seat_ungrab (get_seat (self));
    g_signal_emit (self, signals[CHANGED], 0);
  }
}

static void
dmc_key_grab_dispose (GObject *object)
{
  DmcKeyGrab *self = DMC_KEY_GRAB (object);

  if (self->picture != NULL && self->taken)
    gdk_seat_ungrab (get_seat (self));
  self->taken = FALSE;
  g_clear_weak_pointer (&self->picture);
  G_OBJECT_CLASS (dmc_key_grab_parent_class)->dispose (object);
}

static void
dmc_key_grab_class_init (DmcKeyGrabClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dmc_key_grab_dispose;
  /* Emitted after dmc_key_grab_get_keys() has something else to tell. */
  signals[CHANGED] = g_signal_new ("changed", DMC_TYPE_KEY_GRAB, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dmc_key_grab_init (DmcKeyGrab *self)
{
}

/**
 * dmc_key_grab_new:
 * @picture: (transfer none): the widget that shall get the keys; it has a window of its own
 *
 * Returns: (transfer full): the grab, which takes nothing before it is wanted
 */
DmcKeyGrab *
dmc_key_grab_new (GtkWidget *picture)
{
  static const struct {
    const char *signal;
    GCallback handler;
  } handlers[] = {
    { "enter-notify-event", G_CALLBACK (on_crossing) }, { "leave-notify-event", G_CALLBACK (on_crossing) },
    { "motion-notify-event", G_CALLBACK (on_pointer) }, { "button-press-event", G_CALLBACK (on_pointer) },
    { "key-press-event", G_CALLBACK (on_key) },         { "key-release-event", G_CALLBACK (on_key) },
    { "focus-in-event", G_CALLBACK (on_focus) },        { "focus-out-event", G_CALLBACK (on_focus) },
    { "grab-broken-event", G_CALLBACK (on_broken) },    { "unmap", G_CALLBACK (on_unmap) },
  };
  DmcKeyGrab *self = g_object_new (DMC_TYPE_KEY_GRAB, NULL);

  g_set_weak_pointer (&self->picture, picture);
  gtk_widget_add_events (picture, GDK_ENTER_NOTIFY_MASK | GDK_LEAVE_NOTIFY_MASK);
  for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
    g_signal_connect_object (picture, handlers[i].signal, handlers[i].handler, self, 0);
  return self;
}

/**
 * dmc_key_grab_set_wanted:
 * @self: the grab
 * @wanted: whether the picture gets the window manager's keys at all
 */
void
dmc_key_grab_set_wanted (DmcKeyGrab *self, gboolean wanted)
{
  self->wanted = wanted;
  self->given_back = FALSE;
  update (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

/**
 * dmc_key_grab_get_keys:
 * @self: the grab
 *
 * Returns: where the keys are now
 */
DmcKeys
dmc_key_grab_get_keys (DmcKeyGrab *self)
{
  if (self->taken)
    return DMC_KEYS_TAKEN;
  return self->wanted && self->given_back ? DMC_KEYS_GIVEN_BACK : DMC_KEYS_HERE;
}
