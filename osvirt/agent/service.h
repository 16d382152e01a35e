/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/helper-finder.h"
#include "agent/share-consent.h"
#include "agent/workspace-store.h"
#include "policy-doc/service.h"
#include "rpc/server.h"

G_BEGIN_DECLS

/* The agent: what the methods work on. */
typedef struct {
  DmcServer *server;
  AgentStore *store;
  DmcPolicyService *policy;
  AgentGuard *guard;
  ShareConsent *shares;
  struct _PulledMedia *pulled;
  char *runtime_dir; /* the socket's folder */
  char *helper_socket;
  HelperFinder *helpers;
  char *last_volumes; /* the last storage event, to tell only what is new */
  GPtrArray *capabilities;
  GHashTable *packages;    /* by path of a desktop file; see package-info.h */
  gint64 packages_stamp_us;
  gint64 capabilities_us; /* when they were looked at, monotonic */
} AgentService;

typedef struct {
  char *socket_path;
  char *state_dir;
  char *helper_socket;
} AgentOptions;

AgentService *agent_service_new (const AgentOptions *options, GError **error);
void          agent_service_free (AgentService *self);
void          agent_service_stop_async (AgentService *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean      agent_service_stop_finish (GAsyncResult *result, GError **error);

/* Each file of methods adds its own to the server. */
typedef struct {
  const char *name;
  DmcMethodFunc func;
} AgentMethod;

void agent_service_add_methods (AgentService *self, const AgentMethod *methods, gsize n_methods);
void methods_workspace_add (AgentService *self);
void methods_app_add (AgentService *self);
void methods_bundle_add (AgentService *self);
void methods_catalogue_add (AgentService *self);
void methods_install_add (AgentService *self);
void methods_launchpad_add (AgentService *self);
void methods_policy_add (AgentService *self);
void methods_process_add (AgentService *self);
void methods_storage_add (AgentService *self);

AgentWorkspace *agent_service_open_workspace (AgentService *self, JsonObject *params, GError **error);
JsonNode       *methods_storage_volumes (AgentService *self);
gboolean        methods_storage_may (AgentService *self, const char *path, const char *permission, GError **error);
gboolean        methods_storage_would (AgentService *self, DmcPolicyDocument *document, const char *path, const char *permission);
gboolean        methods_workspace_close (AgentService *self, AgentWorkspace *workspace, GError **error);
void            agent_service_read_packages (AgentService *self);
void            agent_events_watch (AgentService *self);
void            agent_events_reset_apps (AgentService *self);
void            agent_events_app_changed (AgentWorkspace *workspace, const char *app);

G_END_DECLS
