/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-helper"

#include "helper/helper-client.h"

#include <errno.h>
#include <unistd.h>

#include "helper/channel.h"
#include "helper/fault.h"

struct _DmcHelper {
  gatomicrefcount ref_count;
  int             channel;
  char           *socket_path; /* NULL for the default */
};

GError *
unsupported_error (const char *needs, const char *hint, const char *message)
{
  GError *error = dmc_error_new (DMC_ERROR_UNSUPPORTED, hint, "%s", message);

  dmc_error_set_data (error, "needs", json_node_init_string (json_node_alloc (), needs));
  return error;
}

/* A fault begins as it fits into a sentence. */
static GError *
kernel_error (const struct wire_fault *fault)
{
  g_autofree char *text = g_strdup_printf ("%c%s%s", g_ascii_toupper (fault->what[0]), fault->what + 1,
                                           g_str_has_suffix (fault->what, ".") ? "" : ".");

  return unsupported_error ("kernel", fault->error == ENODEV ? "Have the host's administrator load the kernel's module for it, with modprobe." : NULL,
                            text);
}

/* Of what was suspended, and does not fit this host. */
static GError *
other_host_error (const struct wire_fault *fault)
{
  const gboolean processor = strstr (fault->what, WIRE_PROCESSOR_LACKS) != NULL;
  GError *error = processor
                      ? unsupported_error ("same-processor",
                                           "Resume it on a computer whose processor can do what that one could on which the workspace was opened; "
                                           "or open it with force, without what ran in it.", fault->what)
                      : unsupported_error ("same-files",
                                           "Resume it where it was suspended, and suspend it there so that it can be resumed anywhere; or "
                                           "open it with force, without what ran in it.", fault->what);

  g_prefix_error (&error, "%s", "What was suspended cannot be brought back on this host: ");
  return error;
}

GError *
fault_to_error (const struct wire_fault *fault)
{
  const char *why = g_strerror (fault->error);
  GError *error;

  switch (fault->error) {
  case EPERM:
  case EACCES:
    return dmc_error_new (DMC_ERROR_DENIED, NULL, "Not permitted: %s (%s).", fault->what, why);
  case ENOSPC:
  case EDQUOT:
    error = dmc_error_new (DMC_ERROR_RESOURCE, "Free some space on the medium, then try again.",
                           "No space is left: %s.", fault->what);
    dmc_error_set_data (error, "resource", json_node_init_string (json_node_alloc (), "disk"));
    return error;
  case EMFILE:
  case ENFILE:
  case EAGAIN:
  case ENOMEM:
  case EUSERS:
    error = dmc_error_new (DMC_ERROR_RESOURCE, NULL, "The host has run out of a resource: %s (%s).", fault->what, why);
    dmc_error_set_data (error, "resource", json_node_init_string (json_node_alloc (), "host"));
    return error;
  case ENOPKG:
    return unsupported_error ("criu",
                              "Install CRIU 4.2.1 or later on this host, or start domicile-helper with --criu and its path. "
                              "docs/suspend.md tells where to get it.", fault->what);
  case ENOSYS:
  case EOPNOTSUPP:
  case ENODEV:
    return kernel_error (fault);
  case WIRE_NO_NAMESPACES:
    return unsupported_error ("user-namespaces", FAULT_NAMESPACES_HINT, "This host forbids user namespaces.");
  case EINTR:
    return dmc_error_new (DMC_ERROR_IO, "Nothing is lost; try again.", "%s.", fault->what);
  case ESTALE:
    return other_host_error (fault);
  case EBADMSG: /* of an image that is resumed, or of ext4, whose checksum of what it read was wrong */
    if (g_str_has_prefix (fault->what, "the image"))
      return dmc_error_new (DMC_ERROR_INTEGRITY, NULL, "What was suspended cannot be used: %s.", fault->what);
    G_GNUC_FALLTHROUGH;
  case EUCLEAN:
    return dmc_error_new (DMC_ERROR_INTEGRITY,
                          "Open it again, which checks its file system; what stays damaged is to be restored from a copy.",
                          "The file system is damaged: it failed while %s.", fault->what);
  case ECANCELED:
    return dmc_error_new (DMC_ERROR_CANCELLED, NULL, "Cancelled: %s.", fault->what);
  default:
    return dmc_error_new (DMC_ERROR_IO, NULL, "It failed while %s: %s.", fault->what, why);
  }
}

const char *
dmc_helper_default_socket (void)
{
  return channel_default_path ();
}

DmcHelper *
dmc_helper_connect (const char *socket_path, GError **error)
{
  struct helper_request request = { 0 };
  struct helper_reply reply;
  struct wire_fault fault = { 0 };
  int fds[WIRE_MAX_FDS], channel = channel_connect (socket_path, &fault);
  DmcHelper *self;

  if (channel < 0) {
    g_propagate_error (error, unsupported_error ("domicile-helper",
                                                 "Start domicile-helper as root with --allow-uid and your user number.",
                                                 "domicile-helper is not running on this host."));
    return NULL;
  }
  if (channel_call (channel, &request, HELPER_HELLO, NULL, 0, &reply, fds, 0, &fault) != 0) {
    g_propagate_error (error, fault_to_error (&fault));
    close (channel);
    return NULL;
  }
  self = g_new0 (DmcHelper, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->channel = channel;
  self->socket_path = g_strdup (socket_path);
  return self;
}

gboolean
dmc_helper_can_suspend (const char *socket_path, gboolean ask_kernel, GError **error)
{
  g_autoptr (DmcHelper) helper = dmc_helper_connect (socket_path, error);
  struct helper_request request = { .flags = ask_kernel ? SUSPEND_ASK_KERNEL : 0 };
  struct helper_reply reply;
  struct wire_fault fault = { 0 };
  int fds[WIRE_MAX_FDS];

  if (helper == NULL)
    return FALSE;
  if (channel_call (helper->channel, &request, HELPER_SUSPEND_PROBE, NULL, 0, &reply, fds, 0, &fault) == 0)
    return TRUE;
  g_propagate_error (error, fault_to_error (&fault));
  return FALSE;
}

DmcHelper *
dmc_helper_connect_again (DmcHelper *self, GError **error)
{
  return dmc_helper_connect (self->socket_path, error);
}

DmcHelper *
dmc_helper_ref (DmcHelper *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
dmc_helper_unref (DmcHelper *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  close (self->channel);
  g_free (self->socket_path);
  g_free (self);
}

int
dmc_helper_get_fd (DmcHelper *self)
{
  return self->channel;
}
