/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tokens of whoever calls jsmn and of jsmn itself must have one shape. */
#ifndef CONTROL_JSMN_OPTIONS_H
#define CONTROL_JSMN_OPTIONS_H

#define JSMN_PARENT_LINKS
#define JSMN_STRICT

#endif
