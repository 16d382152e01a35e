/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The C interfaces of vault and view against the running kernel. Uses the helper at $DOMICILE_HELPER_SOCKET when
 * TEST_MODE=full, none when TEST_MODE=reduced; TEST_FUSE tells whether /dev/fuse can be opened; the folder TEST_FOLDER is
 * empty and ours. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/view.h"
#include "rpc/error.h"

enum { MIB = 1024 * 1024, VAULT_SIZE = 48 * MIB };

static gboolean full;

/* --- waiting for one asynchronous call --- */

static void
keep_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static char *
make_folder (void)
{
  char *folder = g_build_filename (g_getenv ("TEST_FOLDER"), "XXXXXX.domicile", NULL);

  g_assert_nonnull (g_mkdtemp_full (folder, 0700));
  return folder;
}

static gboolean
create_vault (const char *folder, DmcVaultKind kind, guint64 size, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dmc_vault_create_async (folder, kind, size, "ann", "opensesame", NULL, NULL, cancellable, keep_result, &result);
  return dmc_vault_create_finish (wait_for (&result), error);
}

static DmcVault *
open_vault (const char *folder, DmcVaultKind kind, const char *user, const char *passphrase, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (DmcHelper) helper = NULL;

  if (full) {
    helper = dmc_helper_connect (NULL, error);
    g_assert_nonnull (helper);
  }
  dmc_vault_open_async (folder, kind, helper, user, passphrase, NULL, NULL, NULL, keep_result, &result);
  return dmc_vault_open_finish (wait_for (&result), error);
}

static void
close_vault (DmcVault *vault)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  dmc_vault_close_async (vault, NULL, keep_result, &result);
  dmc_vault_close_finish (vault, wait_for (&result), &error);
  g_assert_no_error (error);
}

static DmcView *
open_view (DmcVault *vault)
{
  const DmcViewConfig config = { .vault = vault, .name = "My Workspace", .user = "ann" };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  DmcView *view;

  dmc_view_open_async (&config, NULL, keep_result, &result);
  view = dmc_view_open_finish (wait_for (&result), &error);
  g_assert_no_error (error);
  return view;
}

static void
close_view (DmcView *view, guint grace_ms)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  dmc_view_close_async (view, grace_ms, NULL, keep_result, &result);
  dmc_view_close_finish (view, wait_for (&result), &error);
  g_assert_no_error (error);
}

static gboolean
launch (DmcView *view, const char *const *argv, int out, int *pid, int *host_pid, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  int null = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  const int fds[] = { null, out >= 0 ? out : null, out >= 0 ? out : null };

  dmc_view_launch_async (view, argv, NULL, NULL, fds, 3, NULL, keep_result, &result);
  close (null);
  return dmc_view_launch_finish (view, wait_for (&result), pid, host_pid, error);
}

typedef struct {
  int      pid;
  int      status;
  gboolean ended;
} Ended;

static void
on_exited (DmcView *view, int pid, int status, gpointer data)
{
  Ended *ended = data;

  if (pid != ended->pid)
    return;
  ended->status = status;
  ended->ended = TRUE;
}

/* Runs a shell command to its end; returns what it said. */
static char *
run (DmcView *view, const char *command, int *status)
{
  const char *const argv[] = { "sh", "-c", command, NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "test-view-XXXXXX", NULL);
  int out = g_mkstemp (path);
  Ended ended = { 0 };
  char *text = NULL;
  gulong handler = g_signal_connect (view, "exited", G_CALLBACK (on_exited), &ended);

  launch (view, argv, out, &ended.pid, NULL, &error);
  g_assert_no_error (error);
  while (!ended.ended)
    g_main_context_iteration (NULL, TRUE);
  g_signal_handler_disconnect (view, handler);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_unlink (path);
  close (out);
  *status = ended.status;
  return text;
}

static void
expect (DmcView *view, const char *command, const char *text)
{
  int status;
  g_autofree char *said = run (view, command, &status);

  g_assert_cmpstr (said, ==, text);
  g_assert_cmpint (status, ==, 0);
}

/* --- tests --- */

static void
test_life (gconstpointer data)
{
  const DmcVaultKind kind = GPOINTER_TO_INT (data);
  g_autofree char *folder = make_folder ();
  g_autoptr (GError) error = NULL;

  create_vault (folder, kind, VAULT_SIZE, NULL, &error);
  g_assert_no_error (error);
  for (int round = 0; round < 2; round++) {
    g_autoptr (DmcVault) vault = open_vault (folder, kind, "ann", "opensesame", &error);
    g_autoptr (DmcView) view = NULL;
    struct stat info;
    guint64 size, used;

    g_assert_no_error (error);
    g_assert_true (dmc_vault_is_locked (folder));
    view = open_view (vault);
    if (round == 0) {
      expect (view, "id -u; hostname; echo $HOME; pwd", "0\nMy-Workspace\n/home/ann\n/home/ann\n");
      expect (view, "echo a > /x && echo b > /etc/x && echo c > ~/x && echo d > /usr/local/x && rm /etc/x", "");
    } else
      expect (view, "cat /x ~/x /usr/local/x; test -e /etc/x || echo gone", "a\nc\nd\ngone\n");
    g_assert_cmpint (fstatat (dmc_vault_get_root_fd (vault), "home/x", &info, 0), ==, 0);
    g_assert_cmpint (info.st_uid, ==, getuid ());
    g_assert_cmpint (fstatat (dmc_vault_get_root_fd (vault), "layers/root/upper/usr/local/x", &info, 0), ==, 0);
    g_assert_false (g_file_test ("/x", G_FILE_TEST_EXISTS));
    g_assert_true (dmc_vault_get_usage (vault, &size, &used, NULL));
    g_assert_cmpint (size, >, used);
    close_view (view, 1000);
    close_vault (vault);
    g_assert_false (dmc_vault_is_locked (folder));
  }
}

static void
test_refused (gconstpointer data)
{
  const DmcVaultKind kind = GPOINTER_TO_INT (data);
  g_autofree char *folder = make_folder ();
  g_autoptr (GError) error = NULL, first = NULL, second = NULL, third = NULL, fourth = NULL;
  g_autoptr (DmcVault) vault = NULL;

  create_vault (folder, kind, VAULT_SIZE, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (create_vault (folder, kind, VAULT_SIZE, NULL, &fourth));
  g_assert_error (fourth, DMC_ERROR, DMC_ERROR_EXISTS);
  g_assert_null (open_vault (folder, kind, "ann", "opensesam", &first));
  g_assert_error (first, DMC_ERROR, DMC_ERROR_AUTH);
  g_assert_null (open_vault (folder, kind, "bob", "opensesame", &second));
  g_assert_error (second, DMC_ERROR, DMC_ERROR_AUTH);
  g_assert_cmpstr (first->message, ==, second->message);
  vault = open_vault (folder, kind, "ann", "opensesame", &error);
  g_assert_no_error (error);
  g_assert_null (open_vault (folder, kind, "ann", "opensesame", &third));
  g_assert_error (third, DMC_ERROR, DMC_ERROR_STATE);
  close_vault (vault);
}

static void
overwrite (const char *folder, const char *name, goffset at, gsize length)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *junk = g_malloc0 (length);
  int fd = open (path, O_WRONLY | O_CLOEXEC);

  memset (junk, 0x5a, length);
  g_assert_cmpint (pwrite (fd, junk, length, at), ==, length);
  close (fd);
}

static void
test_damaged (gconstpointer data)
{
  const DmcVaultKind kind = GPOINTER_TO_INT (data);
  g_autofree char *folder = make_folder ();
  g_autoptr (GError) error = NULL;

  create_vault (folder, kind, VAULT_SIZE, NULL, &error);
  g_assert_no_error (error);
  overwrite (folder, kind == DMC_VAULT_LUKS ? "vault.img" : "state/login", 0, 64);
  g_assert_null (open_vault (folder, kind, "ann", "opensesame", &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_INTEGRITY);
}

/* A vault carries one format between the modes: what overlayfs writes in reduced mode is what it writes in full mode. Deleted
 * files, replaced directories and renamed ones are told by whiteouts and marks; and a full disk is an error, not a loss. */
static void
test_luks_reduced (void)
{
  g_autofree char *folder = make_folder ();
  g_autoptr (GError) error = NULL;
  g_autoptr (DmcVault) vault = NULL;
  g_autoptr (DmcView) view = NULL;
  struct stat info;
  char mark[4];
  int status;

  create_vault (folder, DMC_VAULT_LUKS, VAULT_SIZE, NULL, &error);
  g_assert_no_error (error);
  vault = open_vault (folder, DMC_VAULT_LUKS, "ann", "opensesame", &error);
  g_assert_no_error (error);
  view = open_view (vault);
  expect (view, "mkdir /srv/a && echo 1 > /srv/a/f && mv /srv/a /srv/b && cat /srv/b/f && rm -r /srv/b && mkdir /srv/b", "1\n");
  expect (view, "cd && mkdir d && echo one > d/f && ln d/f hard && ln -s d/f soft && mv -n d/f d/g && cat hard d/g", "one\none\n");
  expect (view, "cd && echo two >> hard && cat d/g && exec 3< hard && rm hard d/g && cat <&3", "one\ntwo\none\ntwo\n");
  expect (view, "cd && seq 100000 > big && cp big copy && cmp big copy && truncate -s 5 copy && wc -c < copy", "5\n");
  g_free (run (view, "dd if=/dev/zero of=/home/ann/full bs=1M 2> /dev/null", &status));
  g_assert_cmpint (status, !=, 0);
  expect (view, "rm ~/full && rm -f /etc/x && touch /etc/x && rm /etc/x && cmp ~/big ~/big", "");
  if (getuid () == 0) { /* what is root's on the host is nobody's for others */
    expect (view, "rm /etc/debian_version && rm -r /etc/skel && mkdir /etc/skel && ls -A /etc/skel", "");
    g_assert_cmpint (fstatat (dmc_vault_get_root_fd (vault), "layers/root/upper/etc/debian_version", &info, 0), ==, 0);
    g_assert_true (S_ISCHR (info.st_mode) && info.st_rdev == 0);
    status = openat (dmc_vault_get_root_fd (vault), "layers/root/upper/etc/skel", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    g_assert_cmpint (fgetxattr (status, "user.overlay.opaque", mark, sizeof mark), ==, 1);
    close (status);
  }
  close_view (view, 1000);
  close_vault (vault);
}

/* The file system in a good container is gone: the error says so, and everything is taken back. */
static void
test_damaged_file_system (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "vault.img", NULL);
  g_autoptr (GError) error = NULL;
  struct stat info;

  create_vault (folder, DMC_VAULT_LUKS, VAULT_SIZE, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  overwrite (folder, "vault.img", info.st_size - VAULT_SIZE, 4 * MIB);
  g_assert_null (open_vault (folder, DMC_VAULT_LUKS, "ann", "opensesame", &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_INTEGRITY);
  g_assert_false (dmc_vault_is_locked (folder));
}

static void
test_no_room (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "vault.img", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (create_vault (folder, DMC_VAULT_LUKS, G_MAXINT64 / 2, NULL, &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_RESOURCE);
  g_assert_true (json_object_has_member (dmc_error_get_data (error), "limit"));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static gboolean
cancel (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

static void
test_cancel (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "vault.img", NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_timeout_add (100, cancel, cancellable);
  g_assert_false (create_vault (folder, DMC_VAULT_LUKS, VAULT_SIZE, cancellable, &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_CANCELLED);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_luks_needs_fuse (void)
{
  g_autofree char *folder = make_folder ();
  g_autoptr (GError) error = NULL;

  g_assert_false (dmc_vault_probe_luks (NULL));
  g_assert_false (create_vault (folder, DMC_VAULT_LUKS, VAULT_SIZE, NULL, &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_UNSUPPORTED);
  g_assert_cmpstr (json_object_get_string_member (dmc_error_get_data (error), "needs"), ==, "fuse");
  g_assert_nonnull (strstr (error->message, "/dev/fuse"));
}

typedef struct {
  char     *folder;
  DmcVault *vault;
  DmcView  *view;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = make_folder ();
  create_vault (fixture->folder, DMC_VAULT_NONE, 0, NULL, &error);
  g_assert_no_error (error);
  fixture->vault = open_vault (fixture->folder, DMC_VAULT_NONE, "ann", "opensesame", &error);
  g_assert_no_error (error);
  fixture->view = open_view (fixture->vault);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  close_view (fixture->view, 0);
  close_vault (fixture->vault);
  g_object_unref (fixture->view);
  g_object_unref (fixture->vault);
  g_free (fixture->folder);
}

static void
test_launch_failures (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *program;
    int         code;
  } cases[] = {
    { "no-such-program", DMC_ERROR_NOT_FOUND },
    { "/no/such/program", DMC_ERROR_NOT_FOUND },
    { "/etc/passwd", DMC_ERROR_DENIED },
    { "/etc", DMC_ERROR_DENIED },
  };
  g_autoptr (GError) too_long = NULL;
  g_autofree char *argument = g_strnfill (200 * 1024, 'a');
  const char *const long_argv[] = { "true", argument, NULL };
  int pid;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    const char *const argv[] = { cases[i].program, NULL };
    g_autoptr (GError) error = NULL;

    g_assert_false (launch (fixture->view, argv, -1, &pid, NULL, &error));
    g_assert_error (error, DMC_ERROR, cases[i].code);
  }
  g_assert_false (launch (fixture->view, long_argv, -1, &pid, NULL, &too_long));
  g_assert_error (too_long, DMC_ERROR, DMC_ERROR_RESOURCE);
  expect (fixture->view, "echo still here", "still here\n");
}

static void
test_many (Fixture *fixture, gconstpointer data)
{
  const char *const argv[] = { "sleep", "600", NULL };
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;
  int pid[50], host_pid;

  for (int i = 0; i < 50; i++) {
    g_assert_true (launch (fixture->view, argv, -1, &pid[i], &host_pid, &error));
    g_assert_cmpint (kill (host_pid, 0) == 0 || errno == EPERM, ==, TRUE);
  }
  list = dmc_view_list_processes (fixture->view, &error);
  g_assert_no_error (error);
  g_assert_cmpint (list->len, ==, 50);
  for (int i = 0; i < 50; i++) {
    DmcProcess *process = g_ptr_array_index (list, i);

    g_assert_cmpint (process->pid, ==, pid[i]);
    g_assert_cmpint (process->ppid, ==, 1);
    g_assert_cmpstr (process->argv[0], ==, "sleep");
  }
}

static void
test_signal (Fixture *fixture, gconstpointer data)
{
  const char *const argv[] = { "sleep", "600", NULL };
  g_autoptr (GError) error = NULL, missing = NULL;
  Ended ended = { 0 };

  g_signal_connect (fixture->view, "exited", G_CALLBACK (on_exited), &ended);
  g_assert_true (launch (fixture->view, argv, -1, &ended.pid, NULL, &error));
  g_assert_true (dmc_view_signal (fixture->view, ended.pid, SIGTERM, &error));
  while (!ended.ended)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (WIFSIGNALED (ended.status));
  g_assert_cmpint (WTERMSIG (ended.status), ==, SIGTERM);
  g_assert_false (dmc_view_signal (fixture->view, ended.pid, SIGTERM, &missing));
  g_assert_error (missing, DMC_ERROR, DMC_ERROR_NOT_FOUND);
}

static void
wait_for_processes (DmcView *view, guint wanted)
{
  const gint64 deadline = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
  guint seen = G_MAXUINT;

  while (seen != wanted) {
    g_autoptr (GPtrArray) list = dmc_view_list_processes (view, NULL);

    g_assert_nonnull (list);
    seen = list->len;
    g_assert_cmpint (g_get_monotonic_time (), <, deadline);
  }
}

/* A process that has left its session and its parent is still listed, and is still ended. */
static void
test_double_fork (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) list = NULL;
  DmcProcess *escaped;
  int status;
  g_autofree char *said = run (fixture->view, "(setsid sh -c 'trap \"\" TERM HUP INT; sleep 600 & wait' >/dev/null 2>&1 &)",
                               &status);

  wait_for_processes (fixture->view, 2);
  list = dmc_view_list_processes (fixture->view, NULL);
  escaped = g_ptr_array_index (list, 0);
  g_assert_cmpint (escaped->ppid, ==, 1);
  close_view (fixture->view, 200);
  g_assert_cmpint (kill (escaped->host_pid, 0), ==, -1);
  g_assert_cmpint (errno, ==, ESRCH);
}

static void
on_gone (DmcView *view, gpointer data)
{
  ++*(int *) data;
}

static void
test_closed (Fixture *fixture, gconstpointer data)
{
  const char *const argv[] = { "true", NULL };
  g_autoptr (GError) error = NULL, second = NULL;
  int pid, gone = 0;

  g_signal_connect (fixture->view, "gone", G_CALLBACK (on_gone), &gone);
  close_view (fixture->view, 1000);
  g_assert_cmpint (gone, ==, 1);
  g_assert_false (launch (fixture->view, argv, -1, &pid, NULL, &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_STATE);
  g_assert_null (dmc_view_list_processes (fixture->view, &second));
  g_assert_error (second, DMC_ERROR, DMC_ERROR_STATE);
}

static void
test_open_file (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL, missing = NULL;
  char text[16] = "";
  int fd;

  expect (fixture->view, "echo inside > /etc/marked; ln -s /etc/marked /link", "");
  fd = dmc_view_open_file (fixture->view, "/link", &error);
  g_assert_no_error (error);
  g_assert_cmpint (read (fd, text, sizeof text - 1), ==, 7);
  g_assert_cmpstr (text, ==, "inside\n");
  close (fd);
  g_assert_cmpint (dmc_view_open_file (fixture->view, "/no/such", &missing), ==, -1);
  g_assert_error (missing, DMC_ERROR, DMC_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  full = g_strcmp0 (g_getenv ("TEST_MODE"), "full") == 0;
  g_test_add_data_func ("/vault/none/life", GINT_TO_POINTER (DMC_VAULT_NONE), test_life);
  g_test_add_data_func ("/vault/none/refused", GINT_TO_POINTER (DMC_VAULT_NONE), test_refused);
  g_test_add_data_func ("/vault/none/damaged", GINT_TO_POINTER (DMC_VAULT_NONE), test_damaged);
  if (!full && g_strcmp0 (g_getenv ("TEST_FUSE"), "yes") == 0)
    g_test_add_func ("/vault/luks/reduced", test_luks_reduced);
  if (full || g_strcmp0 (g_getenv ("TEST_FUSE"), "yes") == 0) {
    g_test_add_data_func ("/vault/luks/life", GINT_TO_POINTER (DMC_VAULT_LUKS), test_life);
    g_test_add_data_func ("/vault/luks/refused", GINT_TO_POINTER (DMC_VAULT_LUKS), test_refused);
    g_test_add_data_func ("/vault/luks/damaged", GINT_TO_POINTER (DMC_VAULT_LUKS), test_damaged);
    g_test_add_func ("/vault/luks/damaged-file-system", test_damaged_file_system);
    g_test_add_func ("/vault/luks/no-room", test_no_room);
    g_test_add_func ("/vault/luks/cancel", test_cancel);
  } else
    g_test_add_func ("/vault/luks/needs-fuse", test_luks_needs_fuse);
#define ADD(name, func) g_test_add ("/view/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("launch-failures", test_launch_failures);
  ADD ("many", test_many);
  ADD ("signal", test_signal);
  ADD ("double-fork", test_double_fork);
  ADD ("closed", test_closed);
  ADD ("open-file", test_open_file);
  return g_test_run ();
}
