/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel itself: what administers the machine, and the parts of it that holes are found in. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "attempts.h"

enum { USER_MODE_ONLY = 1, IO_URING_ENTRIES = 4 };

/* Where a program for the host would be named (CVE-2022-0492's kin): opened only, nothing is written. */
static int
core_pattern (void)
{
  return outcome (open ("/proc/sys/kernel/core_pattern", O_WRONLY));
}

static int
sysrq (void)
{
  return outcome (open ("/proc/sysrq-trigger", O_WRONLY));
}

static int
kernel_memory (void)
{
  return outcome (open ("/proc/kcore", O_RDONLY));
}

static int
machine_memory (void)
{
  return outcome (open ("/dev/mem", O_RDWR));
}

static int
block_device (void)
{
  const char *const devices[] = { "/dev/loop0", "/dev/loop-control", "/dev/vda", "/dev/sda", "/dev/fuse", "/dev/kvm" };

  for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
    if (open (devices[i], O_RDONLY) >= 0)
      return 0;
  return errno;
}

static int
make_device (void)
{
  unlink ("/tmp/device");
  return mknod ("/tmp/device", S_IFCHR | 0600, makedev (1, 1)) == 0 ? 0 : errno;
}

static int
carried_device (void)
{
  return outcome (open (given ("ESCAPE_NODE"), O_RDONLY));
}

/* CVE-2022-0492: a program of ours that the kernel would start, outside, when a control group is empty. */
static int
release_agent (void)
{
  const char *const files[] = { "/sys/fs/cgroup/release_agent", "/sys/fs/cgroup/memory/release_agent",
                                "/sys/fs/cgroup/devices/release_agent" };

  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
    if (open (files[i], O_WRONLY) >= 0)
      return 0;
  return errno;
}

static int
other_control_group (void)
{
  const char *const files[] = { "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/unified/cgroup.procs",
                                "/sys/fs/cgroup/pids/cgroup.procs" };

  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
    if (open (files[i], O_WRONLY) >= 0)
      return 0;
  return errno;
}

static int
write_sys (void)
{
  const char *const files[] = { "/sys/kernel/uevent_helper", "/sys/kernel/mm/transparent_hugepage/enabled", "/sys/power/state",
                                "/sys/module/kernel/parameters/panic" };

  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
    if (open (files[i], O_WRONLY) >= 0)
      return 0;
  return errno;
}

/* CVE-2017-5226: what is typed here runs in the shell that the sandbox was started from. */
static int
type_into (unsigned long request)
{
  int terminal = posix_openpt (O_RDWR | O_NOCTTY), line;

  if (terminal < 0 || grantpt (terminal) != 0 || unlockpt (terminal) != 0)
    return ENOTSUP;
  setsid ();
  line = open (ptsname (terminal), O_RDWR);
  if (line < 0 || ioctl (line, TIOCSCTTY, 0) != 0)
    return ENOTSUP;
  if (syscall (SYS_ioctl, line, request, "x") == 0)
    return 0;
  return errno == EIO ? ENOTSUP : errno; /* EIO: dev.tty.legacy_tiocsti is 0 */
}

static int
type_into_terminal (void)
{
  return type_into (TIOCSTI);
}

/* The kernel looks at the lower half of the number only. */
static int
type_into_terminal_masked (void)
{
  return type_into (0x100000000UL | TIOCSTI);
}

/* The console's clipboard, pasted into whoever reads from it (the number is TIOCLINUX, 3 pastes). */
static int
paste_into_console (void)
{
  int null = open ("/dev/null", O_RDWR);
  char paste = 3;
  long result = syscall (SYS_ioctl, null, 0x541c, &paste);

  return result < 0 && errno == ENOTTY ? 0 : outcome (result); /* it was looked at */
}

static int
key_ring (void)
{
  return outcome (syscall (SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 1));
}

static int
add_key (void)
{
  return outcome (syscall (SYS_add_key, "user", "escape", "x", 1, KEY_SPEC_PROCESS_KEYRING));
}

static int
load_bpf (void)
{
  union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };

  return outcome (syscall (SYS_bpf, BPF_MAP_CREATE, &attr, sizeof attr));
}

static int
watch_performance (void)
{
  struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .size = sizeof attr, .config = PERF_COUNT_SW_TASK_CLOCK,
                                  .exclude_kernel = 1, .exclude_hv = 1 };

  return outcome (syscall (SYS_perf_event_open, &attr, 0, -1, -1, 0));
}

/* What stops the kernel in the middle of a copy, in most exploits of races. */
static int
user_faults (void)
{
  return outcome (syscall (SYS_userfaultfd, O_CLOEXEC | USER_MODE_ONLY));
}

/* Calls that pass no filter. */
static int
ring (void)
{
  struct io_uring_params params = { 0 };

  return outcome (syscall (SYS_io_uring_setup, IO_URING_ENTRIES, &params));
}

static int
load_module (void)
{
  long result = syscall (SYS_init_module, "", 0, "");

  return result < 0 && errno != EPERM ? 0 : outcome (result); /* anything else means that it was looked at */
}

static int
load_other_kernel (void)
{
  long result = syscall (SYS_kexec_load, 0, 0, NULL, ~0UL);

  return result < 0 && errno != EPERM ? 0 : outcome (result);
}

/* With numbers that no kernel takes for an order. */
static int
restart_machine (void)
{
  long result = syscall (SYS_reboot, 1, 2, 3, NULL);

  return result < 0 && errno != EPERM ? 0 : outcome (result);
}

static int
set_clock (void)
{
  struct timex change = { .modes = ADJ_TICK, .tick = 10000 }; /* what it is */

  return outcome (clock_adjtime (CLOCK_REALTIME, &change));
}

static int
read_log (void)
{
  char text[64];

  return outcome (klogctl (3, text, sizeof text));
}

static int
ports (void)
{
  long result = syscall (SYS_iopl, 0);

  return outcome (result);
}

static int
swap_on (void)
{
  long result = syscall (SYS_swapon, "/nonexistent", 0);

  return result < 0 && errno == ENOENT ? 0 : outcome (result);
}

static int
raw_packets (void)
{
  return outcome (socket (AF_PACKET, SOCK_RAW, 0));
}

/* To the machine's hypervisor, whatever network a program is on. */
static int
vsock (void)
{
  return outcome (socket (AF_VSOCK, SOCK_STREAM, 0));
}

static int
crypto_socket (void)
{
  return outcome (socket (AF_ALG, SOCK_SEQPACKET, 0));
}

/* Asks what tables the packet filter has, which is refused like making one. */
static int
packet_filter (void)
{
  struct {
    struct nlmsghdr  head;
    struct nfgenmsg  body;
  } ask = { { sizeof ask, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, NLM_F_REQUEST | NLM_F_DUMP, 1, 0 }, { AF_INET, 0, 0 } };
  struct {
    struct nlmsghdr head;
    struct nlmsgerr error;
    char            room[4096];
  } answer = { .error.error = -EIO };
  int fd = socket (AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);

  if (fd < 0)
    return errno == EPROTONOSUPPORT ? ENOTSUP : errno;
  if (send (fd, &ask, sizeof ask, 0) < 0 || recv (fd, &answer, sizeof answer, 0) < 0)
    return errno;
  return answer.head.nlmsg_type != NLMSG_ERROR ? 0 : answer.error.error == -EINVAL ? ENOTSUP : -answer.error.error;
}

/* The settings of an interface, to what they are. */
static int
network_settings (void)
{
  struct ifreq interface = { .ifr_name = "lo" };
  int fd = socket (AF_INET, SOCK_DGRAM, 0);

  if (fd < 0 || ioctl (fd, SIOCGIFFLAGS, &interface) != 0)
    return errno;
  return outcome (ioctl (fd, SIOCSIFFLAGS, &interface));
}

/* A program of the host's that gets the memory of ours when it crashes, as root. */
static int
core_dump (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_CORE, &limit) != 0)
    return errno;
  limit.rlim_cur = limit.rlim_max;
  if (limit.rlim_max > 1)
    return outcome (setrlimit (RLIMIT_CORE, &limit));
  limit.rlim_cur = limit.rlim_max = 1 << 20;
  return outcome (setrlimit (RLIMIT_CORE, &limit));
}

/* The program that the kernel starts to load a module, and those for foreign kinds of programs. */
static int
module_helper (void)
{
  return outcome (open ("/proc/sys/kernel/modprobe", O_WRONLY));
}

static int
foreign_programs (void)
{
  return outcome (open ("/proc/sys/fs/binfmt_misc/register", O_WRONLY));
}

const struct attempt kernel_attempts[] = {
  { "core-pattern", core_pattern },
  { "sysrq", sysrq },
  { "kernel-memory", kernel_memory },
  { "machine-memory", machine_memory },
  { "block-device", block_device },
  { "make-device", make_device },
  { "carried-device", carried_device },
  { "release-agent", release_agent },
  { "other-control-group", other_control_group },
  { "write-sys", write_sys },
  { "type-into-terminal", type_into_terminal },
  { "type-into-terminal-masked", type_into_terminal_masked },
  { "key-ring", key_ring },
  { "add-key", add_key },
  { "bpf", load_bpf },
  { "perf-events", watch_performance },
  { "user-faults", user_faults },
  { "io-uring", ring },
  { "load-module", load_module },
  { "load-other-kernel", load_other_kernel },
  { "restart-machine", restart_machine },
  { "set-clock", set_clock },
  { "kernel-log", read_log },
  { "io-ports", ports },
  { "swap-on", swap_on },
  { "raw-packets", raw_packets },
  { "paste-into-console", paste_into_console },
  { "vsock", vsock },
  { "crypto-socket", crypto_socket },
  { "packet-filter", packet_filter },
  { "network-settings", network_settings },
  { "core-dump", core_dump },
  { "module-helper", module_helper },
  { "foreign-programs", foreign_programs },
  { NULL, NULL },
};
