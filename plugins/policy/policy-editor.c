/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-editor.h"

#include <glib/gi18n.h>
#include <gtksourceview/gtksource.h>

#include "json-locate.h"
#include "policy-doc/problem.h"

#define DMC_TYPE_POLICY_EDITOR (dmc_policy_editor_get_type ())
G_DECLARE_FINAL_TYPE (DmcPolicyEditor, dmc_policy_editor, DMC, POLICY_EDITOR, GtkScrolledWindow)

struct _DmcPolicyEditor {
  GtkScrolledWindow parent_instance;

  GtkSourceView *view;
  GtkSourceBuffer *buffer;
  GtkTextTag *tags[2];  /* a warning's and an error's */
  gint64 syntax_offset; /* -1: the text is JSON */
};

G_DEFINE_FINAL_TYPE (DmcPolicyEditor, dmc_policy_editor, GTK_TYPE_SCROLLED_WINDOW)

enum { PROP_0, PROP_TEXT, PROP_CAN_UNDO };

static guint edited_signal;

static const char *const categories[2] = { "warning", "error" };

static char *
get_text (DmcPolicyEditor *self)
{
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (GTK_TEXT_BUFFER (self->buffer), &start, &end);
  return gtk_text_buffer_get_text (GTK_TEXT_BUFFER (self->buffer), &start, &end, TRUE);
}

static void
on_typed (DmcPolicyEditor *self)
{
  g_autofree char *text = get_text (self);

  g_signal_emit (self, edited_signal, 0, text);
}

/* Problems */

static void
iter_at_byte (DmcPolicyEditor *self, const char *text, gsize byte, GtkTextIter *iter)
{
  byte = MIN (byte, strlen (text));
  gtk_text_buffer_get_iter_at_offset (GTK_TEXT_BUFFER (self->buffer), iter,
                                      (int)g_utf8_strlen (text, (gssize)byte));
}

static void
locate (
    DmcPolicyEditor *self, const char *text, const char *path, GtkTextIter *start, GtkTextIter *end)
{
  gsize first, after;

  if (self->syntax_offset >= 0) {
    iter_at_byte (self, text, (gsize)self->syntax_offset, start);
    *end = *start;
    if (!gtk_text_iter_forward_char (end))
      gtk_text_iter_backward_char (start);
    return;
  }
  dmc_json_locate (text, path, &first, &after);
  iter_at_byte (self, text, first, start);
  iter_at_byte (self, text, after, end);
}

static void
clear_marks (DmcPolicyEditor *self)
{
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (GTK_TEXT_BUFFER (self->buffer), &start, &end);
  for (guint i = 0; i < G_N_ELEMENTS (categories); i++) {
    gtk_source_buffer_remove_source_marks (self->buffer, &start, &end, categories[i]);
    gtk_text_buffer_remove_tag (GTK_TEXT_BUFFER (self->buffer), self->tags[i], &start, &end);
  }
}

static void
mark_problem (DmcPolicyEditor *self, const char *text, const DmcPolicyProblem *problem)
{
  GtkTextIter start, end, line;
  GtkSourceMark *mark;

  locate (self, text, problem->path, &start, &end);
  gtk_text_buffer_apply_tag (GTK_TEXT_BUFFER (self->buffer), self->tags[problem->is_error], &start,
                             &end);
  line = start;
  gtk_text_iter_set_line_offset (&line, 0);
  mark = gtk_source_buffer_create_source_mark (self->buffer, NULL, categories[problem->is_error],
                                               &line);
  g_object_set_data_full (G_OBJECT (mark), "message", g_strdup (problem->message), g_free);
}

static void
show_problems (DmcPolicyEditor *self, GPtrArray *problems, gint64 syntax_offset)
{
  g_autofree char *text = get_text (self);

  self->syntax_offset = syntax_offset;
  clear_marks (self);
  for (guint i = 0; i < problems->len; i++)
    mark_problem (self, text, g_ptr_array_index (problems, i));
}

static char *
mark_tooltip (GtkSourceMarkAttributes *attributes, GtkSourceMark *mark)
{
  return g_strdup (g_object_get_data (G_OBJECT (mark), "message"));
}

/* The text from outside */

static void
show_text (DmcPolicyEditor *self, const char *text)
{
  g_autofree char *shown = get_text (self);
  GtkTextIter start;

  if (text == NULL || g_str_equal (text, shown))
    return;
  g_signal_handlers_block_by_func (self->buffer, on_typed, self);
  if (*shown == '\0') {
    gtk_source_buffer_begin_not_undoable_action (self->buffer);
    gtk_text_buffer_set_text (GTK_TEXT_BUFFER (self->buffer), text, -1);
    gtk_source_buffer_end_not_undoable_action (self->buffer);
  } else {
    /* As one step that Undo takes back, so that nothing typed is lost by a revert. */
    gtk_text_buffer_begin_user_action (GTK_TEXT_BUFFER (self->buffer));
    gtk_text_buffer_set_text (GTK_TEXT_BUFFER (self->buffer), text, -1);
    gtk_text_buffer_end_user_action (GTK_TEXT_BUFFER (self->buffer));
  }
  g_signal_handlers_unblock_by_func (self->buffer, on_typed, self);
  gtk_text_buffer_get_start_iter (GTK_TEXT_BUFFER (self->buffer), &start);
  gtk_text_buffer_place_cursor (GTK_TEXT_BUFFER (self->buffer), &start);
}

static void
go_to (DmcPolicyEditor *self, const char *path)
{
  g_autofree char *text = get_text (self);
  GtkTextIter start, end;

  locate (self, text, path, &start, &end);
  gtk_text_buffer_select_range (GTK_TEXT_BUFFER (self->buffer), &start, &end);
  gtk_text_view_scroll_to_mark (GTK_TEXT_VIEW (self->view),
                                gtk_text_buffer_get_insert (GTK_TEXT_BUFFER (self->buffer)), 0.1,
                                TRUE, 0, 0.4);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

/* Looks */

static void
follow_theme (DmcPolicyEditor *self)
{
  GtkSourceStyleSchemeManager *manager = gtk_source_style_scheme_manager_get_default ();
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (self));
  GdkRGBA text;
  gboolean is_dark;

  gtk_style_context_get_color (context, gtk_style_context_get_state (context), &text);
  is_dark = text.red + text.green + text.blue > 1.5;
  gtk_source_buffer_set_style_scheme (self->buffer, gtk_source_style_scheme_manager_get_scheme (
                                                        manager, is_dark ? "oblivion" : "tango"));
}

static void
add_category (DmcPolicyEditor *self, guint i, const char *icon_name, const char *color)
{
  GtkSourceMarkAttributes *attributes = gtk_source_mark_attributes_new ();
  GdkRGBA underline;

  gtk_source_mark_attributes_set_icon_name (attributes, icon_name);
  g_signal_connect (attributes, "query-tooltip-text", G_CALLBACK (mark_tooltip), NULL);
  gtk_source_view_set_mark_attributes (self->view, categories[i], attributes, (int)i);
  gdk_rgba_parse (&underline, color);
  self->tags[i]
      = gtk_text_buffer_create_tag (GTK_TEXT_BUFFER (self->buffer), NULL, "underline",
                                    PANGO_UNDERLINE_ERROR, "underline-rgba", &underline, NULL);
}

static void
undo (DmcPolicyEditor *self)
{
  if (gtk_source_buffer_can_undo (self->buffer))
    gtk_source_buffer_undo (self->buffer);
}

static void
on_can_undo (DmcPolicyEditor *self)
{
  g_object_notify (G_OBJECT (self), "can-undo");
}

static void
dmc_policy_editor_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_CAN_UNDO)
    g_value_set_boolean (value, gtk_source_buffer_can_undo (DMC_POLICY_EDITOR (object)->buffer));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
dmc_policy_editor_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_TEXT)
    show_text (DMC_POLICY_EDITOR (object), g_value_get_string (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
dmc_policy_editor_class_init (DmcPolicyEditorClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->set_property = dmc_policy_editor_set_property;
  g_object_class_install_property (
      G_OBJECT_CLASS (klass), PROP_TEXT,
      g_param_spec_string ("text", NULL, NULL, NULL, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS));
  G_OBJECT_CLASS (klass)->get_property = dmc_policy_editor_get_property;
  g_object_class_install_property (G_OBJECT_CLASS (klass), PROP_CAN_UNDO,
                                   g_param_spec_boolean ("can-undo", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  g_signal_new_class_handler ("undo", type, G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION, G_CALLBACK (undo), NULL, NULL, NULL, G_TYPE_NONE, 0);
  edited_signal = g_signal_new ("edited", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                1, G_TYPE_STRING);
  g_signal_new_class_handler ("show-problems", type, G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION,
                              G_CALLBACK (show_problems), NULL, NULL, NULL, G_TYPE_NONE, 2,
                              G_TYPE_PTR_ARRAY, G_TYPE_INT64);
  g_signal_new_class_handler ("go-to", type, G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION,
                              G_CALLBACK (go_to), NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
dmc_policy_editor_init (DmcPolicyEditor *self)
{
  GtkSourceLanguageManager *languages = gtk_source_language_manager_get_default ();

  self->buffer = gtk_source_buffer_new_with_language (
      gtk_source_language_manager_get_language (languages, "json"));
  self->view = GTK_SOURCE_VIEW (gtk_source_view_new_with_buffer (self->buffer));
  g_object_unref (self->buffer);
  gtk_source_view_set_show_line_numbers (self->view, TRUE);
  gtk_source_view_set_show_line_marks (self->view, TRUE);
  gtk_source_view_set_auto_indent (self->view, TRUE);
  gtk_source_view_set_insert_spaces_instead_of_tabs (self->view, TRUE);
  gtk_source_view_set_tab_width (self->view, 2);
  gtk_source_view_set_highlight_current_line (self->view, TRUE);
  gtk_source_buffer_set_highlight_matching_brackets (self->buffer, TRUE);
  gtk_text_view_set_monospace (GTK_TEXT_VIEW (self->view), TRUE);
  gtk_text_view_set_left_margin (GTK_TEXT_VIEW (self->view), 6);
  gtk_text_view_set_top_margin (GTK_TEXT_VIEW (self->view), 6);
  gtk_text_view_set_bottom_margin (GTK_TEXT_VIEW (self->view), 6);
  add_category (self, 0, "dialog-warning-symbolic", "#c88800");
  add_category (self, 1, "dialog-error-symbolic", "#e01b24");
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->view)), _ ("Policy document"));
  self->syntax_offset = -1;
  g_signal_connect_swapped (self->buffer, "changed", G_CALLBACK (on_typed), self);
  g_signal_connect_swapped (self->buffer, "notify::can-undo", G_CALLBACK (on_can_undo), self);
  g_signal_connect (self, "style-updated", G_CALLBACK (follow_theme), NULL);
  gtk_container_add (GTK_CONTAINER (self), GTK_WIDGET (self->view));
  gtk_widget_show (GTK_WIDGET (self->view));
}

G_MODULE_EXPORT GtkWidget *
dmc_policy_editor_new (void)
{
  return g_object_new (DMC_TYPE_POLICY_EDITOR, "visible", TRUE, "hexpand", TRUE, "vexpand", TRUE,
                       NULL);
}
