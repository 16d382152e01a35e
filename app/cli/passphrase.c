/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* From --passphrase-fd; negative: ask on the terminal. */
int ctl_passphrase_fd = -1;

/**
 * ctl_read_passphrase:
 * @prompt: what to ask for on the terminal
 * @error: why there is none
 *
 * Reads a passphrase from the descriptor of --passphrase-fd, else from the controlling terminal without echo.
 * It never comes from the command line, where every process of the machine could read it.
 *
 * Returns: (transfer full) (nullable): the passphrase
 */
DmcPassphrase *
ctl_read_passphrase (const char *prompt, GError **error)
{
  DmcPassphrase *passphrase;
  struct termios usual, silent;
  int terminal;

  if (ctl_passphrase_fd >= 0)
    return dmc_passphrase_new_from_fd (ctl_passphrase_fd, error);

  terminal = open ("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0 || tcgetattr (terminal, &usual) < 0) {
    g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                         "There is no terminal to ask for the passphrase on. "
                         "Hand it over with --passphrase-fd N.");
    if (terminal >= 0)
      close (terminal);
    return NULL;
  }
  silent = usual;
  silent.c_lflag &= ~(tcflag_t) ECHO;
  silent.c_lflag |= ECHONL | ICANON;
  tcsetattr (terminal, TCSAFLUSH, &silent);
  if (write (terminal, prompt, strlen (prompt)) < 0)
    g_debug ("The prompt was not written: %s", g_strerror (errno));
  passphrase = dmc_passphrase_new_from_fd (terminal, error);
  tcsetattr (terminal, TCSAFLUSH, &usual);
  close (terminal);
  return passphrase;
}
