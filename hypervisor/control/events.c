/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "events.h"

#include "console.h"
#include "domain.h"
#include "guard.h"
#include "methods.h"

#define NS_PER_MS 1000000ull
/* Domains and consoles are looked at when the hypervisor says that something happened, but not more
   often than this: a domain that writes without pause is told of in pieces of some size. */
#define SCAN_PAUSE_NS (10 * NS_PER_MS)
/* What nobody announces (a limit that the hypervisor lowered) is found this late. */
#define SCAN_INTERVAL_NS    (1000 * NS_PER_MS)
#define INTERVAL_MIN_MS     100
#define INTERVAL_MAX_MS     3600000
#define INTERVAL_DEFAULT_MS 1000
/* The gateway needs one a topic; a person at the channel may want some more. */
#define SUBSCRIPTIONS_MAX 8

enum topic { TOPIC_DOMAIN, TOPIC_STATS, TOPIC_CONSOLE, TOPIC_AUDIT, TOPIC_GUARD, TOPICS };

/* Sent every interval. */
#define SAMPLED    (1u << TOPIC_STATS | 1u << TOPIC_AUDIT | 1u << TOPIC_GUARD)
#define AUDIT_PART 16u /* records sent at a time */

static const char *const topic_names[TOPICS] = {
  [TOPIC_DOMAIN] = "domain",
  [TOPIC_STATS] = "stats",
  [TOPIC_CONSOLE] = "console",
  [TOPIC_AUDIT] = "audit",
  [TOPIC_GUARD] = "guard",
};

struct subscription {
  uint32_t id;
  uint32_t topics; /* bit mask of enum topic; 0: a free place */
  uint64_t seq;
  uint64_t interval_ns;
  uint64_t stats_due_ns;
  uint64_t audit_next; /* the first record that was not told */
};

/* A domain as the last scan saw it. */
struct seen {
  bool used, here;
  uint32_t id, state, weight, cap_percent, memory_kib, budget_us, period_us;
  uint32_t watchdog_seconds, watchdog_restart;
  uint64_t console_next;
};

static struct json_writer *writer;
static struct subscription subscriptions[SUBSCRIPTIONS_MAX];
static uint32_t last_subscription;
static struct seen seen[PV_DOMAINS_MAX];
static uint64_t scan_due_ns, last_scan_ns;

static bool
wanted (uint32_t topics)
{
  for (size_t i = 0; i < SUBSCRIPTIONS_MAX; i++) {
    if (subscriptions[i].topics & topics) {
      return true;
    }
  }
  return false;
}

/* Opens an event up to its data. */
static void
begin_event (struct subscription *subscription, enum topic topic)
{
  json_begin_object (writer);
  json_member_string (writer, "jsonrpc", "2.0");
  json_member_string (writer, "method", "event");
  json_key (writer, "params");
  json_begin_object (writer);
  json_key (writer, "subscription");
  json_format (writer, "%u", subscription->id);
  json_member_uint (writer, "seq", ++subscription->seq);
  json_member_uint (writer, "time_us", port_time_ns () / 1000);
  json_member_string (writer, "topic", topic_names[topic]);
  json_key (writer, "data");
  json_begin_object (writer);
}

static void
send_stats (struct subscription *subscription)
{
  struct pv_sysctl operation = { .cmd = PV_SYSCTL_PHYSINFO };
  struct domain domain;

  if (port_sysctl (&operation) != 0) {
    return;
  }
  begin_event (subscription, TOPIC_STATS);
  json_member_uint (writer, "uptime_us", operation.u.physinfo.uptime_us);
  json_member_uint (writer, "memory_kib", operation.u.physinfo.memory_kib);
  json_member_uint (writer, "free_kib", operation.u.physinfo.free_kib);
  json_key (writer, "domains");
  json_begin_array (writer);
  for (uint32_t from = 0; domain_next (from, &domain); from = domain.id + 1) {
    domain_write (writer, &domain);
  }
  json_newline (writer);
}

static void
send_guard (struct subscription *subscription)
{
  begin_event (subscription, TOPIC_GUARD);
  guard_write (writer);
  json_newline (writer);
}

/* What was refused since the last time; records that are gone by now are counted. */
static void
send_audit (struct subscription *subscription)
{
  static struct pv_audit_record records[AUDIT_PART];
  uint64_t next;
  long count = port_audit_read (subscription->audit_next, records, AUDIT_PART, &next);

  for (long i = 0; i < count; i++) {
    uint64_t dropped = records[i].seq - subscription->audit_next;

    begin_event (subscription, TOPIC_AUDIT);
    audit_write (writer, &records[i]);
    json_member_uint (writer, "uptime_us", port_time_ns () / 1000);
    if (dropped > 0) {
      json_member_uint (writer, "dropped", dropped);
    }
    json_newline (writer);
    subscription->audit_next = records[i].seq + 1;
  }
}

/* To everybody who listens to topic domain; `domain` is NULL where the domain is gone. */
static void
send_domain (const char *change, uint32_t id, const struct domain *domain)
{
  for (size_t i = 0; i < SUBSCRIPTIONS_MAX; i++) {
    if (subscriptions[i].topics & 1u << TOPIC_DOMAIN) {
      begin_event (&subscriptions[i], TOPIC_DOMAIN);
      json_member_string (writer, "change", change);
      json_member_uint (writer, "id", id);
      if (domain != NULL) {
        json_key (writer, "domain");
        domain_write (writer, domain);
      }
      json_newline (writer);
    }
  }
}

static void
send_console (struct seen *entry)
{
  struct port_console position;
  const char *text;
  long length = console_read (entry->id, entry->console_next, &text, &position);

  if (length <= 0) {
    return;
  }
  entry->console_next = position.next;
  for (size_t i = 0; i < SUBSCRIPTIONS_MAX; i++) {
    if (subscriptions[i].topics & 1u << TOPIC_CONSOLE) {
      begin_event (&subscriptions[i], TOPIC_CONSOLE);
      json_member_uint (writer, "id", entry->id);
      json_key (writer, "text");
      json_text (writer, text, (size_t)length);
      json_member_uint (writer, "next", position.next);
      json_newline (writer);
    }
  }
}

/* Waiting and working alternate all the time, and are no change to tell of. */
static uint32_t
lasting_state (uint32_t state)
{
  return state == PV_STATE_BLOCKED ? PV_STATE_RUNNING : state;
}

static bool
remember (struct seen *entry, const struct domain *domain)
{
  const struct pv_domain_info *info = &domain->info;
  struct seen now = {
    .used = true,
    .here = true,
    .id = domain->id,
    .state = lasting_state (info->state),
    .weight = info->weight,
    .cap_percent = info->cap_percent,
    .memory_kib = info->memory_kib,
    .budget_us = info->budget_us,
    .period_us = info->period_us,
    .watchdog_seconds = info->watchdog_seconds,
    .watchdog_restart = info->watchdog_restart,
    .console_next = entry->used ? entry->console_next : info->console_bytes,
  };
  bool changed = now.state != entry->state || now.weight != entry->weight
                 || now.cap_percent != entry->cap_percent || now.memory_kib != entry->memory_kib
                 || now.budget_us != entry->budget_us || now.period_us != entry->period_us
                 || now.watchdog_seconds != entry->watchdog_seconds
                 || now.watchdog_restart != entry->watchdog_restart;

  *entry = now;
  return changed;
}

/* The entry of a domain, or a free one; NULL cannot be while the table is as large as the
 * hypervisor's. */
static struct seen *
find_seen (uint32_t id)
{
  struct seen *unused = NULL;

  for (size_t i = 0; i < PV_DOMAINS_MAX; i++) {
    if (seen[i].used && seen[i].id == id) {
      return &seen[i];
    }
    if (!seen[i].used && unused == NULL) {
      unused = &seen[i];
    }
  }
  return unused;
}

static void
forget_gone (bool tell)
{
  for (size_t i = 0; i < PV_DOMAINS_MAX; i++) {
    if (seen[i].used && !seen[i].here) {
      seen[i].used = false;
      if (tell) {
        send_domain ("gone", seen[i].id, NULL);
      }
    }
  }
}

/* Compares the domains with what the last scan saw; `tell` says whether anybody is to know. */
static void
scan (bool tell)
{
  struct domain domain;

  for (size_t i = 0; i < PV_DOMAINS_MAX; i++) {
    seen[i].here = false;
  }
  for (uint32_t from = 0; domain_next (from, &domain); from = domain.id + 1) {
    struct seen *entry = find_seen (domain.id);
    bool created, changed;

    if (entry == NULL) {
      continue;
    }
    created = !entry->used;
    if (created && tell) {
      domain.info.console_bytes = 0; /* all that it wrote is new */
    }
    changed = remember (entry, &domain);
    if (tell && (created || changed)) {
      send_domain (created ? "created" : "changed", domain.id, &domain);
    }
    if (tell && wanted (1u << TOPIC_CONSOLE)) {
      send_console (entry);
    } else {
      entry->console_next = domain.info.console_bytes;
    }
  }
  forget_gone (tell);
}

static void
look (uint64_t now_ns, bool tell)
{
  scan (tell);
  last_scan_ns = now_ns;
  scan_due_ns = now_ns + SCAN_INTERVAL_NS;
}

static uint64_t
earlier (uint64_t a, uint64_t b)
{
  return a == 0 || (b != 0 && b < a) ? b : a;
}

static uint64_t
run_stats (uint64_t now_ns)
{
  uint64_t next_ns = 0;

  for (size_t i = 0; i < SUBSCRIPTIONS_MAX; i++) {
    struct subscription *subscription = &subscriptions[i];

    if (!(subscription->topics & SAMPLED)) {
      continue;
    }
    if (now_ns >= subscription->stats_due_ns) {
      if (subscription->topics & 1u << TOPIC_STATS) {
        send_stats (subscription);
      }
      if (subscription->topics & 1u << TOPIC_AUDIT) {
        send_audit (subscription);
      }
      if (subscription->topics & 1u << TOPIC_GUARD) {
        send_guard (subscription);
      }
      /* What was missed while the processor was busy elsewhere is left out, not made up for. */
      subscription->stats_due_ns += subscription->interval_ns;
      if (subscription->stats_due_ns <= now_ns) {
        subscription->stats_due_ns = now_ns + subscription->interval_ns;
      }
    }
    next_ns = earlier (next_ns, subscription->stats_due_ns);
  }
  return next_ns;
}

void
events_init (struct json_writer *out)
{
  writer = out;
}

void
events_scan_soon (void)
{
  if (scan_due_ns > last_scan_ns + SCAN_PAUSE_NS) {
    scan_due_ns = last_scan_ns + SCAN_PAUSE_NS;
  }
}

uint64_t
events_run (uint64_t now_ns)
{
  uint64_t next_ns = run_stats (now_ns);

  if (!wanted (1u << TOPIC_DOMAIN | 1u << TOPIC_CONSOLE)) {
    return next_ns;
  }
  if (now_ns >= scan_due_ns) {
    look (now_ns, true);
  }
  return earlier (next_ns, scan_due_ns);
}

void
events_reset (void)
{
  memset (subscriptions, 0, sizeof subscriptions);
}

void
method_channel_hello (struct call *call)
{
  events_reset ();
  json_begin_object (call_result (call));
  json_member_uint (call->out, "channel", 1);
}

/* Parameter `topics` as a bit mask. -> false where it is not a list of topics, after answering so.
 */
static bool
get_topics (struct call *call, uint32_t *topics)
{
  json_value list = json_member (call->request, call->params, "topics");

  *topics = 0;
  if (json_type_of (call->request, list) != JSON_ARRAY) {
    call_fail_param (call, "topics", "must be a list of topics");
    return false;
  }
  for (json_value item = json_first (call->request, list); item != JSON_NONE;
       item = json_next (call->request, item)) {
    size_t topic = 0;

    while (topic < TOPICS && !json_equals (call->request, item, topic_names[topic])) {
      topic++;
    }
    if (topic == TOPICS) {
      call_fail_param (call, "topics", "must be \"domain\", \"stats\", \"console\", \"audit\" or \"guard\"");
      return false;
    }
    *topics |= 1u << topic;
  }
  if (*topics == 0) {
    call_fail_param (call, "topics", "must name a topic");
    return false;
  }
  return true;
}

static struct subscription *
free_subscription (void)
{
  for (size_t i = 0; i < SUBSCRIPTIONS_MAX; i++) {
    if (subscriptions[i].topics == 0) {
      return &subscriptions[i];
    }
  }
  return NULL;
}

void
method_events_subscribe (struct call *call)
{
  struct subscription *subscription = free_subscription ();
  uint64_t interval_ms = INTERVAL_DEFAULT_MS;
  uint64_t now_ns = port_time_ns (), audit_next = 0;
  uint32_t topics;

  if (!get_topics (call, &topics)
      || !call_get_uint (call, "interval_ms", INTERVAL_MIN_MS, INTERVAL_MAX_MS, &interval_ms)) {
    return;
  }
  if (subscription == NULL) {
    struct json_writer *out = call_fail (
        call, ERROR_RESOURCE, "There are as many subscriptions as the control domain can hold.");

    json_member_string (out, "resource", "subscriptions");
    json_member_uint (out, "limit", SUBSCRIPTIONS_MAX);
    return;
  }
  if (!wanted (1u << TOPIC_DOMAIN | 1u << TOPIC_CONSOLE)) {
    look (now_ns, false); /* what there is now is news to nobody */
  }
  port_audit_read (UINT64_MAX, NULL, 0, &audit_next); /* what was refused before is in audit.list */
  *subscription = (struct subscription){
    .id = ++last_subscription,
    .topics = topics,
    .interval_ns = interval_ms * NS_PER_MS,
    .stats_due_ns = now_ns,
    .audit_next = audit_next,
  };
  json_begin_object (call_result (call));
  json_key (call->out, "subscription");
  json_format (call->out, "%u", subscription->id);
}

/* Whether `value` names the subscription: its number as a string. */
static bool
is_subscription (struct call *call, json_value value, uint32_t id)
{
  char text[11];
  size_t used = sizeof text - 1;

  text[used] = '\0';
  for (; id > 0; id /= 10) {
    text[--used] = (char)('0' + id % 10);
  }
  return json_equals (call->request, value, text + used);
}

void
method_events_unsubscribe (struct call *call)
{
  json_value name = json_member (call->request, call->params, "subscription");

  for (size_t i = 0; i < SUBSCRIPTIONS_MAX; i++) {
    if (subscriptions[i].topics != 0 && is_subscription (call, name, subscriptions[i].id)) {
      subscriptions[i].topics = 0;
      json_begin_object (call_result (call));
      return;
    }
  }
  call_fail (call, ERROR_NOT_FOUND, "There is no such subscription.");
}
