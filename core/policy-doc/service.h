/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "policy-doc/state.h"
#include "rpc/server.h"

G_BEGIN_DECLS

/* Label names of the default policy that the agent asks with. */
#define DMC_POLICY_SUBJECT_USER "workspace-user" /* whoever has opened the workspace */
#define DMC_POLICY_OBJECT_APP   "host-app"       /* an app without a label of its own */
#define DMC_POLICY_OBJECT_VOLUME    "volume"     /* a volume without a label of its own */
#define DMC_POLICY_OBJECT_CLIPBOARD "clipboard"  /* the clipboard of a desktop */

/* The policy of one endpoint: serves policy.* and audit.*, and decides for the endpoint itself.
 * The loaded document is kept in a file; without the file the default policy holds. */
#define DMC_TYPE_POLICY_SERVICE (dmc_policy_service_get_type ())
G_DECLARE_FINAL_TYPE (DmcPolicyService, dmc_policy_service, DMC, POLICY_SERVICE, GObject)

/**
 * DmcPolicyRevokeFunc:
 * @service: (transfer none): the service, which decides by the new policy already
 * @callback: to be called when all is taken back, with a #GTask that returns how many accesses were
 * @callback_data: for @callback
 * @user_data: as given to dmc_policy_service_set_revoke_func()
 *
 * Called after another policy was loaded: take back whatever is held and no longer allowed.
 */
typedef void (*DmcPolicyRevokeFunc) (DmcPolicyService *service,
                                     GAsyncReadyCallback callback,
                                     gpointer callback_data,
                                     gpointer user_data);

/**
 * DmcPolicyPreviewFunc:
 * @document: (transfer none): a policy that might be loaded
 *
 * Returns: (transfer full): what loading it would take back: an array of objects with at least "effect"
 */
typedef JsonArray *(*DmcPolicyPreviewFunc) (DmcPolicyService *service, DmcPolicyDocument *document, gpointer user_data);

/**
 * dmc_policy_service_new:
 * @server: the endpoint's server
 * @policy_file: path of the loaded policy document; need not exist
 * @error: return location
 *
 * Reads the policy and adds the methods policy.get, policy.validate, policy.load, policy.check,
 * policy.simulate and audit.list, and the topic audit, to @server. A file that is there and does
 * not hold a valid policy is an error (%DMC_ERROR_INTEGRITY), never a reason to go on with another
 * policy.
 *
 * Returns: (transfer full): the service; keep it as long as @server. NULL with @error set
 */
DmcPolicyService *
dmc_policy_service_new (DmcServer *server, const char *policy_file, GError **error);

/**
 * dmc_policy_service_check:
 * @self: the service
 * @subject: name of a subject label
 * @object: name of an object label
 * @class_name: an object class of the table, as "app"
 * @permission: one of its permissions, as "launch"
 * @error: return location: %DMC_ERROR_DENIED with data "models", each {model, allowed, reason}
 *
 * Decides and records one access that is about to happen. A name that the policy does not know is
 * denied. Each denial goes into the audit trail. Where the policy is not enforcing, a denial is
 * recorded and let through.
 *
 * Returns: whether to go on
 */
gboolean dmc_policy_service_check (DmcPolicyService *self,
                                   const char *subject,
                                   const char *object,
                                   const char *class_name,
                                   const char *permission,
                                   GError **error);

/* Whether an access would be allowed; nothing is recorded or remembered, and what is not enforced is allowed. A name that the
 * policy does not know is not. */
gboolean dmc_policy_service_allows (DmcPolicyService *self,
                                    const char *subject,
                                    const char *object,
                                    const char *class_name,
                                    const char *permission);

/**
 * dmc_policy_service_check_volume:
 * @self: the service
 * @path: (nullable): the folder on the volume that it is about
 * @kind: (nullable): what the volume is, as in storage.list
 * @permission: one of the class “storage”
 * @error: return location: as of dmc_policy_service_check()
 *
 * As dmc_policy_service_check() for whoever has opened the workspace, of the volume's label: what the policy's contexts
 * say of it, or %DMC_POLICY_OBJECT_VOLUME. Where the policy has neither, volumes are not asked about.
 *
 * Returns: whether to go on
 */
gboolean dmc_policy_service_check_volume (DmcPolicyService *self,
                                          const char *path,
                                          const char *kind,
                                          const char *permission,
                                          GError **error);

/* The same as dmc_policy_service_allows(). */
gboolean dmc_policy_service_allows_volume (DmcPolicyService *self, const char *path, const char *kind, const char *permission);

/* The same, by a @document that might be loaded. */
gboolean dmc_policy_service_would_allow_volume (DmcPolicyService *self,
                                                DmcPolicyDocument *document,
                                                const char *path,
                                                const char *kind,
                                                const char *permission);

/**
 * dmc_policy_service_app_label:
 * @self: the service
 * @app_id: (nullable): an app's id, as in app.list; NULL for a bare command
 *
 * The object label to ask with for an app: "app:ID" where the policy has an object of that name,
 * otherwise %DMC_POLICY_OBJECT_APP.
 *
 * Returns: (transfer full): the label's name
 */
char *dmc_policy_service_app_label (DmcPolicyService *self, const char *app_id);

/* The policy that holds: (transfer none) */
DmcPolicyDocument *dmc_policy_service_get_document (DmcPolicyService *self);

/**
 * dmc_policy_service_record:
 * @self: the service
 * @access: (transfer none): {subject, object, class, permission}, and what else is known of the access
 * @allowed: what was decided
 * @model: which model has decided
 * @reason: why, one sentence
 *
 * Records a decision that the endpoint has made by an engine of its own.
 */
void dmc_policy_service_record (DmcPolicyService *self,
                                JsonObject *access,
                                gboolean allowed,
                                const char *model,
                                const char *reason);

/* Takes over what subjects have accessed elsewhere, so that policy.check knows it. */
void dmc_policy_service_learn (DmcPolicyService *self, DmcPolicyState *other);

/* Whether accesses that were allowed go into the audit trail, too; not at first. */
void dmc_policy_service_set_audit_allowed (DmcPolicyService *self, gboolean audit_allowed);

/* What policy.load calls to tell or take back what is held; without it nothing is held and 0 are revoked.
 */
void dmc_policy_service_set_revoke_func (DmcPolicyService *self,
                                         DmcPolicyPreviewFunc preview,
                                         DmcPolicyRevokeFunc func,
                                         gpointer user_data,
                                         GDestroyNotify destroy);

G_END_DECLS
