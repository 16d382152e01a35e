/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file in the vault that is there while the workspace is open. Where it is there before, the last time did not end as it
 * should: the stick was pulled, the power failed, or the agent was killed. */
#include "agent/open-mark.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent/lost-files.h"
#include "rpc/json.h"
#include "storage/read-file.h"
#include "storage/replace-file.h"
#include "storage/text.h"

#define FOLDER    "state"
#define FILE_NAME "open.json"
#define MAX_SIZE  4096

/* The host's name as a mark has it; from a medium that anybody may have written. */
static char *
clean_host (const char *host)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (const char *p = host; *p != '\0' && text->len < 64; p = g_utf8_next_char (p))
    if (!text_is_unruly (g_utf8_get_char (p)))
      g_string_append_unichar (text, g_utf8_get_char (p));
  return g_strdup (text->len > 0 ? text->str : "?");
}

static char *
describe (const char *data, gsize length, DmcVault *vault)
{
  g_autoptr (JsonNode) root = dmc_json_parse (data, (gssize) length, NULL);
  JsonObject *mark = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  g_autofree char *host = clean_host (mark != NULL ? dmc_json_get_string (mark, "host", "?") : "?");
  gint64 opened_us = mark != NULL ? dmc_json_get_int (mark, "opened_us", 0) : 0;
  g_autoptr (GDateTime) opened = g_date_time_new_from_unix_local (opened_us / G_USEC_PER_SEC);
  g_autofree char *when = opened != NULL ? g_date_time_format (opened, "%F %R") : g_strdup ("?");

  return g_strdup_printf ("It was not closed properly when it was open last, on %s since %s. %s", host, when,
                          dmc_vault_was_mended (vault)
                              ? "Its file system did not fit together and was mended; what was being written just then may be lost, or "
                                "have lost its name; what programs had not saved is lost."
                          : dmc_vault_get_kind (vault) == DMC_VAULT_LUKS
                              ? "Its file system has been checked, and all that was saved to it is there; what programs had not "
                                "saved is lost."
                              : "All that was saved to the medium is there; what programs had not saved is lost.");
}

static char *
read_mark (int folder, DmcVault *vault)
{
  int fd = openat (folder, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  g_autofree char *data = NULL;
  gsize length = 0;

  if (fd < 0)
    return NULL;
  read_fd (fd, MAX_SIZE, &data, &length, NULL);
  close (fd);
  return describe (data != NULL ? data : "", length, vault);
}

/**
 * open_mark_set:
 * @vault: a vault that is being opened
 * @resuming: whether what is suspended in it goes on, and shall find all as it left it
 *
 * Blocks on the medium. That the mark cannot be written is no reason not to open: a full medium must stay usable.
 *
 * Returns: (transfer full) (nullable): what is to be said about the last time, one sentence or two
 */
char *
open_mark_set (DmcVault *vault, gboolean resuming)
{
  int folder = open_folder_at (dmc_vault_get_root_fd (vault), FOLDER);
  g_autofree char *mark_said = folder >= 0 ? read_mark (folder, vault) : NULL;
  g_autofree char *found = resuming || dmc_vault_get_kind (vault) != DMC_VAULT_LUKS ? NULL : lost_files_bring_back (dmc_vault_get_root_fd (vault));
  g_autoptr (JsonNode) mark = dmc_json_node ("host:s", g_get_host_name (), "opened_us:i", g_get_real_time (), NULL);
  g_autofree char *text = dmc_json_print (mark, NULL);

  if (folder >= 0 && !replace_file_at (folder, FILE_NAME, text, strlen (text)))
    g_message ("The workspace cannot be marked as open: %s", g_strerror (errno));
  if (folder >= 0)
    close (folder);
  if (mark_said != NULL && found != NULL)
    return g_strjoin (" ", mark_said, found, NULL);
  return mark_said != NULL ? g_steal_pointer (&mark_said) : g_steal_pointer (&found);
}

/* @vault: the root directory of a vault that is about to be closed, with nothing running in it any more. */
void
open_mark_clear (int vault)
{
  unlinkat (vault, FOLDER "/" FILE_NAME, 0);
}
