/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pre-check: can this host run that workspace, and if not, what is missing and what to do. */
#include "agent/host-check.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/bindings.h"
#include "agent/control-group.h"
#include "agent/host-services.h"
#include "agent/sound.h"
#include "agent/translator.h"
#include "helper/fault.h"
#include "helper/helper-client.h"
#include "rpc/error.h"
#include "rpc/json.h"

/* A desktop app and what it starts fit; below this the user will not be happy. */
#define MIN_MEMORY_BYTES (256 * 1024 * 1024)
/* Less than that is used up by what apps keep for themselves. */
#define MIN_ROOM_BYTES (16 * 1024 * 1024)

typedef struct {
  JsonArray *findings;
  gboolean ready;
} Check;

/* @required: the workspace cannot be opened without it. @hint is shown only where it is not ok. */
static void
add (Check *check, const char *word, gboolean ok, gboolean required, const char *hint, const char *format, ...)
    G_GNUC_PRINTF (6, 7);

static void
add (Check *check, const char *word, gboolean ok, gboolean required, const char *hint, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  json_array_add_element (check->findings, dmc_json_node ("check:s", word, "ok:b", ok, "text:s", text, "hint:s",
                                                          ok ? NULL : hint, "required:b", required, NULL));
  check->ready &= ok || !required;
}

static gboolean
has_helper (const char *socket, char **why, char **hint)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DmcHelper) helper = dmc_helper_connect (socket, &error);

  if (helper != NULL)
    return TRUE;
  *why = g_strdup (error->message);
  *hint = g_strdup (dmc_error_get_hint (error));
  return FALSE;
}

static gboolean
has_program (const char *name)
{
  g_autofree char *path = g_find_program_in_path (name);

  return path != NULL;
}

/* Versions of Landlock that can confine files, and keep abstract sockets apart; see sandbox.c. */
enum { LANDLOCK_FILES = 2, LANDLOCK_SCOPES = 6 };

static gboolean
has_landlock (int version)
{
  return syscall (SYS_landlock_create_ruleset, NULL, 0, 1U) >= version;
}

static gboolean
has_fuse (void)
{
  return access ("/dev/fuse", F_OK) == 0;
}

static gboolean
has_luks_tools (void)
{
  return has_program ("qemu-img") && has_program ("qemu-storage-daemon");
}

/* Version strings compare number by number: 2.9 is below 2.36. */
static int
compare_versions (const char *a, const char *b)
{
  g_auto (GStrv) x = g_strsplit (a, ".", 4);
  g_auto (GStrv) y = g_strsplit (b, ".", 4);

  for (gsize i = 0; x[i] != NULL || y[i] != NULL; i++) {
    long m = x[i] != NULL ? strtol (x[i], NULL, 10) : 0;
    long n = y[i] != NULL ? strtol (y[i], NULL, 10) : 0;
    if (m != n)
      return m < n ? -1 : 1;
    if (x[i] == NULL || y[i] == NULL)
      break;
  }
  return 0;
}

static void
check_base (Check *check, const WorkspaceFile *file)
{
  g_autoptr (HostFingerprint) host = host_fingerprint_new ();
  const HostFingerprint *base = file->base;
  gboolean same_os = g_str_equal (host->os_id, base->os_id) && g_str_equal (host->os_version, base->os_version);
  gboolean new_libc = compare_versions (host->libc, base->libc) >= 0;

  add (check, "architecture", g_str_equal (host->arch, base->arch), TRUE,
       "Open it on a computer of the architecture that it was made on.", "The workspace is made for %s, this host is %s.",
       base->arch, host->arch);
  if (workspace_file_is_isolated (file))
    return; /* it brings its own system */
  add (check, "system", same_os, FALSE, "Apps installed in the workspace may miss libraries of their own system here.",
       "The workspace was made on %s %s, this host is %s %s.", base->os_id, base->os_version, host->os_id,
       host->os_version);
  add (check, "libc", new_libc, FALSE, "Programs that the workspace brings may not start; update this host's C library.",
       "The workspace was made with C library %s, this host has %s.", base->libc, host->libc);
}

static gboolean
file_has_word (const char *path, const char *word)
{
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) && strstr (text, word) != NULL;
}

/* Whether the kernel knows a system call, and lets this process make it: called with nothing, it fails for another reason then. */
static gboolean
has_call (long number)
{
  return syscall (number, -1, NULL, 0, NULL, 0) < 0 && errno != ENOSYS && errno != EPERM;
}

/* What forbids them is in many places; trying tells. */
static gboolean
may_make_namespace (void)
{
  const pid_t child = fork ();
  int status = 1;

  if (child == 0)
    _exit (unshare (CLONE_NEWUSER) == 0 ? 0 : 1);
  return child > 0 && waitpid (child, &status, 0) == child && status == 0;
}

/* The helper makes them where there is one; it says itself when it cannot, and ends. */
static gboolean
check_namespaces (Check *check, gboolean helper)
{
  g_autofree char *limit = NULL;
  gboolean available = g_file_get_contents ("/proc/sys/user/max_user_namespaces", &limit, NULL, NULL)
                       && g_ascii_strtoull (limit, NULL, 10) > 0 && access ("/proc/self/ns/user", F_OK) == 0;
  gboolean permitted = helper || may_make_namespace ();

  add (check, "user-namespaces", available && permitted, TRUE,
       available ? FAULT_NAMESPACES_HINT : "Have the administrator set user.max_user_namespaces above 0 with sysctl.",
       !available  ? "User namespaces are switched off on this host."
       : permitted ? "User namespaces are available."
                   : "This host lets no ordinary user make user namespaces.");
  return available && permitted;
}

static void
check_kernel (Check *check)
{
  gboolean mounts = has_call (SYS_open_tree) && has_call (SYS_mount_setattr);
  gboolean seccomp = access ("/proc/sys/kernel/seccomp/actions_avail", F_OK) == 0, landlock = has_landlock (LANDLOCK_FILES);
  gboolean overlay = file_has_word ("/proc/filesystems", "\toverlay\n");

  add (check, "mount-calls", mounts, TRUE, "Use Linux 5.15 or later; a container has to be allowed open_tree and mount_setattr.",
       "The calls that a workspace's view is built with are %s.", mounts ? "available" : "not available");
  add (check, "seccomp", seccomp, TRUE, "Use a kernel that is built with CONFIG_SECCOMP_FILTER.",
       "The kernel %s filter system calls.", seccomp ? "can" : "cannot");
  add (check, "landlock", landlock, FALSE, "Use Linux 5.19 or later, and name landlock in the boot option “lsm=”.",
       landlock ? "Apps can be confined by what the policy says of files." : "Apps cannot be confined by what the policy says of files: the kernel lacks Landlock.");
  add (check, "overlayfs", overlay, TRUE, "Have the administrator load it with “modprobe overlay”.",
       "The kernel %s the overlay file system.", overlay ? "has" : "does not have");
}

/* They belong to the network, not to a file system that a view could leave out. */
static void
check_abstract_sockets (Check *check, const WorkspaceSettings *settings)
{
  const gboolean kept = has_landlock (LANDLOCK_SCOPES);

  if (settings->network != WORKSPACE_NETWORK_HOST)
    return;
  add (check, "abstract-sockets", kept, FALSE,
       "Use Linux 6.12 or later, and name landlock in the boot option “lsm=”; or set the workspace's network to “nat” or “none”.",
       kept ? "Apps use this host's network. The abstract sockets of its programs are kept from them, unless their windows are on this host's display%s."
            : "Apps use this host's network, and reach the abstract sockets of its programs: the kernel cannot keep these from them.%s",
       kept && (settings->switches & WORKSPACE_SUSPEND) != 0 ? ", or they can be suspended" : "");
}

static void
check_base_system (Check *check)
{
  gboolean erofs = file_has_word ("/proc/filesystems", "\terofs\n");

  add (check, "erofs", erofs, TRUE, "Have the administrator load it with “modprobe erofs”.",
       "The kernel %s the EROFS file system of the workspace's base system.", erofs ? "has" : "does not have");
}

/* Returns whether the helper is there. */
static gboolean
check_privilege (Check *check, const WorkspaceFile *file, const char *helper_socket)
{
  g_autofree char *why = NULL;
  g_autofree char *hint = NULL;
  g_autoptr (GError) error = NULL;

  if (has_helper (helper_socket, &why, &hint)) {
    add (check, "helper", TRUE, FALSE, NULL, "The helper service answers: everything works.");
    check_namespaces (check, TRUE);
    return TRUE;
  }
  if (hint == NULL)
    hint = g_strdup ("Start domicile-helper.");
  if (workspace_file_is_isolated (file)) {
    add (check, "helper", FALSE, TRUE, hint, "%s An isolated workspace needs it, to mount its base system.", why);
    return FALSE;
  }
  add (check, "helper", FALSE, FALSE, hint,
       "%s Workspaces open in the reduced mode: their own layer covers the host's folders one by one, and packages "
       "cannot be installed.", why);
  if (!check_namespaces (check, FALSE))
    return FALSE; /* which is all that is to be said */
  gboolean reduced = dmc_view_probe_reduced (&error);
  add (check, "reduced-mode", reduced, TRUE, error != NULL ? dmc_error_get_hint (error) : NULL, "%s",
       reduced ? "The reduced mode works on this host." : error->message);
  return FALSE;
}

static void
check_vault (Check *check, const WorkspaceFile *file, gboolean helper)
{
  g_autoptr (GError) error = NULL;
  gboolean works;

  if (!g_str_equal (file->vault, "luks"))
    return;
  if (!helper) {
    works = dmc_vault_probe_luks (&error);
    add (check, "fuse", works, TRUE, error != NULL ? dmc_error_get_hint (error) : NULL, "%s",
         works ? "Encrypted workspaces open without the helper, slower than with it." : error->message);
    return;
  }
  add (check, "fuse", has_fuse (), TRUE, "Have the administrator load it with “modprobe fuse”.",
       "The kernel %s FUSE, which shows the encrypted vault.", has_fuse () ? "has" : "does not have");
  add (check, "storage-daemon", has_luks_tools (), TRUE, "Install the packages qemu-utils and qemu-system-common.",
       "QEMU's storage daemon, which decrypts the vault, is %s.", has_luks_tools () ? "installed" : "not installed");
}

static void
check_room (Check *check, const char *folder)
{
  struct statvfs info;
  guint64 room;

  if (statvfs (folder, &info) != 0)
    return;
  room = (guint64) info.f_bavail * info.f_frsize;
  g_autofree char *size = g_format_size_full (room, G_FORMAT_SIZE_IEC_UNITS);
  add (check, "room", room >= MIN_ROOM_BYTES, FALSE, "Remove what is not needed from the medium: what does not fit cannot be saved.",
       "%s of the medium are free.", size);
}

/* A clock that has lost its battery starts in the past. */
static void
check_clock (Check *check, const WorkspaceFile *file)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *text = g_date_time_format (now, "%F %R");
  gboolean later = g_get_real_time () >= file->created_us;

  add (check, "clock", later, FALSE, "Set this computer's clock: files get wrong times, and secure connections fail.",
       later ? "This computer's clock says %s." : "This computer's clock says %s, which is before the workspace was made.", text);
}

static void
check_medium (Check *check, AgentWorkspace *workspace)
{
  gboolean writable = access (agent_workspace_get_path (workspace), W_OK) == 0;

  add (check, "medium", writable, TRUE, "Take off the write protection, or ask for access to the folder.",
       "The workspace's medium %s be written.", writable ? "can" : "cannot");
}

static void
check_memory (Check *check)
{
  g_autofree char *text = NULL;
  const guint64 granted = control_group_get_free_memory ();
  const char *line;
  guint64 room = 0;

  if (g_file_get_contents ("/proc/meminfo", &text, NULL, NULL) && (line = strstr (text, "MemAvailable:")) != NULL)
    room = g_ascii_strtoull (line + strlen ("MemAvailable:"), NULL, 10) * 1024;
  g_autofree char *size = g_format_size_full (MIN (room, granted), G_FORMAT_SIZE_IEC_UNITS);
  add (check, "memory", MIN (room, granted) >= MIN_MEMORY_BYTES, FALSE,
       granted < room ? "Have the memory limit of your session or container raised, or close programs in it."
                      : "Close some programs of this host first.",
       "%s of memory are free.", size);
}

/* Of a display on this host its socket is asked; one of another host is believed. */
static gboolean
answers (const char *display)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd;
  gboolean there;

  if (display[0] != ':')
    return TRUE;
  g_snprintf (address.sun_path, sizeof address.sun_path, "/tmp/.X11-unix/X%d", atoi (display + 1));
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  there = fd >= 0 && (connect (fd, (struct sockaddr *) &address, sizeof address) == 0 || errno == EAGAIN);
  if (fd >= 0)
    close (fd);
  return there;
}

static void
check_display (Check *check)
{
  const char *display = g_getenv ("DISPLAY");
  gboolean set = display != NULL && display[0] != '\0', there = set && answers (display);

  add (check, "display", there, FALSE, "Apps with windows need one: start the agent from a graphical session, or open the workspace on a desktop of its own.",
       there ? "Apps can show windows on display %s." : set ? "The display %s does not answer." : "There is no display%s.",
       set ? display : "");
}

/* What the workspace's own settings ask of this host. */
static void
check_settings (Check *check, const WorkspaceSettings *settings)
{
  g_autoptr (GError) error = NULL;

  if (settings->network == WORKSPACE_NETWORK_NAT) {
    gboolean translator = agent_translator_probe (&error);

    add (check, "network", translator, TRUE, error != NULL ? dmc_error_get_hint (error) : NULL, "%s",
         translator ? "The workspace's network goes out by translation." : error->message);
  }
  for (guint i = 0; i < settings->rules->len; i++) {
    const WorkspaceRule *rule = g_ptr_array_index (settings->rules, i);
    gboolean there = rule->kind != WORKSPACE_RULE_SHARE || access (rule->source, F_OK) == 0;

    if (!there)
      add (check, "share", FALSE, TRUE, "Attach what it is on, or take the rule out of the workspace's settings.",
           "“%s”, which the workspace shares with this host, is not there.", rule->source);
  }
}

/* @isolated: whether the workspace's own base has, or has not, its sound server */
static void
check_sound (Check *check, const WorkspaceSettings *settings, gboolean isolated)
{
  static const char *const sockets[] = { "pulse/native", "pipewire-0" };
  g_autofree char *program = g_find_program_in_path (AGENT_SOUND_PROGRAM);
  gboolean there = g_getenv ("PULSE_SERVER") != NULL;

  if ((settings->switches & WORKSPACE_SOUND) == 0)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (sockets); i++) {
    g_autofree char *path = g_build_filename (g_get_user_runtime_dir (), sockets[i], NULL);
    there = there || access (path, F_OK) == 0;
  }
  if (there && !isolated && program == NULL)
    add (check, "sound", FALSE, FALSE, "Install the package " AGENT_SOUND_PROGRAM "; it need not run on this host, and may be installed in the workspace instead.",
         "Apps play sound to a server of the workspace's own, for which this host does not have " AGENT_SOUND_PROGRAM ".");
  else
    add (check, "sound", there, FALSE, "Start PulseAudio or PipeWire in your session; what apps play is heard from then on.", "%s",
         !there                                        ? "There is no sound server in your session."
         : settings->switches & WORKSPACE_MICROPHONE ? "Apps can play sound and record from the microphone."
                                                     : "Apps can play sound.");
}

static void
check_printers (Check *check, const WorkspaceSettings *settings)
{
  struct stat info;
  gboolean there;

  if ((settings->switches & WORKSPACE_PRINTERS) == 0)
    return;
  there = stat (agent_bindings_get_printers (), &info) == 0 && S_ISSOCK (info.st_mode);
  add (check, "printers", there, FALSE, "Install the package cups, or start its service, then open the workspace.",
       there ? "Apps can print." : "There is no print service on this host.");
}

static void
check_desktop (Check *check, const WorkspaceSettings *settings)
{
  g_autoptr (GError) error = NULL;
  gboolean there;

  if ((settings->switches & (WORKSPACE_NOTIFICATIONS | WORKSPACE_APPEARANCE | WORKSPACE_LINKS)) == 0)
    return;
  there = agent_host_services_probe (&error);
  add (check, "desktop-services", there, FALSE, there ? NULL : dmc_error_get_hint (error), "%s",
       there ? "Apps on this host's display can show notifications on it." : error->message);
}

/* Whether a bus of a session starts what has that name. */
static gboolean
is_activatable (const char *name)
{
  static const char *const folders[] = { "/usr/local/share/dbus-1/services", "/usr/share/dbus-1/services" };
  gboolean found = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++) {
    g_autoptr (GDir) dir = g_dir_open (folders[i], 0, NULL);
    const char *file;

    while (!found && dir != NULL && (file = g_dir_read_name (dir)) != NULL) {
      g_autofree char *path = g_build_filename (folders[i], file, NULL), *own = NULL;
      g_autoptr (GKeyFile) keys = g_key_file_new ();

      if (g_key_file_load_from_file (keys, path, G_KEY_FILE_NONE, NULL))
        own = g_key_file_get_string (keys, "D-BUS Service", "Name", NULL);
      found = g_strcmp0 (own, name) == 0;
    }
  }
  return found;
}

/* What the bus of a shared workspace starts on its own desktop, where nothing of the host's desktop is around. */
static void
check_portals (Check *check)
{
  gboolean portal = is_activatable ("org.freedesktop.portal.Desktop") && is_activatable ("org.freedesktop.impl.portal.desktop.gtk");
  gboolean notifications = is_activatable ("org.freedesktop.Notifications");

  add (check, "portals", portal && notifications, FALSE,
       portal          ? "Install the package dunst, or another notification daemon that D-Bus starts."
       : notifications ? "Install the package xdg-desktop-portal-gtk."
                       : "Install the packages xdg-desktop-portal-gtk and dunst.",
       portal && notifications ? "On a desktop of the workspace's own, apps have portals and show notifications."
       : portal                ? "On a desktop of the workspace's own, notifications are not shown."
                               : "On a desktop of the workspace's own, apps have no portals, through which some choose files and print.");
}

/* Whether a desktop can be suspended here is no reason not to open it. @why_not: %NULL where it can */
static void
check_suspend (Check *check, const GError *why_not)
{
  add (check, "suspend", why_not == NULL, FALSE, why_not != NULL ? dmc_error_get_hint (why_not) : NULL,
       why_not == NULL ? "A desktop of the workspace's own can be suspended and resumed.%s" : "A desktop of the workspace's own cannot be suspended. %s",
       why_not == NULL ? "" : why_not->message);
}

static JsonNode *
look (AgentWorkspace *workspace, const char *helper_socket, const GError *why_no_suspend)
{
  const WorkspaceFile *file = agent_workspace_get_file (workspace);
  Check check = { .findings = json_array_new (), .ready = TRUE };

  if (file == NULL || agent_workspace_get_state (workspace) == WORKSPACE_LOST) {
    const char *problem = agent_workspace_get_problem (workspace);
    g_autofree char *where = g_strdup_printf ("The workspace is not where it was, in “%s”.", agent_workspace_get_path (workspace));

    add (&check, "medium", FALSE, TRUE, "Attach the medium that the workspace is on, then look again.", "%s",
         problem != NULL ? problem : where);
  } else {
    check_medium (&check, workspace);
    check_room (&check, agent_workspace_get_path (workspace));
    check_clock (&check, file);
    check_base (&check, file);
    check_kernel (&check);
    check_abstract_sockets (&check, file->settings);
    if (workspace_file_is_isolated (file))
      check_base_system (&check);
    check_vault (&check, file, check_privilege (&check, file, helper_socket));
    check_memory (&check);
    check_display (&check);
    check_sound (&check, file->settings, workspace_file_is_isolated (file));
    check_printers (&check, file->settings);
    check_desktop (&check, file->settings);
    if (has_program ("Xvnc") && !workspace_file_is_isolated (file))
      check_portals (&check);
    check_settings (&check, file->settings);
    if ((file->settings->switches & WORKSPACE_SUSPEND) != 0)
      check_suspend (&check, why_no_suspend);
  }
  return dmc_json_node ("ready:b", check.ready, "findings:a", check.findings, NULL);
}

static void
probe_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (dmc_helper_can_suspend (task_data, TRUE, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * host_check_async:
 * @workspace: a workspace
 * @helper_socket: where the helper listens
 * @callback: called when the helper has asked CRIU, if the workspace is to be suspended
 * @user_data: for @callback
 *
 * Looks at the host for a workspace.
 */
void
host_check_async (AgentWorkspace *workspace, const char *helper_socket, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  const WorkspaceFile *file = agent_workspace_get_file (workspace);

  g_task_set_source_tag (task, host_check_async);
  g_task_set_task_data (task, g_strdup (helper_socket), g_free);
  if (file != NULL && (file->settings->switches & WORKSPACE_SUSPEND) != 0)
    g_task_run_in_thread (task, probe_in_thread);
  else
    g_task_return_boolean (task, TRUE);
}

/* Takes some milliseconds. Returns: (transfer full): {ready, findings}, as the protocol has it */
JsonNode *
host_check_finish (AgentWorkspace *workspace, GAsyncResult *result)
{
  g_autoptr (GError) why_no_suspend = NULL;

  g_task_propagate_boolean (G_TASK (result), &why_no_suspend);
  return look (workspace, g_task_get_task_data (G_TASK (result)), why_no_suspend);
}

/**
 * host_capabilities:
 * @helper_socket: where the helper listens
 *
 * Returns: (transfer full) (element-type utf8): the words of server.info's capabilities
 */
GPtrArray *
host_capabilities (const char *helper_socket)
{
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *why = NULL;
  g_autofree char *hint = NULL;
  gboolean helper = has_helper (helper_socket, &why, &hint);
  gboolean reduced = helper || dmc_view_probe_reduced (NULL);

  g_ptr_array_add (words, g_strdup ("workspace"));
  g_ptr_array_add (words, g_strdup ("app"));
  g_ptr_array_add (words, g_strdup ("process"));
  g_ptr_array_add (words, g_strdup ("storage"));
  g_ptr_array_add (words, g_strdup ("policy"));
  g_ptr_array_add (words, g_strdup ("mode-shared"));
  if (helper && file_has_word ("/proc/filesystems", "\terofs\n"))
    g_ptr_array_add (words, g_strdup ("mode-isolated"));
  if (helper || reduced)
    g_ptr_array_add (words, g_strdup (helper ? "full" : "reduced"));
  g_ptr_array_add (words, g_strdup ("vault-none"));
  if (has_program ("Xvnc"))
    g_ptr_array_add (words, g_strdup ("display-desktop"));
  if (helper && has_program ("Xvnc") && dmc_helper_can_suspend (helper_socket, FALSE, NULL))
    g_ptr_array_add (words, g_strdup ("suspend"));
  if (helper ? has_fuse () && has_luks_tools () : reduced && dmc_vault_probe_luks (NULL))
    g_ptr_array_add (words, g_strdup ("vault-luks"));
  if (has_landlock (LANDLOCK_FILES))
    g_ptr_array_add (words, g_strdup ("labels")); /* apps can be confined by what the policy says of files and connections */
  return words;
}
