/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/share.h"

#include "core/domain.h"
#include "core/sched.h"
#include "platform/platform.h"

#define PERIOD      (20u * HV_MS)
#define SLEEP_GAIN  (HV_MS / 2u) /* credit that a sleeper gets each period ... */
#define SLEEP_LIMIT (3u * HV_MS) /* ... up to this, so that it runs soon when it wakes */

struct hv_timer hv_share_timer;
/* Credit and debt beyond this are forgotten. Each of the others may run for a slice before a vCPU's turn. */
static int32_t credit_max = 2 * HV_SLICE;
static hv_ticks started;

void
hv_share_divide (struct hv_claim *claims, uint32_t count, uint32_t total)
{
  uint32_t weights = 0;
  bool settled = true;
  for (uint32_t i = 0; i < count; i++) {
    claims[i].share = 0;
    weights += claims[i].demand > 0 ? claims[i].weight : 0;
  }
  /* Whoever wants less than its share gets what it wants, and the others divide again. */
  while (settled && weights > 0) {
    uint64_t level = ((uint64_t)total << 16) / weights;
    settled = false;
    for (uint32_t i = 0; i < count; i++) {
      struct hv_claim *claim = &claims[i];
      uint32_t part = (uint32_t)(level * claim->weight >> 16);
      if (claim->weight == 0 || claim->share == claim->demand)
        continue;
      if (claim->demand <= part) {
        claim->share = claim->demand;
        total -= claim->demand;
        weights -= claim->weight;
        settled = true;
      }
    }
    for (uint32_t i = 0; i < count && !settled; i++)
      if (claims[i].share != claims[i].demand)
        claims[i].share = (uint32_t)(level * claims[i].weight >> 16);
  }
}

static bool
shares (const struct hv_domain *domain)
{
  return domain->life == HV_LIFE_ALIVE && domain->realtime.period_us == 0;
}

/* Time that the vCPU wanted in this period; `used` is what it got. Who sleeps at its end has had
   what it wanted; who is far behind its share could not have used more. */
static uint32_t
demand (struct hv_vcpu *vcpu, uint32_t length, uint32_t *used)
{
  *used = (uint32_t)(vcpu->run_ticks - vcpu->counted_ticks);
  vcpu->counted_ticks = vcpu->run_ticks;
  uint32_t wanted = vcpu->held == 0 && *used < length ? length : *used;
  int32_t room = credit_max - vcpu->credit;
  if (room <= 0)
    return 0;
  return wanted < (uint32_t)room ? wanted : (uint32_t)room;
}

static void
give (struct hv_vcpu *vcpu, uint32_t share)
{
  /* Who has little runs shortly, or it would be ahead of its share for long. */
  vcpu->slice = share < HV_SLICE_MIN ? HV_SLICE_MIN : share < HV_SLICE ? share : HV_SLICE;
  vcpu->credit += (int32_t)share;
  if ((vcpu->held & HV_HELD_BLOCKED) != 0 && vcpu->credit < (int32_t)SLEEP_LIMIT)
    vcpu->credit += (int32_t)SLEEP_GAIN;
  if (vcpu->credit > credit_max)
    vcpu->credit = credit_max;
  if (vcpu->credit < -credit_max)
    vcpu->credit = -credit_max;
}

static struct hv_claim of_domains[HV_DOMAINS];
static struct hv_claim of_vcpus[HV_DOMAINS][HV_VCPUS];

/* -> time used by all. */
static uint32_t
collect (uint32_t length)
{
  uint32_t total = 0, ready = 2;
  for (uint32_t i = 0; i < HV_DOMAINS; i++) {
    struct hv_domain *domain = &hv_domains[i];
    of_domains[i] = (struct hv_claim){ .weight = domain->weight };
    for (uint32_t j = 0; shares (domain) && j < domain->vcpus; j++) {
      uint32_t used, wanted = demand (&domain->vcpu[j], length, &used);
      of_vcpus[i][j] = (struct hv_claim){ .demand = wanted, .weight = 1 };
      of_domains[i].demand += wanted;
      total += used;
      ready += domain->vcpu[j].held == 0;
    }
  }
  credit_max = (int32_t)(ready * HV_SLICE);
  return total;
}

/* The order of those that wait is by credit: they are queued anew. */
static void
sort_queue (void)
{
  struct hv_list waiting = hv_run_queue;
  if (hv_list_empty (&hv_run_queue))
    return;
  waiting.next->prev = waiting.prev->next = &waiting;
  hv_list_init (&hv_run_queue);
  while (!hv_list_empty (&waiting)) {
    struct hv_vcpu *vcpu = HV_LIST_ITEM (waiting.next, struct hv_vcpu, run_node);
    hv_list_unlink (&vcpu->run_node);
    hv_sched_enqueue (vcpu);
  }
}

static void
period_over (struct hv_timer *fired, hv_ticks now)
{
  (void)fired;
  for (uint32_t i = 0; i < hv_cpus_online; i++)
    hv_sched_account (&hv_cpus[i]);
  uint32_t total = collect ((uint32_t)(now - started));
  hv_share_divide (of_domains, HV_DOMAINS, total);
  for (uint32_t i = 0; i < HV_DOMAINS; i++) {
    struct hv_domain *domain = &hv_domains[i];
    if (!shares (domain))
      continue;
    hv_share_divide (of_vcpus[i], domain->vcpus, of_domains[i].share);
    for (uint32_t j = 0; j < domain->vcpus; j++)
      give (&domain->vcpu[j], of_vcpus[i][j].share);
  }
  sort_queue ();
  started = now;
  if (total > 0)
    hv_timer_set (&hv_share_timer, now + PERIOD);
}

void
hv_share_init (void)
{
  hv_timer_init (&hv_share_timer, period_over);
}

void
hv_share_begin (void)
{
  started = hv_platform_ticks ();
  hv_timer_set (&hv_share_timer, started + PERIOD);
}
