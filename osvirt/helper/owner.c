/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/session.h"
#include "launcher/overlay.h"

enum { ID_COUNT = 65536 };

/* The first range of at least 65536 ids that the host has given to @uid in @file (/etc/subuid, /etc/subgid), or 0. */
static unsigned long
find_subordinates (const char *file, uid_t uid)
{
  const struct passwd *entry = getpwuid (uid);
  FILE *in = fopen (file, "re");
  char line[256], number[16];
  unsigned long found = 0;

  snprintf (number, sizeof number, "%u", uid);
  while (in != NULL && found == 0 && fgets (line, sizeof line, in) != NULL) {
    char *save = NULL, *name = strtok_r (line, ":", &save), *start = strtok_r (NULL, ":", &save),
         *count = strtok_r (NULL, ":\n", &save);

    if (count == NULL || (strcmp (name, number) != 0 && (entry == NULL || strcmp (name, entry->pw_name) != 0)))
      continue;
    if (strtoul (count, NULL, 10) >= ID_COUNT && strtoul (start, NULL, 10) >= ID_COUNT)
      found = strtoul (start, NULL, 10);
  }
  if (in != NULL)
    fclose (in);
  return found;
}

/* On the medium the user's own id stands for uid 0 of the view, and the user's subordinate ids for the others. Never any id
 * that is not the user's: else a set-user-id file made inside could give its rights away outside. */
static void
write_folder_map (char *text, size_t size, unsigned id, unsigned long subordinates)
{
  int length;

  if (id == 0) {
    snprintf (text, size, "0 %d %d", VIEW_ID_BASE, ID_COUNT);
    return;
  }
  length = snprintf (text, size, "%u %d 1", id, VIEW_ID_BASE);
  if (subordinates != 0 && (id < subordinates || id >= subordinates + ID_COUNT))
    snprintf (text + length, size - (size_t) length, "\n%lu %d %d", subordinates + 1, VIEW_ID_BASE + 1, ID_COUNT - 1);
}

int
owner_prepare (struct owner *owner, struct wire_fault *fault)
{
  char uids[128], gids[128], all[64];

  write_folder_map (uids, sizeof uids, owner->uid, find_subordinates ("/etc/subuid", owner->uid));
  write_folder_map (gids, sizeof gids, owner->gid, find_subordinates ("/etc/subgid", owner->uid));
  owner->folder_ids = userns_new (uids, gids, fault);
  snprintf (all, sizeof all, "0 %d %d", VIEW_ID_BASE, ID_COUNT);
  owner->view_ids = userns_new (all, all, fault);
  snprintf (uids, sizeof uids, "0 %u 1", owner->uid);
  snprintf (gids, sizeof gids, "0 %u 1", owner->gid);
  owner->vault_ids = userns_new (uids, gids, fault);
  if (owner->folder_ids >= 0 && owner->view_ids >= 0 && owner->vault_ids >= 0)
    return 0;
  close_fd (&owner->folder_ids);
  close_fd (&owner->view_ids);
  close_fd (&owner->vault_ids);
  return -1;
}
