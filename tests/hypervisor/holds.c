/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plugin of QEMU that counts how many instructions the hypervisor executes at a time: from its entry, where it
 * takes its lock, until it runs a guest again or drops the lock. The processor's mode is known by the address: what
 * runs in the hypervisor's part of the address space is privileged.
 *
 * Arguments: functions=FILE, lines `ADDRESS KIND` in rising order, KIND `C` for a function of C, `a` for one of
 * assembly, `d` where the lock is dropped; out=FILE, written at the end: `INSTRUCTIONS FIRST MOST` for the longest hold of
 * each pair of the first function of C in it and the one that most of it was spent in, by address.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HYPERVISOR_START 0xfc000000u
#define FUNCTIONS_MAX    4096
#define PAIRS_MAX        4096

/* The part of QEMU's interface that is used here: Debian has no header of it. */
typedef uint64_t qemu_plugin_id_t;
typedef struct qemu_info_t qemu_info_t;
struct qemu_plugin_tb;
typedef void (*qemu_plugin_vcpu_udata_cb_t) (unsigned int vcpu, void *data);
extern void qemu_plugin_register_vcpu_tb_trans_cb (qemu_plugin_id_t id,
                                                   void (*call) (qemu_plugin_id_t, struct qemu_plugin_tb *));
extern void qemu_plugin_register_vcpu_tb_exec_cb (struct qemu_plugin_tb *tb, qemu_plugin_vcpu_udata_cb_t call, int flags,
                                                  void *data);
extern void qemu_plugin_register_atexit_cb (qemu_plugin_id_t id, void (*call) (qemu_plugin_id_t, void *), void *data);
extern size_t qemu_plugin_tb_n_insns (const struct qemu_plugin_tb *tb);
extern uint64_t qemu_plugin_tb_vaddr (const struct qemu_plugin_tb *tb);
__attribute__ ((visibility ("default"))) extern int qemu_plugin_version;
__attribute__ ((visibility ("default"))) int
qemu_plugin_install (qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv);
int qemu_plugin_version = 1;

struct function {
  uint32_t address;
  char kind;
  uint64_t instructions; /* of the present hold */
};

/* What QEMU translates at a time. */
struct block {
  uint32_t instructions;
  struct function *function; /* NULL: a guest's */
};

static struct function functions[FUNCTIONS_MAX];
static size_t n_functions;
static struct {
  const struct function *first, *most;
  uint64_t instructions;
} pairs[PAIRS_MAX];
static size_t n_pairs;

/* The present hold. */
static uint64_t instructions;
static struct function *seen[FUNCTIONS_MAX], *first;
static size_t n_seen;
static bool guests_run; /* before that the machine starts up */
static const char *out;

static void
note (const struct function *most)
{
  size_t i = 0;
  while (i < n_pairs && (pairs[i].first != first || pairs[i].most != most))
    i++;
  if (i == PAIRS_MAX)
    return;
  if (i == n_pairs) {
    n_pairs++;
    pairs[i].first = first;
    pairs[i].most = most;
  }
  if (instructions > pairs[i].instructions)
    pairs[i].instructions = instructions;
}

static void
end_hold (void)
{
  const struct function *most = NULL;
  for (size_t i = 0; i < n_seen; i++) {
    if (!most || seen[i]->instructions > most->instructions)
      most = seen[i];
  }
  if (most && first && guests_run)
    note (most);
  for (size_t i = 0; i < n_seen; i++)
    seen[i]->instructions = 0;
  n_seen = 0;
  instructions = 0;
  first = NULL;
}

static void
run (unsigned int vcpu, void *data)
{
  const struct block *block = data;
  struct function *function = block->function;
  (void)vcpu;
  if (!function || function->kind == 'd') {
    end_hold ();
    guests_run = guests_run || !function;
    return;
  }
  if (function->instructions == 0)
    seen[n_seen++] = function;
  if (!first && function->kind == 'C')
    first = function;
  function->instructions += block->instructions;
  instructions += block->instructions;
}

/* The function that an address is in; NULL: it is before all. */
static struct function *
find (uint32_t address)
{
  size_t low = 0, high = n_functions;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (functions[middle].address <= address)
      low = middle + 1;
    else
      high = middle;
  }
  return low > 0 ? &functions[low - 1] : NULL;
}

static void
translated (qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
  struct block *block = malloc (sizeof *block);
  uint32_t address = (uint32_t)qemu_plugin_tb_vaddr (tb);
  (void)id;
  if (!block)
    abort ();
  block->instructions = (uint32_t)qemu_plugin_tb_n_insns (tb);
  block->function = address >= HYPERVISOR_START ? find (address) : NULL;
  qemu_plugin_register_vcpu_tb_exec_cb (tb, run, 0, block);
}

static void
finish (qemu_plugin_id_t id, void *data)
{
  FILE *file = fopen (out, "w");
  (void)id;
  (void)data;
  if (!file)
    abort ();
  for (size_t i = 0; i < n_pairs; i++)
    fprintf (file, "%llu %x %x\n", (unsigned long long)pairs[i].instructions, pairs[i].first->address,
             pairs[i].most->address);
  fclose (file);
}

static bool
read_functions (const char *path)
{
  FILE *file = fopen (path, "r");
  if (!file)
    return false;
  while (n_functions < FUNCTIONS_MAX
         && fscanf (file, "%x %c", &functions[n_functions].address, &functions[n_functions].kind) == 2)
    n_functions++;
  fclose (file);
  return n_functions > 0;
}

int
qemu_plugin_install (qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
  (void)info;
  for (int i = 0; i < argc; i++) {
    if (strncmp (argv[i], "functions=", 10) == 0 && !read_functions (argv[i] + 10))
      return -1;
    if (strncmp (argv[i], "out=", 4) == 0)
      out = strdup (argv[i] + 4);
  }
  if (!out || n_functions == 0)
    return -1;
  qemu_plugin_register_vcpu_tb_trans_cb (id, translated);
  qemu_plugin_register_atexit_cb (id, finish, NULL);
  return 0;
}
