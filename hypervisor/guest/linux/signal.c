/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "signal.h"

#include <asm/sigcontext.h>
#include <asm/signal.h>
#include <linux/wait.h>
#include "task.h"

#define SS_DISABLE      2u
#define BIT(number)     (1ull << ((number)-1))
#define UNBLOCKABLE     (BIT (SIGKILL) | BIT (SIGSTOP))
#define STOPPING        (BIT (SIGSTOP) | BIT (SIGTSTP) | BIT (SIGTTIN) | BIT (SIGTTOU))
#define HARMLESS        (BIT (SIGCHLD) | BIT (SIGURG) | BIT (SIGWINCH) | BIT (SIGCONT))
#define CPSR_THUMB      0x20u
#define CPSR_FLAGS      0xf80f0000u
#define CPSR_IT         0x0600fc00u
#define VFP_MAGIC       0x56465001u
#define STOPPED(number) ((number) << 8 | 0x7f)

/* What a handler finds on its stack, as Linux on ARM lays it out. */
struct vfp_frame {
  uint32_t magic, size;
  uint64_t d[32];
  uint32_t fpscr, pad;
  uint32_t fpexc, fpinst, fpinst2, pad2;
};

struct user_context {
  uint32_t flags, link;
  uint32_t stack, stack_flags, stack_size;
  struct sigcontext registers;
  uint64_t mask;
  uint32_t unused[30];
  struct vfp_frame vfp __attribute__ ((aligned (8)));
  uint32_t rest[(512 - sizeof (struct vfp_frame)) / 4];
};

struct frame {
  int32_t number, error, code; /* siginfo */
  uint32_t value[29];
  struct user_context context;
  uint32_t return_code[4];
};

_Static_assert(sizeof (struct sigcontext) == 84, "sigcontext");
_Static_assert(offsetof (struct user_context, vfp) == 232, "uc_regspace");
_Static_assert(sizeof (struct vfp_frame) == 288, "vfp_sigframe");
_Static_assert(offsetof (struct frame, context) == 128, "siginfo");

/* ---- sending ---- */

static bool
ignored (const struct task *task, uint32_t number)
{
  uint32_t handler = task->signals.action[number - 1].handler;
  if ((BIT (number) & UNBLOCKABLE) != 0)
    return task->pid == 1;
  if (handler == (uint32_t)SIG_DFL)
    return (BIT (number) & HARMLESS) != 0 || task->pid == 1;
  return handler == (uint32_t)SIG_IGN;
}

bool
signal_would_act (const struct task *task, uint32_t number)
{
  return (task->signals.blocked & BIT (number)) == 0 && !ignored (task, number);
}

bool
signal_wanted (const struct task *task)
{
  uint64_t ready = task->signals.pending & ~task->signals.blocked;
  return ready != 0 && !task->call.uninterruptible;
}

void
signal_send (struct task *task, uint32_t number)
{
  struct signals *signals = &task->signals;
  if (task->state == TASK_FREE || task->state == TASK_ZOMBIE || number == 0)
    return;
  if (number == SIGCONT) {
    signals->pending &= ~STOPPING;
    if (task->state == TASK_STOPPED)
      task_make_ready (task);
  } else if ((BIT (number) & STOPPING) != 0) {
    signals->pending &= ~BIT (SIGCONT);
  }
  if (ignored (task, number) && (signals->blocked & BIT (number)) == 0)
    return;
  signals->pending |= BIT (number);
  bool wanted = signal_wanted (task) || (signals->awaited & BIT (number)) != 0;
  if (number == SIGKILL || (task->state == TASK_WAITING && wanted))
    task_make_ready (task);
}

uint32_t
signal_send_group (uint32_t group, uint32_t number)
{
  uint32_t count = 0;
  for (struct task *task = tasks; task < tasks + TASKS_MAX; task++)
    if (task->state != TASK_FREE && task->state != TASK_ZOMBIE && task->group == group) {
      signal_send (task, number);
      count++;
    }
  return count;
}

void
signal_force (uint32_t number, uint32_t address)
{
  struct signals *signals = &task_current->signals;
  struct signal_action *action = &signals->action[number - 1];
  (void)address;
  if ((signals->blocked & BIT (number)) != 0 || action->handler == (uint32_t)SIG_IGN
      || action->handler == (uint32_t)SIG_DFL) {
    task_end (number);
    return;
  }
  signals->pending |= BIT (number);
}

void
signal_exec (struct signals *signals)
{
  for (uint32_t i = 0; i < SIGNALS; i++)
    if (signals->action[i].handler != (uint32_t)SIG_IGN)
      signals->action[i] = (struct signal_action){ .handler = 0 };
  signals->stack_size = 0;
}

/* ---- handlers ---- */

static void
store_registers (struct sigcontext *to, const struct pv_context *from)
{
  memcpy (&to->arm_r0, from->r, sizeof from->r); /* r0 to r10, fp */
  to->arm_ip = from->frame.r12;
  to->arm_sp = from->frame.sp;
  to->arm_lr = from->frame.lr;
  to->arm_pc = from->frame.pc;
  to->arm_cpsr = from->frame.cpsr;
}

static void
load_registers (struct pv_context *to, const struct sigcontext *from)
{
  memcpy (to->r, &from->arm_r0, sizeof to->r);
  to->frame.r12 = from->arm_ip;
  to->frame.sp = from->arm_sp;
  to->frame.lr = from->arm_lr;
  to->frame.pc = from->arm_pc;
  to->frame.cpsr = (from->arm_cpsr & (CPSR_FLAGS | CPSR_IT | CPSR_THUMB)) | PV_CPSR_USER;
}

static void
fill_frame (struct frame *frame,
            struct task *task,
            uint32_t number,
            const struct pv_context *context)
{
  struct user_context *to = &frame->context;
  memset (frame, 0, sizeof *frame);
  frame->number = (int32_t)number;
  to->stack = task->signals.stack;
  to->stack_size = task->signals.stack_size;
  to->stack_flags = task->signals.stack_size == 0 ? SS_DISABLE : 0;
  to->mask = task->signals.restore ? task->signals.saved : task->signals.blocked;
  store_registers (&to->registers, context);
  if (!task->has_fpu)
    return;
  task_save_fpu (task);
  to->vfp.magic = VFP_MAGIC;
  to->vfp.size = sizeof to->vfp;
  memcpy (to->vfp.d, task->fpu.d, sizeof to->vfp.d);
  to->vfp.fpscr = task->fpu.fpscr;
}

static uint32_t
frame_address (const struct task *task, const struct signal_action *action, uint32_t sp)
{
  const struct signals *signals = &task->signals;
  bool on_it = sp - signals->stack < signals->stack_size;
  if ((action->flags & SA_ONSTACK) != 0 && signals->stack_size != 0 && !on_it)
    sp = signals->stack + signals->stack_size;
  return (sp - sizeof (struct frame)) & ~7u;
}

/* The handler runs next, and returns through the restorer that the C library named. */
static void
enter_handler (struct pv_context *context, uint32_t number)
{
  struct task *task = task_current;
  struct signals *signals = &task->signals;
  struct signal_action action = signals->action[number - 1];
  bool info = (action.flags & SA_SIGINFO) != 0;
  uint32_t at = frame_address (task, &action, context->frame.sp);
  if ((action.flags & SA_RESTORER) == 0
      || space_prepare (task->space, at, sizeof (struct frame), true)) {
    task_end (SIGSEGV);
    return;
  }
  struct frame *frame = (struct frame *)(uintptr_t)at;
  fill_frame (frame, task, number, context);
  signals->restore = false;
  signals->blocked |= action.mask | ((action.flags & SA_NODEFER) != 0 ? 0 : BIT (number));
  signals->blocked &= ~UNBLOCKABLE;
  if ((action.flags & SA_RESETHAND) != 0)
    signals->action[number - 1].handler = (uint32_t)SIG_DFL;
  context->r[0] = number;
  context->r[1] = at;
  context->r[2] = (uint32_t)&frame->context;
  /* Without SA_SIGINFO the restorer calls sigreturn, which expects the user context at sp. */
  context->frame.sp = info ? at : (uint32_t)&frame->context;
  context->frame.lr = action.restorer;
  context->frame.pc = action.handler & ~1u;
  context->frame.cpsr = PV_CPSR_USER | ((action.handler & 1) != 0 ? CPSR_THUMB : 0);
}

void
signal_return (struct pv_context *context, bool real_time)
{
  struct task *task = task_current;
  uint32_t at = context->frame.sp + (real_time ? offsetof (struct frame, context) : 0);
  if ((at & 3) != 0 || space_prepare (task->space, at, sizeof (struct user_context), false)) {
    task_end (SIGSEGV);
    return;
  }
  const struct user_context *from = (const struct user_context *)(uintptr_t)at;
  load_registers (context, &from->registers);
  task->signals.blocked = from->mask & ~UNBLOCKABLE;
  if (from->vfp.magic != VFP_MAGIC || !task->has_fpu)
    return;
  memcpy (task->fpu.d, from->vfp.d, sizeof task->fpu.d);
  task->fpu.fpscr = from->vfp.fpscr;
  task_load_fpu (task);
}

/* ---- delivery ---- */

/* A system call that waited is made again after the handler, or has failed with EINTR. */
static void
finish_call (struct pv_context *context, bool restart)
{
  struct call *call = &task_current->call;
  if (!call->active)
    return;
  if (!restart || call->interrupted_always) {
    context->frame.pc += (context->frame.cpsr & CPSR_THUMB) != 0 ? 2 : 4;
    context->r[0] = call->progress != 0 ? call->progress : (uint32_t)-EINTR;
  }
  *call = (struct call){ .active = false };
}

static void
stop (struct task *task, uint32_t number)
{
  task->state = TASK_STOPPED;
  task->status = STOPPED (number);
  task->reported = false;
  if (task->parent) {
    task_wake (task->parent);
    if ((task->parent->signals.action[SIGCHLD - 1].flags & SA_NOCLDSTOP) == 0)
      signal_send (task->parent, SIGCHLD);
  }
}

void
signal_deliver (struct pv_context *context)
{
  struct task *task = task_current;
  struct signals *signals = &task->signals;
  while (task_current == task && task->state == TASK_READY && signal_wanted (task)) {
    uint64_t ready = signals->pending & ~signals->blocked;
    uint32_t number = (uint32_t)__builtin_ctzll (ready) + 1;
    const struct signal_action *action = &signals->action[number - 1];
    if ((signals->pending & BIT (SIGKILL)) != 0)
      number = SIGKILL;
    signals->pending &= ~BIT (number);
    if (ignored (task, number))
      continue;
    if (number != SIGKILL && number != SIGSTOP && action->handler != (uint32_t)SIG_DFL) {
      finish_call (context, (action->flags & SA_RESTART) != 0);
      enter_handler (context, number);
      return;
    }
    if ((BIT (number) & STOPPING) != 0)
      stop (task, number);
    else
      task_end (number);
  }
}
