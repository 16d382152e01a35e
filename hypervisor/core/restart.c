/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/restart.h"

#include <xen/errno.h>
#include "core/build.h"
#include "core/io.h"
#include "core/log.h"
#include "core/timer.h"
#include "core/units.h"
#include "security/load.h"

#define RESTARTS_MAX 3u /* in as many minutes as there are: then something is wrong for good */
#define WINDOW_NS    60000000000ull
#define PAUSE_NS     1000000ull /* until its last processor has left it */
#define SLICE_NS     100000ull  /* between two slices, for the others */

static struct hv_timer timer;
static bool begun;
static hv_ticks ended[RESTARTS_MAX]; /* when it ended, the last few times */
static uint32_t times;

static void
finish (void)
{
  begun = false;
  hv_domain_pause (hv_control, false);
  hv_log ("the control domain was made anew");
}

static void
step (struct hv_timer *self, hv_ticks now)
{
  long result = -XEN_EAGAIN;
  if (!hv_policy_settle ()) { /* what it had begun with a new policy */
  } else if (!begun) {
    hv_io_reset (); /* no device works on its memory any more */
    begun = hv_build_again (hv_control);
  } else {
    result = hv_build_slice ();
  }
  if (result == -XEN_EAGAIN)
    hv_timer_set (self, now + hv_ns_to_ticks (SLICE_NS));
  else if (result == 0)
    finish ();
  else
    hv_panic ("the control domain cannot be made anew: error %d", (int)result);
}

void
hv_restart_init (void)
{
  hv_timer_init (&timer, step);
}

void
hv_restart_control (void)
{
  hv_ticks now = hv_platform_ticks (), *oldest = &ended[times++ % RESTARTS_MAX];
  if (times > RESTARTS_MAX && now - *oldest < hv_ns_to_ticks (WINDOW_NS))
    hv_panic ("the control domain ends again and again");
  *oldest = now;
  hv_timer_set (&timer, now + hv_ns_to_ticks (PAUSE_NS));
}
