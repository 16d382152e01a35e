/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "rpc/client.h"
#include "rpc/error.h"
#include "rpc/json.h"
#include "secret/passphrase.h"

G_BEGIN_DECLS

/* Exit codes, which scripts rely on. */
enum {
  CTL_EXIT_OK            = 0,
  CTL_EXIT_ERROR         = 1,
  CTL_EXIT_USAGE         = 2,
  CTL_EXIT_NO_CONNECTION = 3,
};

/* Errors that are not the endpoint's answer. */
typedef enum {
  CTL_ERROR_USAGE,         /* the command line makes no sense */
  CTL_ERROR_NO_CONNECTION, /* there is no endpoint at the socket */
  CTL_ERROR_FAILED,        /* everything else; also where the command has said why itself */
} CtlError;

#define CTL_ERROR (ctl_error_quark ())
GQuark ctl_error_quark (void);

typedef enum {
  CTL_CONTROL,
  CTL_AGENT,
  CTL_N_ENDPOINTS,
} CtlEndpoint;

/* What every command is given: the global options and the connections made so far. */
typedef struct {
  gboolean   json;
  int        exit_code; /* of a command that has done what it shall */
  char      *paths[CTL_N_ENDPOINTS];
  DmcClient *clients[CTL_N_ENDPOINTS];
} Ctl;

/**
 * CtlCommand:
 * @name: the word that selects it; NULL in a group that is a command itself
 * @arguments: its arguments, for the help
 * @summary: one line for the help
 * @min_arguments: how many arguments must come
 * @max_arguments: how many may come; -1 for any number
 * @options: (nullable): options of its own
 * @run: does it; FALSE with an error set on failure
 */
typedef struct {
  const char         *name;
  const char         *arguments;
  const char         *summary;
  int                 min_arguments;
  int                 max_arguments;
  const GOptionEntry *options;
  gboolean (*run) (Ctl *ctl, char **arguments, GError **error);
} CtlCommand;

/* The first word of the command line and the commands below it, ended by one without run. */
typedef struct {
  const char       *name;
  const char       *summary;
  const CtlCommand *commands;
} CtlGroup;

extern const CtlGroup ctl_group_guard;
extern const CtlGroup ctl_group_info;
extern const CtlGroup ctl_group_host;
extern const CtlGroup ctl_group_image;
extern const CtlGroup ctl_group_disk;
extern const CtlGroup ctl_group_domain;
extern const CtlGroup ctl_group_workspace;
extern const CtlGroup ctl_group_app;
extern const CtlGroup ctl_group_process;
extern const CtlGroup ctl_group_catalogue;
extern const CtlGroup ctl_group_storage;
extern const CtlGroup ctl_group_policy;
extern const CtlGroup ctl_group_job;
extern const CtlGroup ctl_group_events;
extern const CtlGroup ctl_group_call;

void ctl_clear (Ctl *ctl);

const char *ctl_endpoint_name (CtlEndpoint endpoint);
gboolean    ctl_parse_endpoint (const char *name, CtlEndpoint *endpoint, GError **error);
DmcClient  *ctl_connect (Ctl *ctl, CtlEndpoint endpoint, GError **error);

JsonNode *ctl_call (Ctl         *ctl,
                    CtlEndpoint  endpoint,
                    const char  *method,
                    JsonNode    *params,
                    GError     **error);
JsonNode *ctl_call_secret (Ctl           *ctl,
                           CtlEndpoint    endpoint,
                           const char    *method,
                           JsonNode      *params,
                           DmcPassphrase *passphrase,
                           DmcPassphrase *new_passphrase,
                           GError       **error);

gboolean ctl_print_json (JsonNode *node);

/* job.c */
gboolean ctl_follow_job (Ctl *ctl, CtlEndpoint endpoint, JsonNode *started, JsonNode **result, GError **error);

/* passphrase.c */
extern int    ctl_passphrase_fd;
DmcPassphrase *ctl_read_passphrase (const char *prompt, GError **error);

G_END_DECLS
