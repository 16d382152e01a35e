/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpc/server.h"

G_BEGIN_DECLS

/* Label names of the default policy that the agent asks with. */
#define DMC_POLICY_SUBJECT_USER "workspace-user" /* whoever has opened the workspace */
#define DMC_POLICY_OBJECT_APP   "host-app"       /* an app without a label of its own */

/* The policy of one endpoint: serves policy.* and audit.*, and decides for the endpoint itself.
 * The loaded document is kept in a file; without the file the default policy holds. */
#define DMC_TYPE_POLICY_SERVICE (dmc_policy_service_get_type ())
G_DECLARE_FINAL_TYPE (DmcPolicyService, dmc_policy_service, DMC, POLICY_SERVICE, GObject)

/**
 * DmcPolicyRevokeFunc:
 * @service: (transfer none): the service, which decides by the new policy already
 * @user_data: as given to dmc_policy_service_set_revoke_func()
 *
 * Called after another policy was loaded: take back whatever is held and no longer allowed.
 *
 * Returns: how many accesses were taken back
 */
typedef guint (*DmcPolicyRevokeFunc) (DmcPolicyService *service, gpointer user_data);

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

/* Whether accesses that were allowed go into the audit trail, too; not at first. */
void dmc_policy_service_set_audit_allowed (DmcPolicyService *self, gboolean audit_allowed);

/* What policy.load calls to take back what is held; without it nothing is held and 0 are revoked.
 */
void dmc_policy_service_set_revoke_func (DmcPolicyService *self,
                                         DmcPolicyRevokeFunc func,
                                         gpointer user_data,
                                         GDestroyNotify destroy);

G_END_DECLS
