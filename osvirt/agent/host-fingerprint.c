/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/host-fingerprint.h"

#include <gnu/libc-version.h>
#include <sys/utsname.h>

static char *
os_info (const char *key)
{
  char *value = g_get_os_info (key);

  return value != NULL ? value : g_strdup ("");
}

/**
 * host_fingerprint_new:
 *
 * Describes the host that we run on.
 *
 * Returns: (transfer full): the description
 */
HostFingerprint *
host_fingerprint_new (void)
{
  HostFingerprint *self = g_new0 (HostFingerprint, 1);
  struct utsname host;

  self->os_id = os_info (G_OS_INFO_KEY_ID);
  self->os_version = os_info (G_OS_INFO_KEY_VERSION_ID);
  self->arch = g_strdup (uname (&host) == 0 ? host.machine : "");
  self->libc = g_strdup (gnu_get_libc_version ());
  return self;
}

HostFingerprint *
host_fingerprint_copy (const HostFingerprint *self)
{
  HostFingerprint *copy = g_new0 (HostFingerprint, 1);

  copy->os_id = g_strdup (self->os_id);
  copy->os_version = g_strdup (self->os_version);
  copy->arch = g_strdup (self->arch);
  copy->libc = g_strdup (self->libc);
  return copy;
}

void
host_fingerprint_free (HostFingerprint *self)
{
  g_free (self->os_id);
  g_free (self->os_version);
  g_free (self->arch);
  g_free (self->libc);
  g_free (self);
}
