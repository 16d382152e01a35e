/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/bindings.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/wire.h"
#include "rpc/error.h"

static void
close_shared (gpointer element)
{
  close (*(int *) element);
}

void
agent_bindings_free (AgentBindings *self)
{
  g_ptr_array_unref (self->rules);
  g_array_unref (self->shared);
  g_free (self);
}

static void
add_rule (AgentBindings *self, char kind, const char *path)
{
  g_ptr_array_add (self->rules, g_strdup_printf ("%c%s", kind, path));
}

/* With the rights of the agent's user: what they cannot reach, the workspace cannot either. */
static gboolean
add_share (AgentBindings *self, const WorkspaceRule *rule, GError **error)
{
  int fd = open (rule->source, O_PATH | O_CLOEXEC);

  if (fd < 0) {
    g_propagate_error (error, dmc_error_new (errno == ENOENT || errno == ENOTDIR ? DMC_ERROR_NOT_FOUND : DMC_ERROR_DENIED,
                                             "Take the rule out of the workspace's settings, or attach what it names.",
                                             "“%s” of this host, which the workspace shares, cannot be opened: %s.", rule->source,
                                             g_strerror (errno)));
    return FALSE;
  }
  g_array_append_val (self->shared, fd);
  add_rule (self, rule->writable ? RULE_SHARE_WRITABLE : RULE_SHARE, rule->path);
  return TRUE;
}

static gboolean
add_path_rule (AgentBindings *self, const WorkspaceRule *rule, GError **error)
{
  switch (rule->kind) {
  case WORKSPACE_RULE_HIDE: add_rule (self, RULE_HIDE, rule->path); return TRUE;
  case WORKSPACE_RULE_READ_ONLY: add_rule (self, RULE_READ_ONLY, rule->path); return TRUE;
  case WORKSPACE_RULE_REDIRECT:
    add_rule (self, RULE_REDIRECT, rule->path);
    g_ptr_array_add (self->rules, g_strdup (rule->source));
    return TRUE;
  case WORKSPACE_RULE_SHARE: default: return add_share (self, rule, error);
  }
}

/* Takes the descriptor over. */
static void
add_shared (AgentBindings *self, char kind, int fd, const char *inside)
{
  g_array_append_val (self->shared, fd);
  add_rule (self, kind, inside);
}

/* A service's socket, where the host has it; the service asks nobody for more than to reach it. */
static gboolean
add_socket (AgentBindings *self, char kind, const char *host, const char *inside)
{
  int fd = open (host, O_PATH | O_CLOEXEC);
  struct stat info;

  if (fd >= 0 && fstat (fd, &info) == 0 && S_ISSOCK (info.st_mode)) {
    add_shared (self, kind, fd, inside);
    return TRUE;
  }
  if (fd >= 0)
    close (fd);
  return FALSE;
}

/* Where the host's own programs print, as libcups has it; a server in the network is reached as others there are. */
const char *
agent_bindings_get_printers (void)
{
  const char *set = g_getenv ("CUPS_SERVER");

  return set != NULL && *set == '/' ? set : AGENT_PRINTERS_SOCKET;
}

/* The socket is root's: see rules.c of the launcher.
 *
 * What can be suspended always has something at that place, which is another host's or nobody when it is resumed: a connection to
 * what is no socket is refused, as one to a service that does not run. */
static void
add_printers (AgentBindings *self, gboolean wanted, gboolean suspendable)
{
  int fd;

  if ((wanted && add_socket (self, RULE_SHARE, agent_bindings_get_printers (), AGENT_PRINTERS_SOCKET)) || !suspendable)
    return;
  fd = open ("/proc/version", O_PATH | O_CLOEXEC); /* not what an update may replace: CRIU brings no file back that is deleted */
  if (fd >= 0)
    add_shared (self, RULE_SHARE, fd, AGENT_PRINTERS_SOCKET);
}

/**
 * agent_bindings_collect:
 * @settings: what the workspace wants
 * @suspendable: whether the view may be suspended
 * @error: where to leave %DMC_ERROR_NOT_FOUND or %DMC_ERROR_DENIED for a share
 *
 * Opens what the host gives. What the host does not have of its services is left out.
 *
 * Returns: (transfer full): for dmc_view_open_async()
 */
AgentBindings *
agent_bindings_collect (const WorkspaceSettings *settings, gboolean suspendable, GError **error)
{
  g_autoptr (AgentBindings) self = g_new0 (AgentBindings, 1);

  self->rules = g_ptr_array_new_with_free_func (g_free);
  self->shared = g_array_new (FALSE, FALSE, sizeof (int));
  g_array_set_clear_func (self->shared, close_shared);
  for (guint i = 0; i < settings->rules->len; i++)
    if (!add_path_rule (self, g_ptr_array_index (settings->rules, i), error))
      return NULL;
  add_printers (self, (settings->switches & WORKSPACE_PRINTERS) != 0, suspendable);
  g_ptr_array_add (self->rules, NULL);
  return g_steal_pointer (&self);
}

/* Lends @config what it holds. */
void
agent_bindings_configure (const AgentBindings *self, DmcViewConfig *config)
{
  config->rules = (const char *const *) self->rules->pdata;
  config->shared = (const int *) self->shared->data;
  config->n_shared = self->shared->len;
}
