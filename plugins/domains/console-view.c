/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console-view.h"

#include <glib/gi18n.h>
#include <vte/vte.h>

#include "rpc/error.h"
#include "rpc/json.h"

#define SCROLLBACK_LINES 10000
/* Most characters in one call, as domain.console takes them. */
#define WRITE_MAX 4096

struct _DmcConsoleView {
  GtkBox parent_instance;

  DmcDomain *domain;
  DmcEndpoint *control;
  GCancellable *cancellable;
  guint watch;

  VteTerminal *terminal;
  GtkInfoBar *bar;
  GtkLabel *bar_label;

  /* One call at a time carries what was typed there and what was written back. Events only say that
   * there is more: asked for by position, nothing is shown twice or left out, whatever happened in
   * between. */
  gint64 next;     /* position after the last text; -1 before the first */
  gboolean asking; /* a call is under way */
  gboolean more;   /* ask (again) */
  GString *typed;  /* UTF-8, waits for its call */
  char last;       /* last byte shown */
};

G_DEFINE_FINAL_TYPE (DmcConsoleView, dmc_console_view, GTK_TYPE_BOX)

static void pump (DmcConsoleView *self);

/* A console ends its lines with a line feed alone; a terminal wants the carriage to return too. */
static void
show_text (DmcConsoleView *self, const char *text)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (const char *c = text; *c != '\0'; c++) {
    if (*c == '\n' && self->last != '\r')
      g_string_append_c (out, '\r');
    g_string_append_c (out, *c);
    self->last = *c;
  }
  vte_terminal_feed (self->terminal, out->str, (gssize)out->len);
}

static void
show_trouble (DmcConsoleView *self, const char *text)
{
  if (text != NULL)
    gtk_label_set_text (self->bar_label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->bar), text != NULL);
}

static void
take_answer (DmcConsoleView *self, JsonObject *answer)
{
  gint64 next = dmc_json_get_int (answer, "next", 0);

  if (next < self->next) {
    /* It counts anew: another domain under the same number, after a restart. */
    vte_terminal_reset (self->terminal, TRUE, TRUE);
    self->next = -1;
    self->more = TRUE;
    return;
  }
  if (dmc_json_get_int (answer, "lost", 0) > 0)
    show_text (self, _ ("\n[older text is no longer kept]\n"));
  show_text (self, dmc_json_get_string (answer, "text", ""));
  self->next = next;
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcConsoleView) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  self->asking = FALSE;
  if (answer == NULL || !JSON_NODE_HOLDS_OBJECT (answer)) {
    show_trouble (self, error != NULL ? error->message : _ ("The console did not answer."));
    /* A domain that has ended takes no input, but has written its last words. What else went wrong
     * is over at the endpoint's next resync, which asks again. */
    if (g_error_matches (error, DMC_ERROR, DMC_ERROR_STATE)) {
      self->more = TRUE;
      pump (self);
    }
    return;
  }
  show_trouble (self, NULL);
  take_answer (self, json_node_get_object (answer));
  pump (self);
}

/* Takes at most WRITE_MAX characters off what was typed. */
static char *
take_typed (DmcConsoleView *self)
{
  glong n = MIN (g_utf8_strlen (self->typed->str, -1), (glong)WRITE_MAX);
  gsize bytes = (gsize)(g_utf8_offset_to_pointer (self->typed->str, n) - self->typed->str);
  char *text = bytes > 0 ? g_strndup (self->typed->str, bytes) : NULL;

  g_string_erase (self->typed, 0, (gssize)bytes);
  return text;
}

static void
pump (DmcConsoleView *self)
{
  g_autofree char *text = NULL;
  JsonObject *params;

  if (self->asking || (!self->more && self->typed->len == 0))
    return;
  text = take_typed (self);
  params = dmc_json_object ("id:i", dmc_domain_get_id (self->domain), "write:s", text, NULL);
  if (self->next >= 0)
    json_object_set_int_member (params, "since", self->next);
  self->more = FALSE;
  self->asking = TRUE;
  dmc_endpoint_call_async (self->control, "domain.console", dmc_json_take_object (params),
                           self->cancellable, on_answer, g_object_ref (self));
}

static void
ask (DmcConsoleView *self)
{
  self->more = TRUE;
  pump (self);
}

static void
on_event (const char *topic, gint64 time_us, JsonNode *data, gpointer user_data)
{
  DmcConsoleView *self = user_data;

  if (JSON_NODE_HOLDS_OBJECT (data)
      && dmc_json_get_int (json_node_get_object (data), "id", -1)
             == dmc_domain_get_id (self->domain))
    ask (self);
}

static void
on_connection (DmcConsoleView *self)
{
  if (!dmc_endpoint_is_connected (self->control))
    show_trouble (self,
                  _ ("The hypervisor is not connected. The console goes on when it is back."));
}

static void
on_typed (VteTerminal *terminal, const char *text, guint size, DmcConsoleView *self)
{
  if (!g_utf8_validate (text, size, NULL) || !dmc_endpoint_is_connected (self->control))
    return;
  for (guint i = 0; i < size; i++)
    g_string_append_c (self->typed, text[i] == '\r' ? '\n' : text[i]);
  pump (self);
}

static gboolean
on_key (GtkWidget *widget, GdkEventKey *event, DmcConsoleView *self)
{
  GdkModifierType mods = event->state & gtk_accelerator_get_default_mod_mask ();
  GtkWidget *window = gtk_widget_get_toplevel (widget);

  if (mods == (GDK_CONTROL_MASK | GDK_SHIFT_MASK)
      && gdk_keyval_to_lower (event->keyval) == GDK_KEY_c)
    vte_terminal_copy_clipboard_format (self->terminal, VTE_FORMAT_TEXT);
  else if (mods == (GDK_CONTROL_MASK | GDK_SHIFT_MASK)
           && gdk_keyval_to_lower (event->keyval) == GDK_KEY_v)
    vte_terminal_paste_clipboard (self->terminal);
  else if (mods == GDK_CONTROL_MASK && event->keyval == GDK_KEY_Tab)
    gtk_widget_child_focus (window, GTK_DIR_TAB_FORWARD); /* the way out for the keyboard */
  else
    return GDK_EVENT_PROPAGATE;
  return GDK_EVENT_STOP;
}

static void
on_style (GtkWidget *widget, DmcConsoleView *self)
{
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self));
  GdkRGBA text, base;

  if (gtk_style_context_lookup_color (style, "theme_text_color", &text)
      && gtk_style_context_lookup_color (style, "theme_base_color", &base))
    vte_terminal_set_colors (self->terminal, &text, &base, NULL, 0);
}

static void
on_grab_focus (GtkWidget *widget)
{
  gtk_widget_grab_focus (GTK_WIDGET (DMC_CONSOLE_VIEW (widget)->terminal));
}

static void
dmc_console_view_destroy (GtkWidget *widget)
{
  DmcConsoleView *self = DMC_CONSOLE_VIEW (widget);

  g_cancellable_cancel (self->cancellable);
  if (self->watch != 0)
    dmc_endpoint_unwatch (self->control, self->watch);
  self->watch = 0;
  GTK_WIDGET_CLASS (dmc_console_view_parent_class)->destroy (widget);
}

static void
dmc_console_view_finalize (GObject *object)
{
  DmcConsoleView *self = DMC_CONSOLE_VIEW (object);

  g_clear_object (&self->cancellable);
  g_clear_object (&self->domain);
  g_clear_object (&self->control);
  g_string_free (self->typed, TRUE);
  G_OBJECT_CLASS (dmc_console_view_parent_class)->finalize (object);
}

static void
dmc_console_view_class_init (DmcConsoleViewClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dmc_console_view_finalize;
  GTK_WIDGET_CLASS (klass)->destroy = dmc_console_view_destroy;
  GTK_WIDGET_CLASS (klass)->grab_focus = on_grab_focus;
}

static GtkWidget *
make_bar (DmcConsoleView *self)
{
  GtkWidget *bar = g_object_new (GTK_TYPE_INFO_BAR, "no-show-all", TRUE, "message-type",
                                 GTK_MESSAGE_WARNING, NULL);
  GtkWidget *label
      = g_object_new (GTK_TYPE_LABEL, "visible", TRUE, "wrap", TRUE, "xalign", 0.0, NULL);

  gtk_container_add (GTK_CONTAINER (gtk_info_bar_get_content_area (GTK_INFO_BAR (bar))), label);
  self->bar = GTK_INFO_BAR (bar);
  self->bar_label = GTK_LABEL (label);
  return bar;
}

static GtkWidget *
make_terminal (DmcConsoleView *self)
{
  /* It also keeps the terminal's natural width, which is what it was last given, from the layout.
   */
  GtkWidget *scroller
      = g_object_new (GTK_TYPE_SCROLLED_WINDOW, "hscrollbar-policy", GTK_POLICY_NEVER,
                      "vscrollbar-policy", GTK_POLICY_ALWAYS, NULL);
  GtkWidget *terminal = vte_terminal_new ();

  self->terminal = VTE_TERMINAL (terminal);
  vte_terminal_set_scrollback_lines (self->terminal, SCROLLBACK_LINES);
  vte_terminal_set_scroll_on_keystroke (self->terminal, TRUE);
  vte_terminal_set_mouse_autohide (self->terminal, TRUE);
  vte_terminal_set_audible_bell (self->terminal, FALSE);
  g_signal_connect (terminal, "commit", G_CALLBACK (on_typed), self);
  g_signal_connect (terminal, "key-press-event", G_CALLBACK (on_key), self);
  g_signal_connect (terminal, "style-updated", G_CALLBACK (on_style), self);
  gtk_container_add (GTK_CONTAINER (scroller), terminal);
  return scroller;
}

static void
dmc_console_view_init (DmcConsoleView *self)
{
  self->cancellable = g_cancellable_new ();
  self->typed = g_string_new (NULL);
  self->next = -1;
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_pack_start (GTK_BOX (self), make_bar (self), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (self), make_terminal (self), TRUE, TRUE, 0);
  gtk_widget_show_all (GTK_WIDGET (self));
}

/**
 * dmc_console_view_new:
 * @host: (transfer none): for the control endpoint
 * @domain: (transfer none): whose console
 *
 * Returns: (transfer floating): the view
 */
GtkWidget *
dmc_console_view_new (DmcHost *host, DmcDomain *domain)
{
  static const char *const topics[] = { "console", NULL };
  DmcConsoleView *self = g_object_new (DMC_TYPE_CONSOLE_VIEW, NULL);
  /* TRANSLATORS: %s is the name of a domain */
  g_autofree char *name = g_strdup_printf (_ ("Console of %s"), dmc_domain_get_name (domain));

  self->domain = g_object_ref (domain);
  self->control = g_object_ref (dmc_host_get_endpoint (host, "control"));
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->terminal)), name);
  self->watch = dmc_endpoint_watch (self->control, topics, 0, on_event, self, NULL);
  g_signal_connect_object (self->control, "resync", G_CALLBACK (ask), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->control, "notify::state", G_CALLBACK (on_connection), self,
                           G_CONNECT_SWAPPED);
  on_style (NULL, self);
  on_connection (self);
  ask (self);
  return GTK_WIDGET (self);
}
