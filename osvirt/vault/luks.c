/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-vault"

#include "vault/luks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
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
#include "vault/luks-header.h"

enum { BUSY_WAIT_US = 5 * G_USEC_PER_SEC, BUSY_POLL_US = 20000 };

/* Of a /dev/fuse that cannot be opened. */
static GError *
fuse_error (void)
{
  const int device = open ("/dev/fuse", O_RDWR | O_CLOEXEC);

  if (device >= 0)
    close (device);
  else if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
    return unsupported_error ("fuse", "Have the administrator load it with “modprobe fuse”.",
                              "The kernel does not have FUSE, which shows the encrypted vault.");
  return unsupported_error ("fuse",
                            "Ask the host's administrator to start domicile-helper, or to let users open /dev/fuse "
                            "(chmod 0666 /dev/fuse).",
                            "This host does not let you open /dev/fuse, which an encrypted workspace needs without "
                            "domicile-helper.");
}

static GError *
program_error (const char *program)
{
  g_autofree char *text = g_strdup_printf ("An encrypted workspace needs the program %s.", program);

  return unsupported_error (program, "Install qemu-system-common, qemu-utils, e2fsprogs and fuse2fs.", text);
}

static GError *
disk_error (const char *hint, const char *message)
{
  GError *error = dmc_error_new (DMC_ERROR_RESOURCE, hint, "%s", message);

  dmc_error_set_data (error, "resource", json_node_init_string (json_node_alloc (), "disk"));
  return error;
}

static GError *
outcome_error (const struct keeper_message *message)
{
  switch (message->outcome) {
  case KEEPER_WRONG_KEY:
    return login_error ();
  case KEEPER_DAMAGED:
    return dmc_error_new (DMC_ERROR_INTEGRITY, "Restore " VAULT_IMAGE " from a copy; nothing was changed.",
                          "The workspace's vault is damaged: %s.", message->text);
  case KEEPER_NEEDS_CHECK:
    return dmc_error_new (DMC_ERROR_INTEGRITY, "Check it with e2fsck, as the documentation of the vault shows.",
                          "The file system in the vault is damaged: %s.", message->text);
  case KEEPER_FULL:
    return disk_error ("Free some space on the medium, then try again.", "The medium is full, and the vault needs some room on it.");
  case KEEPER_TOO_LARGE:
    return disk_error ("Choose a smaller size, or another medium: FAT keeps no file of 4 GiB and more.",
                       "The medium's file system cannot keep a file as large as the vault.");
  case KEEPER_NO_FUSE:
    return fuse_error ();
  case KEEPER_NO_PROGRAM:
    return program_error (message->text);
  case KEEPER_NO_NAMESPACE:
    return unsupported_error ("user-namespaces", FAULT_NAMESPACES_HINT,
                              "This host forbids the namespace that an encrypted workspace needs.");
  case KEEPER_BUSY: {
    GError *error = dmc_error_new (DMC_ERROR_STATE, "Close it there first.", "The vault is in use: %s", message->text);

    dmc_error_set_data (error, "state", json_node_init_string (json_node_alloc (), "open"));
    return error;
  }
  case KEEPER_ENDED:
    return dmc_error_new (DMC_ERROR_IO, "Open the workspace again, which checks its file system.",
                          "The program %s, which served the vault, ended by itself.", message->text);
  default:
    return dmc_error_new (DMC_ERROR_IO, NULL, "The vault failed: %s.", message->text);
  }
}

static GError *
still_in_use_error (void)
{
  return dmc_error_new (DMC_ERROR_STATE, "Close the files that are open in it, then try again.",
                        "The workspace's storage is still in use.");
}

static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
  shutdown (GPOINTER_TO_INT (data), SHUT_RDWR); /* the keeper takes it as the end of its client */
}

/* Waits for the keeper's word. @fds: (out): takes what comes with it; -1 where nothing does. */
static gboolean
hear (Luks *self, int fds[WIRE_MAX_FDS], GCancellable *cancellable, GError **error)
{
  struct keeper_message message;
  unsigned n_fds;
  gulong handler = 0;
  const int socket = self->socket;
  long length;

  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), GINT_TO_POINTER (socket), NULL);
  length = wire_receive (socket, &message, sizeof message, fds, &n_fds, 0);
  /* The reset by a keeper that left our word unread comes before its own last one. */
  if (length < 0 && errno == ECONNRESET)
    length = wire_receive (socket, &message, sizeof message, fds, &n_fds, 0);
  g_cancellable_disconnect (cancellable, handler);
  message.text[sizeof message.text - 1] = '\0';
  self->mended = length == (long) sizeof message && strcmp (message.text, KEEPER_MENDED) == 0;
  if (length == (long) sizeof message && message.outcome == KEEPER_DONE)
    return TRUE;
  wire_close_fds (fds, n_fds);
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
  int image, fuse[WIRE_MAX_FDS], fds[WIRE_MAX_FDS], channel;
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
    done = hear (&luks, fds, cancellable, error);
    end_keeper (&luks);
  }
  close (image);
  if (!done)
    unlinkat (folder, VAULT_IMAGE, 0);
  return done;
}

static GError *
image_error (void)
{
  static const struct {
    int code;
    const char *hint;
  } hints[] = {
    { ENOENT, "Restore it from a copy of the workspace." },
    { EROFS, "The medium is read-only: switch its write protection off, or copy the workspace to another one." },
    { EACCES, "Ask its owner for access to the workspace's folder." },
  };
  const char *hint = NULL;
  const int code = errno;

  for (gsize i = 0; i < G_N_ELEMENTS (hints); i++)
    if (hints[i].code == code)
      hint = hints[i].hint;
  return dmc_error_new (code == ENOENT ? DMC_ERROR_NOT_FOUND : DMC_ERROR_IO, hint,
                        "The vault (" VAULT_IMAGE ") cannot be opened: %s.", g_strerror (code));
}

/* -1 on error, also where it is none. */
static int
open_image (int folder, GError **error)
{
  int image = openat (folder, VAULT_IMAGE, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

  if (image < 0)
    g_propagate_error (error, image_error ());
  else if (!luks_header_check (image, error)) {
    close (image);
    image = -1;
  }
  return image;
}

gboolean
luks_rekey (int folder, const Secret *secret, const Secret *fresh, GError **error)
{
  char *const argv[] = { (char *) "domicile-vault-keeper", (char *) "rekey", NULL };
  int image = open_image (folder, error), passed, fds[WIRE_MAX_FDS];
  gboolean done;
  Luks luks;

  if (image < 0)
    return FALSE;
  passed = secret_to_fd (fresh);
  if (passed < 0)
    g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "The passphrase cannot be passed on: %s.", g_strerror (errno)));
  done = passed >= 0 && start_keeper (&luks, argv, image, secret, &passed, 1, error);
  if (done) {
    done = hear (&luks, fds, NULL, error);
    end_keeper (&luks);
  }
  if (passed >= 0)
    close (passed);
  close (image);
  return done;
}

/* Right after a client was killed, its keeper may still be writing back: that is waited for. @fuse: (nullable): [connection,
 * file]; without them the keeper makes its own. @fds: (out): what the keeper gave. */
static gboolean
start_storage (Luks *self, const int *fuse, int image, const Secret *secret, int fds[WIRE_MAX_FDS], GCancellable *cancellable,
               GError **error)
{
  char *const argv[] = { (char *) "domicile-vault-keeper", (char *) (fuse != NULL ? "open" : "mount"), NULL };
  const gint64 deadline = g_get_monotonic_time () + BUSY_WAIT_US;
  gboolean done = FALSE;

  while (!done) {
    g_autoptr (GError) failure = NULL;

    if (!start_keeper (self, argv, image, secret, fuse, fuse != NULL ? 2 : 0, error))
      break;
    done = hear (self, fds, cancellable, &failure);
    if (done)
      break;
    end_keeper (self);
    if (!g_error_matches (failure, DMC_ERROR, DMC_ERROR_STATE) || g_get_monotonic_time () > deadline) {
      g_propagate_error (error, g_steal_pointer (&failure));
      break;
    }
    g_usleep (BUSY_POLL_US);
  }
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

static int
open_with_helper (Luks *self, DmcHelper *helper, int image, const Secret *secret, GCancellable *cancellable,
                  GError **error)
{
  struct wire_fault fault = { 0 };
  int fuse[WIRE_MAX_FDS], fds[WIRE_MAX_FDS], root;
  gboolean started;

  if (!get_connection (dmc_helper_get_fd (helper), fuse, &fault)) {
    g_propagate_error (error, fault_to_error (&fault));
    return -1;
  }
  started = start_storage (self, fuse, image, secret, fds, cancellable, error);
  wire_close_fds (fuse, 2); /* the helper keeps the file, until the loop device has it */
  if (!started)
    return -1;
  root = attach (helper, error);
  if (root < 0)
    end_keeper (self);
  return root;
}

static int
open_without_helper (Luks *self, int image, const Secret *secret, GCancellable *cancellable, GError **error)
{
  int fds[WIRE_MAX_FDS];

  if (!luks_probe (error) || !start_storage (self, NULL, image, secret, fds, cancellable, error))
    return -1;
  self->namespaces[0] = fds[1];
  self->namespaces[1] = fds[2];
  return fds[0];
}

int
luks_open (Luks *self, int folder, DmcHelper *helper, const Secret *secret, GCancellable *cancellable, GError **error)
{
  int image = open_image (folder, error), root;

  if (image < 0)
    return -1;
  root = helper != NULL ? open_with_helper (self, helper, image, secret, cancellable, error)
                        : open_without_helper (self, image, secret, cancellable, error);
  close (image);
  return root;
}

gboolean
luks_probe (GError **error)
{
  static const char *const programs[] = { "qemu-img", "qemu-storage-daemon", "mke2fs", "e2fsck", "fuse2fs" };
  static const char *const folders[] = { "/usr/sbin", "/usr/bin", "/sbin", "/bin" };
  int device = open ("/dev/fuse", O_RDWR | O_CLOEXEC);

  if (device < 0) {
    g_propagate_error (error, fuse_error ());
    return FALSE;
  }
  close (device);
  for (gsize i = 0; i < G_N_ELEMENTS (programs); i++) {
    gboolean found = FALSE;

    for (gsize j = 0; j < G_N_ELEMENTS (folders) && !found; j++) {
      g_autofree char *path = g_build_filename (folders[j], programs[i], NULL);

      found = access (path, X_OK) == 0;
    }
    if (!found) {
      g_propagate_error (error, program_error (programs[i]));
      return FALSE;
    }
  }
  return TRUE;
}

/* Only looks: luks_close() takes the keeper's word. Without one, it is the keeper that ended; or it was told that the file system is
 * gone, which the helper does that ends. */
void
luks_get_ended (const Luks *self, char *name, gsize room)
{
  struct keeper_message message;
  const gssize length = recv (self->socket, &message, sizeof message, MSG_PEEK | MSG_DONTWAIT);

  message.text[sizeof message.text - 1] = '\0';
  if (length != (gssize) sizeof message)
    g_strlcpy (name, "domicile-vault-keeper", room);
  else
    g_strlcpy (name, message.outcome == KEEPER_ENDED ? message.text : "domicile-helper", room);
}

static gboolean
detach (DmcHelper *helper, GError **error)
{
  struct helper_request request = { 0 };
  struct helper_reply reply;
  struct wire_fault fault = { 0 };
  int none[WIRE_MAX_FDS];

  if (channel_call (dmc_helper_get_fd (helper), &request, HELPER_VAULT_DETACH, NULL, 0, &reply, none, 0, &fault) == 0)
    return TRUE;
  g_propagate_error (error, fault.error == EBUSY ? still_in_use_error () : fault_to_error (&fault));
  return FALSE;
}

/* Only a keeper that mounts by itself answers that it stays. */
gboolean
luks_close (Luks *self, DmcHelper *helper, GError **error)
{
  g_autoptr (GError) failure = NULL;
  int fds[WIRE_MAX_FDS];

  if (helper != NULL && !detach (helper, error))
    return FALSE;
  wire_close_fds (self->namespaces, 2);
  /* It may have seen the end of the file system already, and be gone with its last word waiting. */
  wire_send (self->socket, "x", 1, NULL, 0, 0);
  if (!hear (self, fds, NULL, &failure) && helper == NULL && g_error_matches (failure, DMC_ERROR, DMC_ERROR_STATE)) {
    g_propagate_error (error, still_in_use_error ());
    return FALSE;
  }
  end_keeper (self);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}
