/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domicile-run: builds a view of a workspace and runs one program in it, or runs one in a view that another keeps open. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/channel.h"
#include "launcher/names.h"
#include "launcher/open.h"

enum { EXIT_OURS = 125, EXIT_FORBIDDEN = 126, EXIT_MISSING = 127 };

struct options {
  const char *workspace, *helper, *user, *listen, *join;
  bool        reduced, display, isolated, no_wait;
  unsigned    fail_step;
  char      **argv;
};

static void
usage (FILE *out)
{
  fputs ("Usage: domicile-run [OPTION]... [--] COMMAND [ARGUMENT]...\n"
         "Runs COMMAND in a workspace: the host's programs and files, with every write kept in the workspace.\n\n"
         "  --workspace DIR  folder that keeps the writes (made if missing, mode 0700);\n"
         "                   without it they are dropped when COMMAND ends\n"
         "  --reduced        do without domicile-helper\n"
         "  --helper PATH    socket of domicile-helper\n"
         "  --user NAME      login name inside (default: user)\n"
         "  --display        let COMMAND use this X display\n"
         "  --isolated       show the base system in DIR/" BASE_IMAGE " in place of the host's programs and files\n"
         "  --listen PATH    keep the workspace open and let `domicile-run --join PATH` run commands in it;\n"
         "                   COMMAND may be left out\n"
         "  --join PATH      run COMMAND in the workspace kept open at PATH\n"
         "  --no-wait        end with COMMAND; the workspace is written back and closed behind it\n"
         "  --fail-step N    let step N of building the workspace fail (for tests; helper with --test-faults)\n"
         "  --help, --version\n\n"
         "Exit status: that of COMMAND, 128 + N when signal N ended it, 125 when the workspace could not be\n"
         "opened, 126 when COMMAND cannot be run, 127 when there is none.\n",
         out);
}

static int
complain (const struct wire_fault *fault)
{
  fprintf (stderr, "domicile-run: %s: %s\n", fault->what, strerror (fault->error));
  return EXIT_OURS;
}

static bool
parse_options (struct options *options, int argc, char **argv)
{
  static const struct option known[] = {
    { "workspace", required_argument, NULL, 'w' }, { "reduced", no_argument, NULL, 'r' },
    { "helper", required_argument, NULL, 'H' },    { "user", required_argument, NULL, 'u' },
    { "display", no_argument, NULL, 'd' },         { "isolated", no_argument, NULL, 'i' },
    { "listen", required_argument, NULL, 'l' },
    { "join", required_argument, NULL, 'j' },      { "fail-step", required_argument, NULL, 'f' },
    { "no-wait", no_argument, NULL, 'n' },         { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'v' },
    { NULL, 0, NULL, 0 },
  };
  int option;

  *options = (struct options){ .user = "user" };
  while ((option = getopt_long (argc, argv, "+", known, NULL)) != -1)
    switch (option) {
    case 'w': options->workspace = optarg; break;
    case 'r': options->reduced = true; break;
    case 'H': options->helper = optarg; break;
    case 'u': options->user = optarg; break;
    case 'd': options->display = true; break;
    case 'i': options->isolated = true; break;
    case 'l': options->listen = optarg; break;
    case 'j': options->join = optarg; break;
    case 'n': options->no_wait = true; break;
    case 'f': options->fail_step = (unsigned) strtoul (optarg, NULL, 10); break;
    case 'h': usage (stdout); exit (0);
    case 'v': puts ("domicile-run " VERSION); exit (0);
    default: usage (stderr); return false;
    }
  options->argv = argv + optind;
  if (options->argv[0] == NULL && (options->listen == NULL || options->join != NULL)) {
    fputs ("domicile-run: no command was given; see domicile-run --help\n", stderr);
    return false;
  }
  if (options->no_wait && options->workspace == NULL) {
    fputs ("domicile-run: --no-wait needs --workspace: a workspace that is dropped must be closed first\n", stderr);
    return false;
  }
  if (!name_is_valid (options->user, WIRE_NAME_MAX)) {
    fprintf (stderr, "domicile-run: '%s' cannot be a login name\n", options->user);
    return false;
  }
  return true;
}

static int
open_folder (const char *path, struct wire_fault *fault)
{
  static const char *const parts[] = { "home", "layers", "layers/root", "layers/root/upper", "layers/root/work" };
  int folder;

  if (mkdir (path, 0700) != 0 && errno != EEXIST)
    return wire_fail (fault, errno, "making the workspace %.100s", path);
  folder = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0)
    return wire_fail (fault, errno, "opening the workspace %.100s", path);
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
    if (mkdirat (folder, parts[i], i == 0 ? 0700 : 0755) != 0 && errno != EEXIST) {
      wire_fail (fault, errno, "making %s in the workspace %.100s", parts[i], path);
      close (folder);
      return -1;
    }
  return folder;
}

static void
set_hostname (struct helper_request *request, const char *path)
{
  char whole[PATH_MAX];
  const char *base = realpath (path, whole) != NULL ? strrchr (whole, '/') + 1 : "workspace";
  size_t length = strlen (base);

  if (length > 9 && strcmp (base + length - 9, ".domicile") == 0)
    length -= 9;
  snprintf (request->hostname, sizeof request->hostname, "%.*s", (int) length, base);
  if (!name_is_valid (request->hostname, sizeof request->hostname))
    strcpy (request->hostname, "workspace");
}

/* What a program inside is given of our environment: what speaks of the person, nothing that speaks of the host's places. */
static const char *const *
make_environment (const struct options *options)
{
  static const char *const passed[] = { "TERM", "COLORTERM", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES",
                                        "TZ", "DISPLAY" };
  static char home[WIRE_NAME_MAX + 16], user[WIRE_NAME_MAX + 8], logname[WIRE_NAME_MAX + 16], kept[16][512];
  static const char *environment[32] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                         "XDG_RUNTIME_DIR=/run/user/0", "SHELL=/bin/sh", home, user, logname };
  unsigned n = 6;

  snprintf (home, sizeof home, "HOME=/home/%s", options->user);
  snprintf (user, sizeof user, "USER=%s", options->user);
  snprintf (logname, sizeof logname, "LOGNAME=%s", options->user);
  for (size_t i = 0; i < sizeof passed / sizeof passed[0]; i++) {
    const char *value = getenv (passed[i]);

    if (value == NULL || (strcmp (passed[i], "DISPLAY") == 0 && !options->display))
      continue;
    snprintf (kept[i], sizeof kept[i], "%s=%s", passed[i], value);
    environment[n++] = kept[i];
  }
  if (options->display)
    environment[n++] = "XAUTHORITY=/run/user/0/xauthority";
  return environment;
}

static int
send_launch (int control, const struct options *options, struct wire_fault *fault)
{
  static char buffer[WIRE_LAUNCH_MAX];
  const char *const *environment = make_environment (options);
  static const int stdio[] = { 0, 1, 2 };
  const struct launch_text text = {
    .serial = 1, .cwd = environment[3] + strlen ("HOME="), .argv = (const char *const *) options->argv, .envp = environment,
  };
  size_t length = launch_pack (buffer, sizeof buffer, &text);

  if (length == 0)
    return wire_fail (fault, E2BIG, "starting %.80s", options->argv[0]);
  /* Nobody there: the view is gone, or will not be; why is told where an answer is waited for. */
  if (wire_send (control, buffer, length, stdio, 3, 0) != 0 && errno != EPIPE && errno != ECONNRESET)
    return wire_fail (fault, errno, "asking pid 1 of the workspace");
  return 0;
}

/* The command is sent behind the request, so that it starts as soon as there is a view to start in. */
static int
ask_for_view (const struct options *options, struct helper_request *request, int channel, int folder, int cookie,
              struct view_handle *view, struct wire_fault *fault)
{
  if (view_ask (channel, request, folder, NULL, NULL, cookie, false, view, fault) != 0)
    return -1;
  if (options->argv[0] == NULL || send_launch (view->control, options, fault) == 0)
    return view_wait (channel, view, fault);
  view_release (view);
  return -1;
}

static int
open_view (const struct options *options, const char *folder_path, struct view_handle *view, int *channel,
           struct wire_fault *fault)
{
  struct helper_request request = {
    .flags = (options->display ? VIEW_DISPLAY : 0) | (options->isolated ? VIEW_ISOLATED : 0),
    .fail_step = options->fail_step,
  };
  const char *authority = options->display ? getenv ("XAUTHORITY") : NULL;
  int folder = open_folder (folder_path, fault), cookie = -1, result = -1;
  pid_t launcher;

  if (folder < 0)
    return -1;
  set_hostname (&request, folder_path);
  strcpy (request.user, options->user);
  *channel = options->reduced ? launcher_start (&launcher, fault) : channel_connect (options->helper, fault);
  if (*channel >= 0) {
    if (authority != NULL)
      cookie = open (authority, O_RDONLY | O_CLOEXEC);
    result = ask_for_view (options, &request, *channel, folder, cookie, view, fault);
  }
  if (cookie >= 0)
    close (cookie);
  close (folder);
  return result;
}

static void
pass_signal (int signals, int control, pid_t pid)
{
  struct signalfd_siginfo info;
  struct init_message message = { .verb = INIT_SIGNAL, .serial = 2, .pid = pid };

  if (read (signals, &info, sizeof info) != (ssize_t) sizeof info || pid <= 0)
    return;
  message.value = (int32_t) info.ssi_signo;
  wire_send (control, &message, sizeof message, NULL, 0, 0);
}

/* One message of pid 1; returns the exit status to end with, or -1 to go on. */
static int
hear (int control, pid_t *pid, const char *program, struct wire_fault *fault)
{
  struct init_message message;
  int fds[WIRE_MAX_FDS];
  unsigned n_fds;

  if (wire_receive (control, &message, sizeof message, fds, &n_fds, 0) != (long) sizeof message) {
    wire_fail (fault, EPIPE, "the workspace was closed");
    return complain (fault);
  }
  wire_close_fds (fds, n_fds);
  if (message.verb == INIT_EXITED && message.pid == *pid)
    return WIFSIGNALED (message.value) ? 128 + WTERMSIG (message.value) : WEXITSTATUS (message.value);
  if (message.verb != INIT_LAUNCHED)
    return -1;
  if (message.pid > 0) {
    *pid = message.pid;
    return -1;
  }
  fprintf (stderr, "domicile-run: %s: %s: %s\n", program, launch_stage_text (message.pid), strerror (message.value));
  return message.value == ENOENT && message.pid == LAUNCH_FAILED_EXEC ? EXIT_MISSING : EXIT_FORBIDDEN;
}

/* From the command's start to its end. */
static int
follow (int control, const struct options *options, int signals, struct wire_fault *fault)
{
  pid_t pid = 0;
  int status = -1;

  while (status < 0) {
    struct pollfd polled[] = { { control, POLLIN, 0 }, { signals, POLLIN, 0 } };

    if (poll (polled, 2, -1) < 0)
      continue;
    if (polled[1].revents != 0)
      pass_signal (signals, control, pid);
    if (polled[0].revents != 0)
      status = hear (control, &pid, options->argv[0], fault);
  }
  return status;
}

static int
make_address (struct sockaddr_un *address, const char *path, struct wire_fault *fault)
{
  *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
  if (strlen (path) >= sizeof address->sun_path)
    return wire_fail (fault, ENAMETOOLONG, "%.100s", path);
  strcpy (address->sun_path, path);
  return 0;
}

static int
join (const struct options *options, int signals, struct wire_fault *fault)
{
  struct sockaddr_un address;
  int control = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

  if (make_address (&address, options->join, fault) != 0)
    return complain (fault);
  if (control < 0 || connect (control, (struct sockaddr *) &address, sizeof address) != 0) {
    wire_fail (fault, errno, "joining the workspace at %.100s", options->join);
    return complain (fault);
  }
  if (send_launch (control, options, fault) != 0)
    return complain (fault);
  return follow (control, options, signals, fault);
}

/* Lets others in until a signal or the end of the view; pid 1 serves each of them itself. */
static int
keep_open (const struct options *options, struct view_handle *view, int signals, struct wire_fault *fault)
{
  const struct init_message message = { .verb = INIT_LISTEN };
  struct sockaddr_un address;
  int listener = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  mode_t mask = umask (0177);

  if (listener < 0 || make_address (&address, options->listen, fault) != 0)
    return complain (fault);
  if (bind (listener, (struct sockaddr *) &address, sizeof address) != 0 || listen (listener, 16) != 0
      || wire_send (view->control, &message, sizeof message, &listener, 1, 0) != 0) {
    wire_fail (fault, errno, "listening at %.100s", options->listen);
    return complain (fault);
  }
  close (listener);
  umask (mask);
  puts ("ready");
  fflush (stdout);
  for (;;) {
    struct pollfd polled[] = { { signals, POLLIN, 0 }, { view->pidfd, POLLIN, 0 } };

    if (poll (polled, 2, -1) > 0)
      break;
  }
  unlink (options->listen);
  return 0;
}

static int
remove_entry (const char *path)
{
  pid_t child = fork ();

  if (child == 0) {
    execl ("/bin/rm", "rm", "-rf", "--", path, (char *) NULL);
    _exit (127);
  }
  return child > 0 ? waitpid (child, NULL, 0) : -1;
}

int
main (int argc, char **argv)
{
  char temporary[] = "/tmp/domicile-run-XXXXXX";
  struct view_handle view;
  struct wire_fault fault = { 0 };
  struct helper_request close_request = { 0 };
  struct helper_reply reply;
  struct options options;
  const char *folder;
  int signals, channel = -1, status = EXIT_OURS, fds[WIRE_MAX_FDS];
  sigset_t set;

  if (!parse_options (&options, argc, argv))
    return EXIT_OURS;
  sigemptyset (&set);
  sigaddset (&set, SIGTERM);
  sigaddset (&set, SIGINT);
  sigaddset (&set, SIGHUP);
  sigprocmask (SIG_BLOCK, &set, NULL);
  signals = signalfd (-1, &set, SFD_CLOEXEC);
  if (options.join != NULL)
    return join (&options, signals, &fault);
  folder = options.workspace != NULL ? options.workspace : mkdtemp (temporary);
  if (folder == NULL || open_view (&options, folder, &view, &channel, &fault) != 0)
    status = complain (&fault);
  else {
    status = options.argv[0] != NULL ? follow (view.control, &options, signals, &fault)
                                     : keep_open (&options, &view, signals, &fault);
    view_release (&view);
    if (!options.no_wait)
      channel_call (channel, &close_request, HELPER_VIEW_CLOSE, NULL, 0, &reply, fds, 0, &fault);
  }
  if (options.workspace == NULL && folder != NULL)
    remove_entry (folder);
  return status;
}
