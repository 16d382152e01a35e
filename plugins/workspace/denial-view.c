/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "denial-view.h"

#include <glib/gi18n.h>
#include <handy.h>

#include "model/audit-record.h"

struct _DmcDenialView {
  GtkScrolledWindow parent_instance;

  DmcHost *host;
  char *workspace;
  DmcAuditList *records;

  GtkListBox *list;
};

G_DEFINE_FINAL_TYPE (DmcDenialView, dmc_denial_view, GTK_TYPE_SCROLLED_WINDOW)

/* "org.example.Mail.desktop" as a person would say it; a command has no name. */
static char *
app_name (const char *app)
{
  g_autofree char *name = g_strdup (app != NULL ? app : _ ("A command"));
  const char *dot;

  if (g_str_has_suffix (name, ".desktop"))
    name[strlen (name) - strlen (".desktop")] = '\0';
  dot = strrchr (name, '.');
  return g_strdup (dot != NULL && dot[1] != '\0' ? dot + 1 : name);
}

static char *
sentence (const char *app, const char *permission, const char *target)
{
  g_autofree char *name = app_name (app);
  const char *format;

  if (g_strcmp0 (permission, "read") == 0)
    format = _ ("%s wanted to read %s");
  else if (g_strcmp0 (permission, "write") == 0)
    format = _ ("%s wanted to write to %s");
  else if (g_strcmp0 (permission, "connect") == 0)
    format = _ ("%s wanted to connect to %s");
  else if (g_strcmp0 (permission, "bind") == 0)
    format = _ ("%s wanted to be reached at %s");
  else
    format = _ ("%s was ended by another policy (%s)");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  return g_strdup_printf (format, name, target);
#pragma GCC diagnostic pop
}

static const char *
model_name (const char *model)
{
  static const struct {
    const char *model, *name;
  } names[] = {
    { "te", N_ ("type enforcement") },      { "blp", N_ ("Bell-LaPadula") },       { "biba", N_ ("Biba") },
    { "chinese-wall", N_ ("the Chinese Wall") }, { "guard", N_ ("the resource guard") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_strcmp0 (names[i].model, model) == 0)
      return _ (names[i].name);
  return _ ("the policy");
}

static char *
time_of (gint64 time_us)
{
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC);

  return when != NULL ? g_date_time_format (when, "%X") : g_strdup ("");
}

static void
on_change (GtkButton *button, gpointer user_data)
{
  DmcDenialView *self = DMC_DENIAL_VIEW (gtk_widget_get_ancestor (GTK_WIDGET (button), DMC_TYPE_DENIAL_VIEW));

  dmc_host_show_page (self->host, "policy");
}

static void
add_button (GtkWidget *row)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (_ ("_Policy…"));

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, _ ("Look at the rules, and change what this label may do"));
  g_signal_connect (button, "clicked", G_CALLBACK (on_change), NULL);
  gtk_widget_show (button);
  gtk_container_add (GTK_CONTAINER (row), button);
}

static GtkWidget *
create_row (gpointer item, gpointer user_data)
{
  DmcDenialView *self = user_data;
  GtkWidget *row = g_object_new (HDY_TYPE_ACTION_ROW, "title-lines", 1, "subtitle-lines", 0, NULL);
  g_autofree char *app = NULL, *permission = NULL, *target = NULL, *model = NULL, *reason = NULL, *workspace = NULL;
  g_autofree char *subject = NULL, *title = NULL, *text = NULL, *time = NULL;
  gboolean allowed;
  gint64 time_us;

  g_object_get (item, "app", &app, "permission", &permission, "target", &target, "model", &model, "reason", &reason, "workspace",
                &workspace, "subject", &subject, "allowed", &allowed, "time-us", &time_us, NULL);
  if (allowed || target == NULL || g_strcmp0 (workspace, self->workspace) != 0)
    return row; /* it is about something else, and stays hidden */
  title = sentence (app, permission, target);
  time = time_of (time_us);
  /* TRANSLATORS: when; a label; a model of access control; why */
  text = g_strdup_printf (_ ("%s · label %s · not allowed by %s: %s"), time, subject, model_name (model), reason);
  hdy_preferences_row_set_title (HDY_PREFERENCES_ROW (row), title);
  hdy_action_row_set_subtitle (HDY_ACTION_ROW (row), text);
  gtk_widget_set_tooltip_text (row, title);
  atk_object_set_name (gtk_widget_get_accessible (row), title);
  add_button (row);
  gtk_widget_show (row);
  return row;
}

static void
dmc_denial_view_finalize (GObject *object)
{
  DmcDenialView *self = DMC_DENIAL_VIEW (object);

  g_clear_object (&self->host);
  g_clear_object (&self->records);
  g_free (self->workspace);
  G_OBJECT_CLASS (dmc_denial_view_parent_class)->finalize (object);
}

static void
dmc_denial_view_class_init (DmcDenialViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = dmc_denial_view_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/domicile/Console/workspace/denial-view.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcDenialView, list);
}

static void
dmc_denial_view_init (DmcDenialView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * dmc_denial_view_new:
 * @host: (transfer none): for the agent, and the way to the policy
 * @workspace: id of an open workspace
 *
 * Returns: (transfer floating): the view
 */
GtkWidget *
dmc_denial_view_new (DmcHost *host, const char *workspace)
{
  DmcDenialView *self = g_object_new (DMC_TYPE_DENIAL_VIEW, NULL);

  self->host = g_object_ref (host);
  self->workspace = g_strdup (workspace);
  self->records = dmc_audit_list_new (dmc_host_get_endpoint (host, "agent"));
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (self->records), create_row, self, NULL);
  return GTK_WIDGET (self);
}
