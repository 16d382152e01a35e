/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspend/criu-log.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launcher/wire.h"

/* What a person cannot be expected to understand as CRIU says it. */
static const char *
translate (const char *text)
{
  if (strstr (text, "CPU instruction capabilities") != NULL)
    return WIRE_PROCESSOR_LACKS " that the programs may use";
  return text;
}

/* "(00.012345)     12: Error (criu/memfd.c:123): Cannot …" */
bool
criu_log_take_error (const char *line, pid_t *pid, char *reason, size_t room)
{
  const char *error = strstr (line, "Error ("), *text = error != NULL ? strstr (error, "): ") : NULL, *head;

  /* The limit of open files is one that some hosts do not let it raise; it goes on. */
  if (text == NULL || strstr (text, "rlimit") != NULL || strstr (text, "RLIMIT") != NULL)
    return false;
  head = strchr (line, ')');
  if (head != NULL && head < error && atoi (head + 1) > 0)
    *pid = atoi (head + 1);
  text = translate (text + 3);
  snprintf (reason, room, "%.*s", (int) strcspn (text, "\n"), text);
  return true;
}

pid_t
criu_log_read (int folder, const char *name, char *reason, size_t room)
{
  int fd = openat (folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  FILE *log = fd >= 0 ? fdopen (fd, "r") : NULL;
  char line[1024];
  pid_t pid = 0, at = 0;
  bool found = false;

  reason[0] = '\0';
  while (log != NULL && fgets (line, sizeof line, log) != NULL) {
    const char *task = strstr (line, "Dumping task (pid: ");

    if (task != NULL)
      at = atoi (task + strlen ("Dumping task (pid: "));
    if (strstr (line, "Error (") != NULL)
      fprintf (stderr, "domicile-helper: CRIU: %s", line);
    if (!found)
      found = criu_log_take_error (line, &pid, reason, room);
  }
  if (log != NULL)
    fclose (log);
  else if (fd >= 0)
    close (fd);
  return pid != 0 ? pid : at;
}
