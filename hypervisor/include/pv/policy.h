/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy that the hypervisor decides by, for the domain that may look after it.
 *
 *   long xsm_op (struct pv_policy_op *);   hypercall __HYPERVISOR_xsm_op (27)
 *
 * Another policy is brought in parts (BEGIN, WRITE), tested against what runs (TEST), and takes
 * over as a whole (COMMIT); whatever goes wrong before that changes nothing. What domains hold and
 * the new policy does not allow is taken from them before COMMIT returns.
 */
#ifndef PV_POLICY_H
#define PV_POLICY_H

#include <stdint.h>

#define PV_POLICY_MAX  0x140000 /* bytes of a policy with its source */
#define PV_POLICY_PART 16384    /* bytes of one READ or WRITE at most */

/* Commands; in brackets the member of the union that they use. */
#define PV_POLICY_STATUS      1 /* [status] */
#define PV_POLICY_READ        2 /* [part] of the policy that holds; length 0: past its end */
#define PV_POLICY_BEGIN       3 /* [begin] makes room for another one, which replaces a begun one */
#define PV_POLICY_WRITE       4 /* [part] of that */
#define PV_POLICY_TEST        5 /* [test] whether it can be used, and what it would take back */
#define PV_POLICY_COMMIT      6 /* [test] makes it the one that holds; out: what it took back */
#define PV_POLICY_CHECK       7 /* [check] asks the one that holds; nothing is recorded */
#define PV_POLICY_HISTORY     8 /* [history] what subjects of a label have accessed */
#define PV_POLICY_ADD_HISTORY 9 /* [history] adds to that; nothing takes from it */

/*
 * Errors: -XEN_EPERM; -XEN_E2BIG more than fits; -XEN_EBUSY not at this point, or another policy
 * holds than `sequence` says; -XEN_EBADMSG it is damaged or lacks a label that must be there;
 * -XEN_ESRCH a domain has a label that it does not know (test.label); -XEN_EACCES nobody could load
 * another one under it; -XEN_ENODATA (READ, CHECK, HISTORY) the built-in rules hold.
 */

struct pv_policy_verdict {
  uint8_t allowed, dynamic, reason, pad; /* core/policy/engine.h */
  uint16_t detail, pad2;
};
#define PV_POLICY_MODELS 8

struct pv_policy_op {
  uint32_t cmd;
  uint32_t sequence; /* number of the policy that holds, from 1 on; CHECK: of the one that is meant */
  union {
    struct {
      uint32_t state;     /* PV_POLICY_BUILT_IN ... (pv/control.h) */
      uint32_t size;      /* bytes; 0: the built-in rules */
      uint64_t loaded_us; /* uptime when it took over */
    } status;
    struct {
      uint32_t buffer; /* virtual address in the caller */
      uint32_t length; /* READ: in: room, out: bytes read */
      uint32_t offset;
    } part;
    struct {
      uint32_t size;
    } begin;
    struct {
      uint32_t grants;     /* mappings of granted pages */
      uint32_t channels;   /* event channels between domains, or from a domain to itself */
      uint32_t interrupts; /* virtual interrupts */
      uint32_t displays;   /* pictures, and the focus */
      char label[32];      /* -XEN_ESRCH: the one that is missing */
    } test;
    struct {
      uint16_t subject, object, cls, pad; /* numbers in the compiled policy */
      uint32_t permissions;
      uint32_t allowed, cached;
      uint32_t active; /* models, one bit each, that filled in: */
      struct pv_policy_verdict verdict[PV_POLICY_MODELS];
    } check;
    struct {
      char label[32];     /* of the domains */
      uint32_t buffer;    /* uint32_t[count]: ids of datasets, made of their names (core/policy/image.h) */
      uint32_t count;     /* HISTORY: in: room, out: how many there are */
      uint32_t integrity; /* id of the level that it has sunk to; 0: to none */
    } history;
  } u;
};

#endif
