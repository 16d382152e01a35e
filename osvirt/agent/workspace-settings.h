/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define WORKSPACE_MAX_PATH_RULES 16
#define WORKSPACE_MAX_RULE_PATH  1023

typedef enum {
  WORKSPACE_NETWORK_HOST, /* the host's own */
  WORKSPACE_NETWORK_NONE, /* a network with a loopback interface and nothing else */
  WORKSPACE_NETWORK_NAT,  /* out through a translator; nothing gets in, and the host's own services are not reached */
} WorkspaceNetwork;

typedef enum {
  WORKSPACE_CLIPBOARD_NONE = 0,
  WORKSPACE_CLIPBOARD_IN = 1 << 0,  /* what is copied on the host can be pasted in the workspace */
  WORKSPACE_CLIPBOARD_OUT = 1 << 1, /* and the other way round */
  WORKSPACE_CLIPBOARD_BOTH = WORKSPACE_CLIPBOARD_IN | WORKSPACE_CLIPBOARD_OUT,
} WorkspaceClipboard;

/* When its session bus, its keyring and its own services run. */
typedef enum {
  WORKSPACE_SESSION_GRAPHICAL, /* where its programs have a display */
  WORKSPACE_SESSION_ALWAYS,
} WorkspaceSession;

/* What of the host is bound to the workspace, and what of its own it starts. One bit each. */
typedef enum {
  WORKSPACE_DISPLAY = 1 << 0,
  WORKSPACE_SOUND = 1 << 1,
  WORKSPACE_PRINTERS = 1 << 2,
  WORKSPACE_TIME_ZONE = 1 << 3,
  WORKSPACE_LOCALE = 1 << 4,
  WORKSPACE_KEYBOARD = 1 << 5,
  WORKSPACE_FONTS = 1 << 6,
  WORKSPACE_REGISTRY = 1 << 7, /* the host's settings and default applications, where it has none of its own */
  WORKSPACE_KEYRING = 1 << 8,
  WORKSPACE_AUTOSTART = 1 << 9,
  WORKSPACE_NOTIFICATIONS = 1 << 10, /* shown on the host's desktop; so are the next two, where it has none of its own */
  WORKSPACE_APPEARANCE = 1 << 11,    /* light or dark, as the host's desktop is */
  WORKSPACE_LINKS = 1 << 12,         /* opened by the host's browser */
  WORKSPACE_SUSPEND = 1 << 13,       /* a desktop of its own is opened so that it can be suspended */
  WORKSPACE_MICROPHONE = 1 << 14,    /* with sound: programs may record, too */
} WorkspaceSwitch;

typedef enum {
  WORKSPACE_RULE_HIDE,
  WORKSPACE_RULE_READ_ONLY,
  WORKSPACE_RULE_SHARE,    /* @source: of the host */
  WORKSPACE_RULE_REDIRECT, /* @source: in the workspace */
} WorkspaceRuleKind;

typedef struct {
  char *path; /* in the workspace */
  WorkspaceRuleKind kind;
  char *source; /* NULL where the kind has none */
  gboolean writable; /* of a share */
} WorkspaceRule;

typedef struct {
  WorkspaceNetwork network;
  WorkspaceClipboard clipboard;
  WorkspaceSession session;
  guint switches; /* of WorkspaceSwitch */
  GPtrArray *rules; /* of WorkspaceRule, in the order in which they apply */
} WorkspaceSettings;

WorkspaceSettings *workspace_settings_new (void);
WorkspaceSettings *workspace_settings_copy (const WorkspaceSettings *self);
void               workspace_settings_free (WorkspaceSettings *self);
gboolean           workspace_settings_merge (WorkspaceSettings *self, JsonObject *changes, GError **error);
const char        *workspace_clipboard_to_string (WorkspaceClipboard clipboard);
GStrv              workspace_settings_list_shares (const WorkspaceSettings *self);
GStrv              workspace_settings_list_placed (const WorkspaceSettings *self);
JsonObject        *workspace_settings_to_json (const WorkspaceSettings *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WorkspaceSettings, workspace_settings_free)

G_END_DECLS
