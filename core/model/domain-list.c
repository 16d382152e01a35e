/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-model"

#include "model/domain-private.h"
#include "model/item-list-private.h"
#include "rpc/json.h"

struct _DmcDomainList {
  DmcItemList parent_instance;
};

G_DEFINE_FINAL_TYPE (DmcDomainList, dmc_domain_list, DMC_TYPE_ITEM_LIST)

/* All domains in one event, with the hypervisor's own clock: shares do not tremble with the wire's
 * delays. */
static void
take_samples (DmcItemList *list, gint64 time_us, JsonObject *data)
{
  JsonArray *domains = dmc_json_get_array (data, "domains");

  time_us = dmc_json_get_int (data, "uptime_us", time_us);
  for (guint i = 0; domains != NULL && i < json_array_get_length (domains); i++) {
    JsonNode *node = json_array_get_element (domains, i);
    JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
    gint64 id = dmc_json_get_int (object, "id", -1);

    /* A domain comes and goes by topic `domain` only: a sample taken before may arrive after. */
    if (dmc_domain_list_find (DMC_DOMAIN_LIST (list), id) == NULL)
      continue;
    dmc_item_list_put (list, object, time_us);
    dmc_domain_sample (dmc_domain_list_find (DMC_DOMAIN_LIST (list), id), time_us);
  }
}

static void
dmc_domain_list_event (DmcItemList *list, const char *topic, gint64 time_us, JsonObject *data)
{
  if (g_str_equal (topic, "stats"))
    take_samples (list, time_us, data);
  else
    DMC_ITEM_LIST_CLASS (dmc_domain_list_parent_class)->event (list, topic, time_us, data);
}

static void
dmc_domain_list_class_init (DmcDomainListClass *klass)
{
  static const char *const topics[] = { "domain", "stats", NULL };
  DmcItemListClass *list_class = DMC_ITEM_LIST_CLASS (klass);

  list_class->item_type = DMC_TYPE_DOMAIN;
  list_class->method = "domain.list";
  list_class->member = "domains";
  list_class->object = "domain";
  list_class->topics = topics;
  list_class->event = dmc_domain_list_event;
}

static void
dmc_domain_list_init (DmcDomainList *self)
{
}

/**
 * dmc_domain_list_new:
 * @control: the control endpoint
 * @interval_ms: how often to sample, at least 100
 *
 * Returns: (transfer full): its domains
 */
DmcDomainList *
dmc_domain_list_new (DmcEndpoint *control, guint interval_ms)
{
  DmcDomainList *self = g_object_new (DMC_TYPE_DOMAIN_LIST, NULL);

  dmc_item_list_begin (DMC_ITEM_LIST (self), control, interval_ms);
  return self;
}

/**
 * dmc_domain_list_find:
 * @self: the domains
 * @id: a domain's number
 *
 * Returns: (transfer none) (nullable): the domain
 */
DmcDomain *
dmc_domain_list_find (DmcDomainList *self, gint64 id)
{
  char key[24];

  g_snprintf (key, sizeof key, "%" G_GINT64_FORMAT, id);
  return (DmcDomain *) dmc_item_list_find (DMC_ITEM_LIST (self), key);
}
