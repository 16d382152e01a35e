/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-vault"

#include "vault/luks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/channel.h"
#include "helper/fault.h"
#include "launcher/program.h"
#include "vault/keeper.h"
#include "vault/login.h"

enum { BUSY_WAIT_US = 5 * G_USEC_PER_SEC, BUSY_POLL_US = 20000 };

static GError *
outcome_error (const struct keeper_message *message)
{
  switch (message->outcome) {
  case KEEPER_WRONG_KEY:
    return login_error ();
  case KEEPER_DAMAGED:
    return dmc_error_new (DMC_ERROR_INTEGRITY, "Restore " VAULT_IMAGE " from a copy; nothing was changed.",
                          "The workspace's vault is damaged: %s", message->text);
  case KEEPER_NO_FUSE:
    return unsupported_error ("fuse", "Load the kernel's fuse module and let users open /dev/fuse (mode 0666).",
                              "This host does not let you use FUSE, which an encrypted workspace needs.");
  case KEEPER_NO_PROGRAM: {
    g_autofree char *text = g_strdup_printf ("An encrypted workspace needs the program %s.", message->text);

    return unsupported_error (message->text, "Install qemu-system-common, qemu-utils and e2fsprogs.", text);
  }
  case KEEPER_NO_NAMESPACE:
    return unsupported_error ("user-namespaces", "Allow user namespaces on this host, or run as root.",
                              "This host forbids the namespace that an encrypted workspace needs.");
  case KEEPER_BUSY: {
    GError *error = dmc_error_new (DMC_ERROR_STATE, "Close it there first.", "The vault is in use: %s", message->text);

    dmc_error_set_data (error, "state", json_node_init_string (json_node_alloc (), "open"));
    return error;
  }
  default:
    return dmc_error_new (DMC_ERROR_IO, NULL, "The vault failed: %s.", message->text);
  }
}

static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
  shutdown (GPOINTER_TO_INT (data), SHUT_RDWR); /* the keeper takes it as the end of its client */
}

/* Waits for the keeper's word. */
static gboolean
hear (int socket, GCancellable *cancellable, GError **error)
{
  struct keeper_message message;
  int fds[WIRE_MAX_FDS];
  unsigned n_fds;
  gulong handler = 0;
  long length;

  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), GINT_TO_POINTER (socket), NULL);
  length = wire_receive (socket, &message, sizeof message, fds, &n_fds, 0);
  g_cancellable_disconnect (cancellable, handler);
  wire_close_fds (fds, n_fds);
  if (length == (long) sizeof message && message.outcome == KEEPER_DONE)
    return TRUE;
  message.text[sizeof message.text - 1] = '\0';
  if (g_cancellable_is_cancelled (cancellable))
    g_propagate_error (error, dmc_error_new (DMC_ERROR_CANCELLED, NULL, "Cancelled; nothing was changed."));
  else if (length == (long) sizeof message && message.outcome != KEEPER_DONE)
    g_propagate_error (error, outcome_error (&message));
  else
    g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "The vault's storage daemon ended unexpectedly."));
  return FALSE;
}

/* The FUSE connection and its file, from the helper: [connection, file]. */
static gboolean
get_connection (int channel, int *fuse, struct wire_fault *fault)
{
  struct helper_request request = { 0 };
  struct helper_reply reply;

  return channel_call (channel, &request, HELPER_FUSE_MOUNT, NULL, 0, &reply, fuse, 2, fault) == 0;
}

/* @fuse: what the keeper is given of [connection, file]. */
static gboolean
start_keeper (Luks *self, char *const *argv, int image, const Secret *secret, const int *fuse, unsigned n_fuse,
              GError **error)
{
  struct wire_fault fault = { 0 };
  int passed[4] = { image, secret_to_fd (secret) };

  for (unsigned i = 0; i < n_fuse; i++)
    passed[2 + i] = fuse[i];
  self->socket = passed[1] < 0 ? wire_fail (&fault, errno, "passing the passphrase on")
                               : program_start ("vault", argv, passed, 2 + n_fuse, &self->keeper, &fault);
  if (passed[1] >= 0)
    close (passed[1]);
  if (self->socket >= 0)
    return TRUE;
  g_propagate_error (error, fault_to_error (&fault));
  return FALSE;
}

static void
end_keeper (Luks *self)
{
  close (self->socket);
  self->socket = -1;
  while (waitpid (self->keeper, NULL, 0) < 0 && errno == EINTR)
    ;
  self->keeper = 0;
}

static gboolean
check_room (int folder, guint64 size_bytes, GError **error)
{
  struct statvfs info;
  guint64 room;

  if (fstatvfs (folder, &info) != 0)
    return TRUE;
  room = (guint64) info.f_bavail * info.f_frsize;
  if (size_bytes <= room)
    return TRUE;
  g_propagate_error (error, dmc_error_new (DMC_ERROR_RESOURCE, "Choose a smaller size, or free some space.",
                                           "The medium has room for %" G_GUINT64_FORMAT
                                           " MiB, not for %" G_GUINT64_FORMAT ".",
                                           room >> 20, size_bytes >> 20));
  dmc_error_set_data (*error, "resource", json_node_init_string (json_node_alloc (), "disk"));
  dmc_error_set_data (*error, "limit", json_node_init_int (json_node_alloc (), (gint64) room));
  return FALSE;
}

gboolean
luks_create (int folder, guint64 size_bytes, const Secret *secret, GCancellable *cancellable, GError **error)
{
  g_autofree char *size = g_strdup_printf ("%" G_GUINT64_FORMAT, size_bytes / 4096 * 4096);
  char *const argv[] = { (char *) "domicile-vault-keeper", (char *) "create", size, NULL };
  int image, fuse[WIRE_MAX_FDS], channel;
  struct wire_fault fault;
  gboolean done = FALSE;
  unsigned n_fuse;
  Luks luks;

  if (!check_room (folder, size_bytes, error))
    return FALSE;
  image = openat (folder, VAULT_IMAGE, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (image < 0) {
    g_propagate_error (error, dmc_error_new (errno == EEXIST ? DMC_ERROR_EXISTS : DMC_ERROR_IO, NULL,
                                             "The vault cannot be made: %s.", g_strerror (errno)));
    return FALSE;
  }
  /* Without a helper the keeper makes a connection itself, if this user may. */
  channel = channel_connect (NULL, &fault);
  n_fuse = channel >= 0 && get_connection (channel, fuse, &fault) ? 2 : 0;
  if (channel >= 0)
    close (channel);
  done = start_keeper (&luks, argv, image, secret, fuse, n_fuse, error);
  wire_close_fds (fuse, n_fuse);
  if (done) {
    done = hear (luks.socket, cancellable, error);
    end_keeper (&luks);
  }
  close (image);
  if (!done)
    unlinkat (folder, VAULT_IMAGE, 0);
  return done;
}

/* Right after a client was killed, its keeper may still be writing back: that is waited for. */
static gboolean
start_storage (Luks *self, DmcHelper *helper, int image, const Secret *secret, GCancellable *cancellable, GError **error)
{
  char *const argv[] = { (char *) "domicile-vault-keeper", (char *) "open", NULL };
  const gint64 deadline = g_get_monotonic_time () + BUSY_WAIT_US;
  struct wire_fault fault = { 0 };
  int fuse[WIRE_MAX_FDS];
  gboolean done = FALSE;

  if (!get_connection (dmc_helper_get_fd (helper), fuse, &fault)) {
    g_propagate_error (error, fault_to_error (&fault));
    return FALSE;
  }
  close (fuse[1]); /* the helper keeps it, until the loop device has it */
  while (!done) {
    g_autoptr (GError) failure = NULL;

    if (!start_keeper (self, argv, image, secret, fuse, 1, error))
      break;
    done = hear (self->socket, cancellable, &failure);
    if (done)
      break;
    end_keeper (self);
    if (!g_error_matches (failure, DMC_ERROR, DMC_ERROR_STATE) || g_get_monotonic_time () > deadline) {
      g_propagate_error (error, g_steal_pointer (&failure));
      break;
    }
    g_usleep (BUSY_POLL_US);
  }
  close (fuse[0]);
  return done;
}

static int
attach (DmcHelper *helper, GError **error)
{
  struct helper_request request = { 0 };
  struct helper_reply reply;
  struct wire_fault fault = { 0 };
  int root[WIRE_MAX_FDS], result;

  result = channel_call (dmc_helper_get_fd (helper), &request, HELPER_VAULT_ATTACH, NULL, 0, &reply, root, 1, &fault);
  if (result == 0) {
    /* A new mount's descriptor only names it: syncfs() and reading need an open one. */
    int open_root = openat (root[0], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    close (root[0]);
    if (open_root < 0)
      g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "The vault cannot be entered: %s.", g_strerror (errno)));
    return open_root;
  }
  if (fault.error == EINVAL || fault.error == EUCLEAN || fault.error == EBADMSG)
    g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, "Check it with e2fsck, as the documentation of the vault shows.",
                                             "The file system in the vault is damaged: %s.", fault.what));
  else
    g_propagate_error (error, fault_to_error (&fault));
  return -1;
}

int
luks_open (Luks *self, int folder, DmcHelper *helper, const Secret *secret, GCancellable *cancellable, GError **error)
{
  int image, root = -1;

  if (helper == NULL) {
    g_propagate_error (error, unsupported_error ("domicile-helper",
                                                 "Ask the host's administrator to start domicile-helper, or open the "
                                                 "workspace on another host.",
                                                 "An encrypted workspace needs domicile-helper on this host."));
    return -1;
  }
  image = openat (folder, VAULT_IMAGE, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  if (image < 0) {
    g_propagate_error (error, dmc_error_new (errno == ENOENT ? DMC_ERROR_NOT_FOUND : DMC_ERROR_IO, NULL,
                                             "The vault (" VAULT_IMAGE ") cannot be opened: %s.", g_strerror (errno)));
    return -1;
  }
  if (start_storage (self, helper, image, secret, cancellable, error)) {
    root = attach (helper, error);
    if (root < 0)
      end_keeper (self);
  }
  close (image);
  return root;
}

gboolean
luks_close (Luks *self, DmcHelper *helper, GError **error)
{
  struct helper_request request = { 0 };
  struct helper_reply reply;
  struct wire_fault fault = { 0 };
  int none[WIRE_MAX_FDS];
  gboolean detached, done;

  detached = channel_call (dmc_helper_get_fd (helper), &request, HELPER_VAULT_DETACH, NULL, 0, &reply, none, 0, &fault) == 0;
  if (!detached) {
    g_propagate_error (error, fault.error == EBUSY
                                  ? dmc_error_new (DMC_ERROR_STATE, "Close the files that are open in it, then try again.",
                                                   "The workspace's storage is still in use.")
                                  : fault_to_error (&fault));
    return FALSE;
  }
  /* It may have seen the end of the file system already, and be gone with its last word waiting. */
  wire_send (self->socket, "x", 1, NULL, 0, 0);
  done = hear (self->socket, NULL, error);
  end_keeper (self);
  return done;
}
