/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one table of object classes and permissions. The enumerations below, the published list, the
 * editor's choosers and the reference page all come from the two lists of this file. */
#pragma once

#include <stdint.h>

/* Where information goes in an access. The lattice models and the Chinese Wall look at nothing
 * else. The values are bits, so that the flow of several permissions is the union of theirs. */
enum pol_flow {
  POL_FLOW_NEITHER = 0, /* gives something back, or touches only the subject itself */
  POL_FLOW_READ = 1,    /* object to subject */
  POL_FLOW_WRITE = 2,   /* subject to object */
  POL_FLOW_BOTH = 3,
  POL_FLOW_INVOKE = 4, /* makes the object act: tells it something, so it counts as a write, too */
};

/* What the resource guard meters. */
enum pol_resource {
  POL_RESOURCE_MEMORY,   /* KiB held */
  POL_RESOURCE_CPU,      /* percent of one processor, metered by the scheduler */
  POL_RESOURCE_ENERGY,   /* milliwatts, metered by the scheduler */
  POL_RESOURCE_EVENTS,   /* events a second */
  POL_RESOURCE_CHANNELS, /* event channels held */
  POL_RESOURCE_CONSOLE,  /* bytes a second, metered by the hypervisor, as are */
  POL_RESOURCE_PAGING,   /* page-table updates a second, and */
  POL_RESOURCE_GRANTS,   /* grant operations a second */
  POL_N_RESOURCES,
  POL_RESOURCE_NONE = POL_N_RESOURCES,
};

/* clang-format off: tables read by column */
/* P (CLASS, PERMISSION, "name", FLOW, RESOURCE, "what it lets a subject do") */
#define POL_PERMISSIONS_DOMAIN(P)                                                                  \
  P (DOMAIN, CREATE, "create", WRITE, NONE, "create a domain")                                     \
  P (DOMAIN, DESTROY, "destroy", WRITE, NONE, "end a domain at once")                              \
  P (DOMAIN, PAUSE, "pause", WRITE, NONE, "stop scheduling a domain")                              \
  P (DOMAIN, RESUME, "resume", WRITE, NONE, "schedule a paused domain again")                      \
  P (DOMAIN, SHUTDOWN, "shutdown", WRITE, NONE, "ask a domain to shut down")                       \
  P (DOMAIN, REBOOT, "reboot", WRITE, NONE, "ask a domain to reboot")                              \
  P (DOMAIN, INFO, "info", READ, NONE, "read a domain's state and counters")                       \
  P (DOMAIN, SET, "set", WRITE, NONE, "change a domain's weight, cap or memory limit")             \
  P (DOMAIN, SAVE, "save", READ, NONE, "write a domain's whole state to storage")                  \
  P (DOMAIN, RESTORE, "restore", WRITE, NONE, "make a domain from a saved state")                  \
  P (DOMAIN, MIGRATE, "migrate", READ, NONE, "send a domain to another device")                    \
  P (DOMAIN, RELABEL, "relabel", WRITE, NONE, "give a domain another label")

#define POL_PERMISSIONS_VCPU(P)                                                                    \
  P (VCPU, CREATE, "create", WRITE, NONE, "add a virtual processor")                               \
  P (VCPU, GET_CONTEXT, "get_context", READ, NONE, "read its registers")                           \
  P (VCPU, SET_CONTEXT, "set_context", WRITE, NONE, "write its registers")                         \
  P (VCPU, INFO, "info", READ, NONE, "read its state and run time")                                \
  P (VCPU, AFFINITY, "affinity", WRITE, NONE, "choose the processors it runs on")

#define POL_PERMISSIONS_MEMORY(P)                                                                  \
  P (MEMORY, MAP_READ, "map_read", READ, NONE, "map a frame read-only")                            \
  P (MEMORY, MAP_WRITE, "map_write", BOTH, NONE, "map a frame for reading and writing")            \
  P (MEMORY, UNMAP, "unmap", NEITHER, NONE, "give a mapping up")                                   \
  P (MEMORY, PIN, "pin", NEITHER, NONE, "pin a page table")                                        \
  P (MEMORY, TRANSFER, "transfer", WRITE, NONE, "hand a frame to another domain")                  \
  P (MEMORY, INCREASE, "increase", NEITHER, MEMORY, "take more memory")                            \
  P (MEMORY, DECREASE, "decrease", NEITHER, NONE, "give memory back")

#define POL_PERMISSIONS_IOMEM(P)                                                                   \
  P (IOMEM, ASSIGN, "assign", WRITE, NONE, "assign device registers to a domain")                  \
  P (IOMEM, USE, "use", BOTH, NONE, "map device registers")                                        \
  P (IOMEM, REMOVE, "remove", NEITHER, NONE, "take device registers back")

#define POL_PERMISSIONS_IRQ(P)                                                                     \
  P (IRQ, ASSIGN, "assign", WRITE, NONE, "assign an interrupt to a domain")                        \
  P (IRQ, BIND, "bind", BOTH, NONE, "receive and acknowledge an interrupt")                        \
  P (IRQ, REMOVE, "remove", NEITHER, NONE, "take an interrupt back")

#define POL_PERMISSIONS_EVENT(P)                                                                   \
  P (EVENT, CREATE, "create", BOTH, CHANNELS, "offer an event channel")                            \
  P (EVENT, BIND, "bind", BOTH, CHANNELS, "connect to an event channel")                           \
  P (EVENT, SEND, "send", INVOKE, EVENTS, "signal the other end")                                  \
  P (EVENT, STATUS, "status", READ, NONE, "read a channel's state")                                \
  P (EVENT, CLOSE, "close", NEITHER, NONE, "give a channel up")

#define POL_PERMISSIONS_GRANT(P)                                                                   \
  P (GRANT, SETUP, "setup", NEITHER, NONE, "set its own grant table up")                           \
  P (GRANT, SHARE_READ, "share_read", WRITE, NONE, "offer a frame for reading")                    \
  P (GRANT, SHARE_WRITE, "share_write", BOTH, NONE, "offer a frame for writing, too")              \
  P (GRANT, MAP_READ, "map_read", READ, NONE, "map a granted frame read-only")                     \
  P (GRANT, MAP_WRITE, "map_write", BOTH, NONE, "map a granted frame for writing, too")            \
  P (GRANT, UNMAP, "unmap", NEITHER, NONE, "give a granted frame up")                              \
  P (GRANT, COPY_FROM, "copy_from", READ, NONE, "copy out of a granted frame")                     \
  P (GRANT, COPY_TO, "copy_to", WRITE, NONE, "copy into a granted frame")                          \
  P (GRANT, TRANSFER, "transfer", WRITE, NONE, "hand a frame over for good")

#define POL_PERMISSIONS_CONSOLE(P)                                                                 \
  P (CONSOLE, READ, "read", READ, NONE, "read a console's output")                                 \
  P (CONSOLE, WRITE, "write", WRITE, NONE, "type on a console")                                    \
  P (CONSOLE, USE, "use", BOTH, NONE, "use its own console")

#define POL_PERMISSIONS_DISPLAY(P)                                                                 \
  P (DISPLAY, DRAW, "draw", WRITE, NONE, "draw on the display")                                    \
  P (DISPLAY, CAPTURE, "capture", READ, NONE, "read what the display shows")                       \
  P (DISPLAY, FOCUS, "focus", WRITE, NONE, "give display and input to someone")

#define POL_PERMISSIONS_INPUT(P)                                                                   \
  P (INPUT, RECEIVE, "receive", READ, NONE, "receive keys and pointer events")                     \
  P (INPUT, INJECT, "inject", WRITE, NONE, "make up keys and pointer events")

#define POL_PERMISSIONS_POLICY(P)                                                                  \
  P (POLICY, GET, "get", READ, NONE, "read the loaded policy")                                     \
  P (POLICY, CHECK, "check", READ, NONE, "ask the loaded policy")                                  \
  P (POLICY, LOAD, "load", WRITE, NONE, "load another policy")                                     \
  P (POLICY, AUDIT, "audit", READ, NONE, "read the audit trail")

#define POL_PERMISSIONS_HOST(P)                                                                    \
  P (HOST, INFO, "info", READ, NONE, "read facts about the machine")                               \
  P (HOST, SET_TIME, "set_time", WRITE, NONE, "set the clock")                                     \
  P (HOST, SCHEDULE, "schedule", WRITE, NONE, "change how processors are shared")                  \
  P (HOST, DEBUG, "debug", BOTH, NONE, "look into and change anything")                            \
  P (HOST, CHANNEL, "channel", BOTH, NONE, "talk to the management outside")                       \
  P (HOST, POWER, "power", WRITE, NONE, "power the machine off")                                   \
  P (HOST, ATTEST, "attest", READ, NONE, "sign for others what the machine has started")

#define POL_PERMISSIONS_FILE(P)                                                                    \
  P (FILE, READ, "read", READ, NONE, "read a file")                                                \
  P (FILE, WRITE, "write", WRITE, NONE, "write to a file, without reading it")                     \
  P (FILE, APPEND, "append", WRITE, NONE, "add to the end of a file")                              \
  P (FILE, CREATE, "create", WRITE, NONE, "create a file")                                         \
  P (FILE, EXECUTE, "execute", READ, NONE, "run a file")                                           \
  P (FILE, UNLINK, "unlink", WRITE, NONE, "remove a file's name")                                  \
  P (FILE, RENAME, "rename", WRITE, NONE, "change a file's name")                                  \
  P (FILE, LINK, "link", WRITE, NONE, "give a file a further name")                                \
  P (FILE, GETATTR, "getattr", READ, NONE, "read a file's attributes")                             \
  P (FILE, SETATTR, "setattr", WRITE, NONE, "change a file's attributes")

#define POL_PERMISSIONS_DIRECTORY(P)                                                               \
  P (DIRECTORY, READ, "read", READ, NONE, "list a directory")                                      \
  P (DIRECTORY, SEARCH, "search", READ, NONE, "reach what is in a directory")                      \
  P (DIRECTORY, WRITE, "write", WRITE, NONE, "add and remove names in a directory")                \
  P (DIRECTORY, CREATE, "create", WRITE, NONE, "create a directory")                               \
  P (DIRECTORY, UNLINK, "unlink", WRITE, NONE, "remove a directory")                               \
  P (DIRECTORY, GETATTR, "getattr", READ, NONE, "read a directory's attributes")                   \
  P (DIRECTORY, SETATTR, "setattr", WRITE, NONE, "change a directory's attributes")

#define POL_PERMISSIONS_NETWORK(P)                                                                 \
  P (NETWORK, CONNECT, "connect", BOTH, NONE, "connect to an address and port")                    \
  P (NETWORK, BIND, "bind", BOTH, NONE, "listen on an address and port")                           \
  P (NETWORK, ACCEPT, "accept", BOTH, NONE, "accept a connection")                                 \
  P (NETWORK, SEND, "send", WRITE, NONE, "send a datagram")                                        \
  P (NETWORK, RECEIVE, "receive", READ, NONE, "receive a datagram")

#define POL_PERMISSIONS_PROCESS(P)                                                                 \
  P (PROCESS, FORK, "fork", NEITHER, NONE, "start a process of its own kind")                      \
  P (PROCESS, SIGNAL, "signal", INVOKE, NONE, "send a signal to a process")                        \
  P (PROCESS, PTRACE, "ptrace", BOTH, NONE, "look into and change a process")                      \
  P (PROCESS, INFO, "info", READ, NONE, "read a process's state")                                  \
  P (PROCESS, SET, "set", WRITE, NONE, "change a process's priority and limits")

#define POL_PERMISSIONS_APP(P)                                                                     \
  P (APP, LIST, "list", NEITHER, NONE, "see that an app is there")                                 \
  P (APP, LAUNCH, "launch", INVOKE, NONE, "start an app")                                          \
  P (APP, STOP, "stop", INVOKE, NONE, "stop an app")                                               \
  P (APP, INSTALL, "install", WRITE, NONE, "install or update an app")                             \
  P (APP, REMOVE, "remove", WRITE, NONE, "remove an app")                                          \
  P (APP, EXPORT, "export", READ, NONE, "copy an app out of the workspace")

#define POL_PERMISSIONS_STORAGE(P)                                                                 \
  P (STORAGE, LIST, "list", NEITHER, NONE, "see that a volume is there")                           \
  P (STORAGE, READ, "read", READ, NONE, "read from a volume")                                      \
  P (STORAGE, WRITE, "write", WRITE, NONE, "write to a volume")                                    \
  P (STORAGE, ATTACH, "attach", BOTH, NONE, "attach a volume")                                     \
  P (STORAGE, DETACH, "detach", NEITHER, NONE, "detach a volume")                                  \
  P (STORAGE, FORMAT, "format", WRITE, NONE, "erase a volume")                                     \
  P (STORAGE, SERVE, "serve", WRITE, NONE, "offer a volume to other devices")

#define POL_PERMISSIONS_CLIPBOARD(P)                                                               \
  P (CLIPBOARD, READ, "read", READ, NONE, "paste from the clipboard")                              \
  P (CLIPBOARD, WRITE, "write", WRITE, NONE, "copy to the clipboard")

/* C (CLASS, "name", "what its objects are") */
#define POL_CLASSES(C)                                                                             \
  C (DOMAIN, "domain", "a domain of the hypervisor")                                               \
  C (VCPU, "vcpu", "a virtual processor")                                                          \
  C (MEMORY, "memory", "memory of a domain")                                                       \
  C (IOMEM, "iomem", "registers of a device")                                                      \
  C (IRQ, "irq", "an interrupt line")                                                              \
  C (EVENT, "event", "an event channel")                                                           \
  C (GRANT, "grant", "memory that a domain shares")                                                \
  C (CONSOLE, "console", "a domain's console")                                                     \
  C (DISPLAY, "display", "the display")                                                            \
  C (INPUT, "input", "keyboard and pointer")                                                       \
  C (POLICY, "policy", "the policy itself")                                                        \
  C (HOST, "host", "the machine")                                                                  \
  C (FILE, "file", "a file")                                                                       \
  C (DIRECTORY, "directory", "a directory")                                                        \
  C (NETWORK, "network", "a network address and port")                                             \
  C (PROCESS, "process", "a process of a workspace")                                               \
  C (APP, "app", "an app of a workspace")                                                          \
  C (STORAGE, "storage", "a volume")                                                               \
  C (CLIPBOARD, "clipboard", "the clipboard")

/* clang-format on */

#define POL_CLASS_ENUM(CLASS, name, summary) POL_CLASS_##CLASS,
enum pol_class_id { POL_CLASSES (POL_CLASS_ENUM) POL_N_CLASSES };
#undef POL_CLASS_ENUM

/* POL_FILE_READ, POL_APP_LAUNCH ...: a permission's number within its class. */
#define POL_PERMISSION_ENUM(CLASS, PERMISSION, name, flow, resource, summary)                      \
  POL_##CLASS##_##PERMISSION,
#define POL_CLASS_PERMISSIONS(CLASS, name, summary)                                                \
  enum { POL_PERMISSIONS_##CLASS (POL_PERMISSION_ENUM) POL_N_##CLASS };
POL_CLASSES (POL_CLASS_PERMISSIONS)
#undef POL_CLASS_PERMISSIONS
#undef POL_PERMISSION_ENUM

/* A set of permissions of one class is 32 bits wide. */
#define POL_MAX_PERMISSIONS 32
#define POL_BIT(permission) (UINT32_C (1) << (permission))

struct pol_permission {
  const char *name;
  const char *summary;
  uint8_t flow;     /* enum pol_flow */
  uint8_t resource; /* enum pol_resource */
};

struct pol_class {
  const char *name;
  const char *summary;
  const struct pol_permission *permissions;
  uint32_t n_permissions;
  uint32_t reads, writes, invokes; /* the permissions whose flow has that bit */
};

extern const struct pol_class pol_classes[POL_N_CLASSES];

/**
 * pol_class_flow:
 * @cls: a class, below %POL_N_CLASSES
 * @permissions: a set of its permissions
 *
 * Returns: the union of the permissions' flows
 */
static inline uint32_t
pol_class_flow (uint32_t cls, uint32_t permissions)
{
  const struct pol_class *c = &pol_classes[cls];
  uint32_t flow = (permissions & c->reads) != 0 ? POL_FLOW_READ : POL_FLOW_NEITHER;

  if ((permissions & c->writes) != 0)
    flow |= POL_FLOW_WRITE;
  if ((permissions & c->invokes) != 0)
    flow |= POL_FLOW_INVOKE;
  return flow;
}

/* The word for @flow in documents and lists: "read", "write", "both", "invoke" or "neither". */
const char *pol_flow_name (enum pol_flow flow);
