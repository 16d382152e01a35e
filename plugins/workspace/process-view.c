/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-view.h"

#include <glib/gi18n.h>
#include <handy.h>

#include "model/process.h"
#include "rpc/json.h"

/* The memory and processor time of processes change without an event. */
#define REFRESH_SECONDS 2

struct _DmcProcessView {
  GtkScrolledWindow parent_instance;

  DmcHost *host;
  DmcEndpoint *agent;
  char *workspace;
  DmcProcessList *processes; /* from the first look on */
  guint refresh;

  GtkListBox *list;
};

G_DEFINE_FINAL_TYPE (DmcProcessView, dmc_process_view, GTK_TYPE_SCROLLED_WINDOW)

static void
update_row (DmcProcess *process, GParamSpec *pspec, HdyActionRow *row)
{
  gint64 memory_kib, cpu_time_ns;
  g_autofree char *size = NULL, *subject = NULL, *text = NULL;

  g_object_get (process, "memory-kib", &memory_kib, "cpu-time-ns", &cpu_time_ns, "subject", &subject, NULL);
  size = g_format_size_full ((guint64)MAX (memory_kib, 0) * 1024, G_FORMAT_SIZE_IEC_UNITS);
  /* TRANSLATORS: number of a process, its memory, seconds of processor time */
  text = g_strdup_printf (_ ("Process %d · %s · %.1f s of processor time"),
                          (int)dmc_process_get_pid (process), size, (double)cpu_time_ns / 1e9);
  if (subject != NULL) {
    g_autofree char *plain = g_steal_pointer (&text);

    /* TRANSLATORS: what is said of a process, and its label in the access policy */
    text = g_strdup_printf (_ ("%s · label %s"), plain, subject);
  }
  hdy_preferences_row_set_title (HDY_PREFERENCES_ROW (row), dmc_process_get_command (process));
  hdy_action_row_set_subtitle (row, text);
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (row)),
                       dmc_process_get_command (process));
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcHost) host = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);

  dmc_host_tell_outcome (host, _ ("The process could not be stopped"), error);
}

static void
on_stop (GtkButton *button, DmcProcess *process)
{
  DmcProcessView *self
      = DMC_PROCESS_VIEW (gtk_widget_get_ancestor (GTK_WIDGET (button), DMC_TYPE_PROCESS_VIEW));

  dmc_endpoint_call_async (
      self->agent, "app.stop",
      dmc_json_node ("workspace:s", self->workspace, "pid:i", dmc_process_get_pid (process), NULL),
      NULL, on_stopped, g_object_ref (self->host));
}

static GtkWidget *
create_row (gpointer item, gpointer user_data)
{
  DmcProcess *process = item;
  GtkWidget *row = g_object_new (HDY_TYPE_ACTION_ROW, "visible", TRUE, "title-lines", 1, NULL);
  GtkWidget *button = gtk_button_new_from_icon_name ("process-stop-symbolic", GTK_ICON_SIZE_BUTTON);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, _ ("Stop this process"));
  atk_object_set_name (gtk_widget_get_accessible (button), _ ("Stop this process"));
  gtk_button_set_relief (GTK_BUTTON (button), GTK_RELIEF_NONE);
  gtk_widget_show (button);
  gtk_container_add (GTK_CONTAINER (row), button);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_stop), process, 0);
  g_signal_connect_object (process, "notify", G_CALLBACK (update_row), row, 0);
  update_row (process, NULL, HDY_ACTION_ROW (row));
  return row;
}

static gboolean
on_refresh (gpointer user_data)
{
  DmcProcessView *self = user_data;

  dmc_item_list_reload (DMC_ITEM_LIST (self->processes));
  return G_SOURCE_CONTINUE;
}

static void
dmc_process_view_map (GtkWidget *widget)
{
  DmcProcessView *self = DMC_PROCESS_VIEW (widget);

  GTK_WIDGET_CLASS (dmc_process_view_parent_class)->map (widget);
  if (self->processes == NULL) {
    self->processes = dmc_process_list_new (self->agent, self->workspace);
    gtk_list_box_bind_model (self->list, G_LIST_MODEL (self->processes), create_row, NULL, NULL);
  } else {
    dmc_item_list_reload (DMC_ITEM_LIST (self->processes));
  }
  self->refresh = g_timeout_add_seconds (REFRESH_SECONDS, on_refresh, self);
}

static void
dmc_process_view_unmap (GtkWidget *widget)
{
  DmcProcessView *self = DMC_PROCESS_VIEW (widget);

  g_clear_handle_id (&self->refresh, g_source_remove);
  GTK_WIDGET_CLASS (dmc_process_view_parent_class)->unmap (widget);
}

static void
dmc_process_view_finalize (GObject *object)
{
  DmcProcessView *self = DMC_PROCESS_VIEW (object);

  g_clear_handle_id (&self->refresh, g_source_remove);
  g_clear_object (&self->host);
  g_clear_object (&self->agent);
  g_clear_object (&self->processes);
  g_free (self->workspace);
  G_OBJECT_CLASS (dmc_process_view_parent_class)->finalize (object);
}

static void
dmc_process_view_class_init (DmcProcessViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = dmc_process_view_finalize;
  widget_class->map = dmc_process_view_map;
  widget_class->unmap = dmc_process_view_unmap;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/domicile/Console/workspace/process-view.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcProcessView, list);
}

static void
dmc_process_view_init (DmcProcessView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * dmc_process_view_new:
 * @host: (transfer none): for the agent and errors
 * @workspace: id of an open workspace
 *
 * Returns: (transfer floating): the view
 */
GtkWidget *
dmc_process_view_new (DmcHost *host, const char *workspace)
{
  DmcProcessView *self = g_object_new (DMC_TYPE_PROCESS_VIEW, NULL);

  self->host = g_object_ref (host);
  self->agent = g_object_ref (dmc_host_get_endpoint (host, "agent"));
  self->workspace = g_strdup (workspace);
  return GTK_WIDGET (self);
}
