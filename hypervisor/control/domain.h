/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Domains as the hypervisor tells of them and as the protocol shows them. */
#ifndef CONTROL_DOMAIN_H
#define CONTROL_DOMAIN_H

#include "port.h"
#include "service.h"

struct domain {
  uint32_t id;
  struct pv_domain_info info;
};

/* The first domain with an id of at least `from`. -> whether there is one. A domain that has no
   uuid yet is given one. */
bool domain_next (uint32_t from, struct domain *domain);
bool domain_get (uint32_t id, struct domain *domain);

/* Whether it has ended: what it runs is over, and only what it holds is left. */
bool domain_is_over (const struct domain *domain);

/* Whether a domain may have this name. */
bool domain_is_name (const char *name);
#define DOMAIN_NAME_RULE                                                                           \
  "must have only letters, digits, dot, dash and underscore, and start with a letter or digit"

/* Makes up a uuid for a domain. */
void domain_make_uuid (uint8_t uuid[16]);

/* The protocol's word for a state. */
const char *domain_state_name (uint32_t state);

/* Writes the object `Domain`. */
void domain_write (struct json_writer *out, const struct domain *domain);

#endif
