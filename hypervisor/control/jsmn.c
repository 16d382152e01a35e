/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one copy of jsmn, which comes as a header. */
#include "jsmn-options.h"
#include <jsmn.h>
