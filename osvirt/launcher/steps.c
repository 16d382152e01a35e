/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/steps.h"

#include <errno.h>

int
steps_run (const struct step *steps, void *data, unsigned fail_at, struct wire_fault *fault)
{
  unsigned i;

  for (i = 0; steps[i].name != NULL; i++) {
    int result = i + 1 == fail_at ? wire_fail (fault, ECANCELED, "%s (on demand)", steps[i].name)
                                  : steps[i].run (data, fault);

    if (result == 0)
      continue;
    do
      if (steps[i].undo != NULL)
        steps[i].undo (data);
    while (i-- > 0);
    return -1;
  }
  return 0;
}
