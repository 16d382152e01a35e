/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crash-view.h"

#include <glib/gi18n.h>

#include "rpc/json.h"

#define REGISTERS_A_LINE 4

static void
add_heading (GString *text, const char *heading)
{
  g_string_append_printf (text, "\n%s\n", heading);
}

static void
add_calls (GString *text, JsonArray *frames)
{
  add_heading (text, _ ("Calls, the innermost first"));
  for (guint i = 0; i < json_array_get_length (frames); i++) {
    JsonNode *node = json_array_get_element (frames, i);
    JsonObject *frame = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
    const char *symbol = frame != NULL ? dmc_json_get_string (frame, "symbol", NULL) : NULL;

    if (frame == NULL)
      continue;
    g_string_append_printf (text, "  #%-2u %s", i, dmc_json_get_string (frame, "address", "?"));
    if (symbol != NULL)
      g_string_append_printf (text, "  %s + %" G_GINT64_FORMAT, symbol,
                              dmc_json_get_int (frame, "offset", 0));
    g_string_append_c (text, '\n');
  }
}

static void
add_registers (GString *text, JsonObject *registers)
{
  static const char *const names[] = { "r0", "r1",  "r2",  "r3",  "r4", "r5", "r6", "r7",  "r8",
                                       "r9", "r10", "r11", "r12", "sp", "lr", "pc", "cpsr" };

  add_heading (text, _ ("Registers"));
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_string_append_printf (
        text, "  %-4s %s%s", names[i], dmc_json_get_string (registers, names[i], "?"),
        (i + 1) % REGISTERS_A_LINE == 0 || i + 1 == G_N_ELEMENTS (names) ? "\n" : "");
}

/* What a domain wrote is for a terminal: only its letters are shown. */
static void
add_console (GString *text, const char *console)
{
  g_auto (GStrv) lines = g_strsplit (console, "\n", -1);

  add_heading (text, _ ("Last lines of its console"));
  for (char **line = lines; *line != NULL; line++) {
    for (char *c = *line; *c != '\0'; c++)
      if (g_ascii_iscntrl (*c))
        *c = ' ';
    g_strchomp (*line);
    if (**line != '\0')
      g_string_append_printf (text, "  %s\n", *line);
  }
}

static void
add_head (GString *text, DmcDomain *domain, JsonObject *crash)
{
  g_autofree char *image = NULL, *reason = NULL;
  const char *trap = dmc_json_get_string (crash, "trap", NULL);
  gboolean kernel = g_strcmp0 (dmc_json_get_string (crash, "mode", ""), "user") != 0;

  g_object_get (domain, "kernel-image", &image, "crash-reason", &reason, NULL);
  g_string_append_printf (text, "%s (%s)\n%s\n", dmc_domain_get_name (domain), image, reason);
  g_string_append_printf (
      text, kernel ? _ ("In its kernel, on virtual CPU %d") : _ ("In a process, on virtual CPU %d"),
      (int)dmc_json_get_int (crash, "vcpu", 0));
  if (trap != NULL)
    g_string_append_printf (text, " · %s", trap);
  g_string_append_c (text, '\n');
}

char *
dmc_crash_text (DmcDomain *domain)
{
  JsonNode *node = dmc_item_get_node (DMC_ITEM (domain), "crash");
  JsonObject *crash, *registers;
  JsonArray *frames;
  const char *console;
  GString *text;

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return NULL;
  crash = json_node_get_object (node);
  frames = dmc_json_get_array (crash, "backtrace");
  registers = dmc_json_get_object (crash, "registers");
  console = dmc_json_get_string (crash, "console", NULL);
  text = g_string_new (NULL);
  add_head (text, domain, crash);
  if (frames != NULL)
    add_calls (text, frames);
  if (registers != NULL)
    add_registers (text, registers);
  if (console != NULL)
    add_console (text, console);
  return g_string_free (text, FALSE);
}

static void
update (DmcDomain *domain, GParamSpec *pspec, GtkTextView *view)
{
  g_autofree char *text = dmc_crash_text (domain);

  gtk_text_buffer_set_text (gtk_text_view_get_buffer (view), text != NULL ? text : "", -1);
}

static void
on_copy (GtkWidget *button, DmcDomain *domain)
{
  g_autofree char *text = dmc_crash_text (domain);

  if (text != NULL)
    gtk_clipboard_set_text (gtk_widget_get_clipboard (button, GDK_SELECTION_CLIPBOARD), text, -1);
}

/**
 * dmc_crash_view_new:
 * @domain: (transfer none): which domain
 *
 * Returns: (transfer floating): the view, which follows the domain
 */
GtkWidget *
dmc_crash_view_new (DmcDomain *domain)
{
  g_autoptr (GtkBuilder) builder
      = gtk_builder_new_from_resource ("/org/domicile/Console/domains/crash-view.ui");
  GtkWidget *view = GTK_WIDGET (gtk_builder_get_object (builder, "view"));
  GtkTextView *record = GTK_TEXT_VIEW (gtk_builder_get_object (builder, "record"));

  g_signal_connect_object (gtk_builder_get_object (builder, "copy"), "clicked",
                           G_CALLBACK (on_copy), domain, 0);
  g_signal_connect_object (domain, "notify::crash-reason", G_CALLBACK (update), record, 0);
  update (domain, NULL, record);
  g_object_force_floating (g_object_ref (G_OBJECT (view)));
  return view;
}
