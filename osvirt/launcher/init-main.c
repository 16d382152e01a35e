/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pid 1 as a program of its own: in a view that can be suspended, nothing that it has mapped may lie outside. As any other process
 * (domicile-init --activate SOCKET PROGRAM…) it takes little memory and waits in place of a program that takes much. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "launcher/activation.h"
#include "launcher/confine.h"
#include "launcher/init.h"
#include "launcher/wire.h"

int
main (int argc, char **argv)
{
  const struct wire_fault none = { 0 };
  static struct filters filters;
  int control, report;

  if (argc > 3 && getpid () != 1 && strcmp (argv[1], "--activate") == 0)
    return activation_run (argv[2], argv + 3);
  if (argc != 4 || getpid () != 1) {
    fputs ("domicile-init is started by Domicile as pid 1 of a workspace.\n", stderr);
    return 2;
  }
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  control = atoi (argv[1]);
  report = atoi (argv[2]);
  if (filters_read (&filters, atoi (argv[3])) != 0)
    return 1;
  filters.no_domains = true;
  init_prepare (); /* the arguments are gone then */
  init_run (control, report, &filters, &none, sizeof none);
}
