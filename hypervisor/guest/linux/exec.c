/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exec.h"

#include <asm/hwcap.h>
#include <linux/auxvec.h>
#include "heap.h"
#include "path.h"
#include "random.h"
#include "task.h"

#define SCRIPT_HEAD 256u
#define SCRIPTS_MAX 4u
#define AUXILIARY   16u
#define CPSR_THUMB  0x20u
#define CAPABILITIES                                                                               \
  (HWCAP_SWP | HWCAP_HALF | HWCAP_THUMB | HWCAP_FAST_MULT | HWCAP_VFP | HWCAP_EDSP | HWCAP_NEON    \
   | HWCAP_VFPv3 | HWCAP_TLS | HWCAP_VFPD32)

struct stack {
  struct space *space;
  uint32_t at;
  int error;
};

static uint32_t
push (struct stack *stack, const void *bytes, uint32_t length)
{
  if (length > stack->at - (SPACE_END - STACK_SIZE) - PV_PAGE_SIZE)
    stack->error = -E2BIG;
  if (!stack->error) {
    stack->at -= length;
    stack->error = space_put (stack->space, stack->at, bytes, length);
  }
  return stack->at;
}

/* Copies the strings, and puts their addresses in `addresses`, each list with a zero behind it. */
static uint32_t
push_strings (struct stack *stack, const struct exec_strings *strings, uint32_t *addresses)
{
  uint32_t count = 0, total = strings->arguments + strings->environment;
  stack->space->arg_end = stack->at;
  for (uint32_t i = total; i-- > 0;) {
    const char *text = strings->text[i];
    if (i + 1 == strings->arguments)
      stack->space->arg_end = stack->at;
    addresses[i + (i >= strings->arguments)] = push (stack, text, (uint32_t)strlen (text) + 1);
    count++;
  }
  stack->space->arg_start = stack->at;
  addresses[strings->arguments] = 0;
  addresses[total + 1] = 0;
  return count + 2;
}

static uint32_t
fill_auxiliary (
    uint32_t *to, const struct elf_image *image, uint32_t random, uint32_t platform, uint32_t name)
{
  const uint32_t values[][2] = {
    { AT_HWCAP, CAPABILITIES },
    { AT_PAGESZ, PV_PAGE_SIZE },
    { AT_CLKTCK, 100 },
    { AT_PHDR, image->headers },
    { AT_PHENT, 32 },
    { AT_PHNUM, image->header_count },
    { AT_ENTRY, image->entry },
    { AT_UID, 0 },
    { AT_EUID, 0 },
    { AT_GID, 0 },
    { AT_EGID, 0 },
    { AT_SECURE, 0 },
    { AT_RANDOM, random },
    { AT_PLATFORM, platform },
    { AT_EXECFN, name },
    { AT_NULL, 0 },
  };
  _Static_assert(sizeof values / sizeof values[0] == AUXILIARY, "AUXILIARY");
  memcpy (to, values, sizeof values);
  return AUXILIARY * 2;
}

/* What a program finds at its stack pointer: argc, argv, envp, auxiliary vector. */
static int
build_stack (struct stack *stack,
             const char *path,
             const struct exec_strings *strings,
             const struct elf_image *image)
{
  uint32_t count = strings->arguments + strings->environment + 2 + AUXILIARY * 2 + 1, used = 1;
  uint32_t *words = heap_new (count * sizeof words[0]);
  uint8_t random[16];
  if (!words)
    return -ENOMEM;
  random_bytes (random, sizeof random);
  uint32_t name = push (stack, path, (uint32_t)strlen (path) + 1);
  words[0] = strings->arguments;
  used += push_strings (stack, strings, words + 1);
  uint32_t platform = push (stack, "v7l", 4);
  uint32_t seed = push (stack, random, sizeof random);
  used += fill_auxiliary (words + used, image, seed, platform, name);
  stack->at = ((stack->at - used * sizeof words[0]) & ~7u) + used * sizeof words[0];
  push (stack, words, used * sizeof words[0]);
  heap_free (words);
  return stack->error;
}

static int
new_space (struct node *node,
           const char *path,
           const struct exec_strings *strings,
           struct space **result,
           struct elf_image *image,
           uint32_t *sp)
{
  struct space *space = space_new ();
  struct stack stack = { .space = space, .at = SPACE_END - 8 };
  if (!space)
    return -ENOMEM;
  int error = elf_map (space, node, image);
  if (!error)
    error = area_map (space, SPACE_END - STACK_SIZE, SPACE_END,
                      AREA_READ | AREA_WRITE | (image->stack_executable ? AREA_EXEC : 0), NULL, 0);
  if (!error)
    error = build_stack (&stack, path, strings, image);
  if (error)
    space_drop (space);
  *sp = stack.at;
  *result = space;
  return error;
}

/* The first line of a script names its interpreter, and perhaps one argument of it. */
static bool
read_script (struct node *node, char head[SCRIPT_HEAD], const char **program, const char **argument)
{
  long length = node_read (node, 0, head, SCRIPT_HEAD - 1);
  char *at = head + 2;
  if (length < 3 || head[0] != '#' || head[1] != '!')
    return false;
  head[length] = 0;
  while (*at == ' ' || *at == '\t')
    at++;
  *program = at;
  *argument = NULL;
  while (*at && *at != '\n' && *at != ' ' && *at != '\t')
    at++;
  if (*at == ' ' || *at == '\t') {
    *at++ = 0;
    while (*at == ' ' || *at == '\t')
      at++;
    *argument = *at && *at != '\n' ? at : NULL;
    while (*at && *at != '\n')
      at++;
  }
  bool complete = *at == '\n' || (uint32_t)length < SCRIPT_HEAD - 1;
  *at = 0;
  return complete && **program != 0;
}

/* Puts what a script is called with before the arguments, the script's own name among them. */
static int
prepend (struct exec_strings *strings,
         const char *program,
         const char *argument,
         const char *script)
{
  uint32_t more = argument ? 2 : 1, total = strings->arguments + strings->environment;
  if (strings->arguments == 0 || total + more > EXEC_STRINGS)
    return -E2BIG;
  memmove (strings->text + more, strings->text, total * sizeof strings->text[0]);
  strings->arguments += more;
  strings->text[0] = program;
  if (argument)
    strings->text[1] = argument;
  strings->text[more] = script;
  return 0;
}

static void
commit (struct space *space, const struct elf_image *image, uint32_t sp, struct pv_context *context)
{
  struct task *task = task_current;
  struct space *old = task->space;
  task->space = space;
  space_use (space);
  if (old)
    space_drop (old);
  task_return_space (task);
  files_exec (task->files);
  signal_exec (&task->signals);
  task->has_fpu = false;
  memset (&task->fpu, 0, sizeof task->fpu);
  task_load_fpu (task);
  task->thread = 0;
  pv_set_thread_register (0);
  memset (context, 0, sizeof *context);
  context->frame.sp = sp;
  context->frame.pc = image->entry & ~1u;
  context->frame.cpsr = PV_CPSR_USER | ((image->entry & 1) != 0 ? CPSR_THUMB : 0);
}

/* The program itself, or the interpreter at the end of a chain of scripts. */
static int
run (const char *path, struct exec_strings *strings, uint32_t scripts, struct pv_context *context)
{
  struct node *node;
  struct space *space;
  struct elf_image image;
  char head[SCRIPT_HEAD];
  const char *program, *argument;
  uint32_t sp;
  int error = path_find (task_current->directory, path, true, &node);
  if (error)
    return error;
  if (!node_is (node, S_IFREG) || (node->mode & 0111) == 0) {
    node_drop (node);
    return -EACCES;
  }
  if (read_script (node, head, &program, &argument)) {
    node_drop (node);
    error = scripts == 0 ? -ELOOP : prepend (strings, program, argument, path);
    return error ? error : run (program, strings, scripts - 1, context);
  }
  error = new_space (node, path, strings, &space, &image, &sp);
  node_drop (node);
  if (error)
    return error;
  task_set_name (task_current, path);
  commit (space, &image, sp, context);
  return 0;
}

int
exec_run (const char *path, struct exec_strings *strings, struct pv_context *context)
{
  return run (path, strings, SCRIPTS_MAX, context);
}
