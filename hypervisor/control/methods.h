/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The methods of the control endpoint; what they take and give stands in data/openrpc/control.json.
 */
#ifndef CONTROL_METHODS_H
#define CONTROL_METHODS_H

#include "service.h"

/* host-methods.c */
void method_server_info (struct call *call);
void method_audit_list (struct call *call);
void method_host_info (struct call *call);
/* The members of a record, into an open object. */
struct pv_audit_record;
void audit_write (struct json_writer *out, const struct pv_audit_record *record);

/* boot-methods.c */
void method_host_attest (struct call *call);

/* state-methods.c; of the channel, not for clients */
void method_state_begin (struct call *call);
void method_state_finish (struct call *call);

/* guard-methods.c */
void method_guard_get (struct call *call);
void method_guard_set (struct call *call);
void method_battery_set (struct call *call);

/* policy-methods.c; of the channel, not for clients */
void method_policy_status (struct call *call);
void method_policy_read (struct call *call);
void method_policy_begin (struct call *call);
void method_policy_write (struct call *call);
void method_policy_test (struct call *call);
void method_policy_commit (struct call *call);
void method_policy_decide (struct call *call);
void method_policy_history (struct call *call);

/* image-methods.c */
void method_image_list (struct call *call);

/* device-methods.c */
void method_disk_list (struct call *call);

/* domain-methods.c */
void method_domain_list (struct call *call);
void method_domain_get (struct call *call);
void method_domain_pause (struct call *call);
void method_domain_resume (struct call *call);
void method_domain_shutdown (struct call *call);
void method_domain_destroy (struct call *call);
void method_domain_set (struct call *call);

/* domain-create.c */
void method_domain_create (struct call *call);
void method_domain_reboot (struct call *call);

/* graph.c */
void method_domain_graph (struct call *call);

/* console-methods.c */
void method_domain_console (struct call *call);

/* display-methods.c */
void method_domain_focus (struct call *call);
void method_domain_picture (struct call *call);

/* events.c */
void method_channel_hello (struct call *call);
void method_events_subscribe (struct call *call);
void method_events_unsubscribe (struct call *call);

#endif
