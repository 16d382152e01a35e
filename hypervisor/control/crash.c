/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crash.h"

#include <pv/arch.h>
#include "console.h"
#include "symbols.h"

/* Of the console, the lines that lie whole in so many bytes. */
#define CONSOLE_BYTES 1500

static const char *
reason_name (uint32_t reason)
{
  static const char *const names[] = {
    [PV_CRASH_NONE] = "The domain crashed",
    [PV_CRASH_GUEST] = "The guest kernel gave up",
    [PV_CRASH_NO_HANDLER] = "The guest met a trap that it has no handler for",
    [PV_CRASH_BAD_STACK] = "The guest kernel's stack could not be written",
    [PV_CRASH_BAD_FRAME] = "The guest kernel returned to a state that cannot be",
    [PV_CRASH_WATCHDOG] = "The watchdog ended the domain",
  };

  return names[reason < ARRAY_LENGTH (names) ? reason : PV_CRASH_NONE];
}

static const char *
trap_name (uint32_t trap)
{
  static const char *const names[PV_TRAPS] = {
    [PV_TRAP_SYSCALL] = "system-call",
    [PV_TRAP_UNDEFINED] = "undefined-instruction",
    [PV_TRAP_PREFETCH_ABORT] = "prefetch-abort",
    [PV_TRAP_DATA_ABORT] = "data-abort",
    [PV_TRAP_EVENT] = "event",
  };

  return trap < PV_TRAPS ? names[trap] : NULL;
}

/* Eight hexadecimal digits behind 0x. */
static const char *
hex_word (uint32_t word, char text[11])
{
  text[0] = '0';
  text[1] = 'x';
  for (int i = 9; i >= 2; i--, word >>= 4) {
    text[i] = "0123456789abcdef"[word & 15];
  }
  text[10] = '\0';
  return text;
}

static void
member_word (struct json_writer *out, const char *key, uint32_t word)
{
  char text[11];

  json_member_string (out, key, hex_word (word, text));
}

static bool
is_abort (const struct pv_crash *crash)
{
  return crash->trap == PV_TRAP_PREFETCH_ABORT || crash->trap == PV_TRAP_DATA_ABORT;
}

static void
write_sentence (struct json_writer *out, const struct pv_crash *crash)
{
  const char *reason = reason_name (crash->reason);
  char pc[11], address[11], status[11];

  hex_word (crash->pc, pc);
  json_key (out, "crash_reason");
  if (is_abort (crash)) {
    json_format (out, "%s (pc %s, fault at %s, status %s).", reason, pc,
                 hex_word (crash->fault_address, address), hex_word (crash->fault_status, status));
  } else {
    json_format (out, "%s (pc %s).", reason, pc);
  }
}

static void
write_registers (struct json_writer *out, const struct pv_crash *crash)
{
  static const char *const names[]
      = { "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12" };

  json_key (out, "registers");
  json_begin_object (out);
  for (size_t i = 0; i < ARRAY_LENGTH (names); i++) {
    member_word (out, names[i], crash->r[i]);
  }
  member_word (out, "sp", crash->sp);
  member_word (out, "lr", crash->lr);
  member_word (out, "pc", crash->pc);
  member_word (out, "cpsr", crash->cpsr);
  json_end (out);
}

struct frame {
  uint32_t address, offset;
  char symbol[SYMBOL_NAME_MAX]; /* empty: unknown */
};

/* The calls that led there; what only lr says is left out unless it makes sense. -> their number.
 */
static uint32_t
read_trace (const struct domain *domain, struct frame frames[PV_CRASH_FRAMES])
{
  const struct pv_crash *crash = &domain->info.crash;
  uint32_t image = symbols_of_image (domain->info.image), count = 0;

  for (uint32_t i = 0; i < crash->frames && i < PV_CRASH_FRAMES; i++) {
    struct frame *frame = &frames[count];
    bool perhaps = (crash->trace[i] & PV_CRASH_PERHAPS) != 0;

    frame->address = crash->trace[i] & ~PV_CRASH_PERHAPS;
    if (image == UINT32_MAX
        || !symbols_find (image, frame->address, frame->symbol, &frame->offset)) {
      frame->symbol[0] = '\0';
    }
    if (!perhaps
        || (count > 0 && frame->symbol[0] != '\0'
            && strcmp (frame->symbol, frames[count - 1].symbol) != 0)) {
      count++;
    }
  }
  return count;
}

static void
write_backtrace (struct json_writer *out, const struct domain *domain)
{
  struct frame frames[PV_CRASH_FRAMES];
  uint32_t count = read_trace (domain, frames);

  json_key (out, "backtrace");
  json_begin_array (out);
  for (uint32_t i = 0; i < count; i++) {
    json_begin_object (out);
    member_word (out, "address", frames[i].address);
    if (frames[i].symbol[0] != '\0') {
      json_member_field (out, "symbol", frames[i].symbol, sizeof frames[i].symbol);
      json_member_uint (out, "offset", frames[i].offset);
    }
    json_end (out);
  }
  json_end (out);
}

/* The last lines; not the rest of one whose start is further back. */
static void
write_console (struct json_writer *out, const struct domain *domain)
{
  uint64_t bytes = domain->info.console_bytes;
  uint64_t since = bytes > CONSOLE_BYTES ? bytes - CONSOLE_BYTES : 0;
  struct port_console position;
  const char *text;
  long length = console_read (domain->id, since, &text, &position), skip = 0;

  if (length < 0) {
    return;
  }
  while (since > 0 && skip < length && text[skip] != '\n') {
    skip++;
  }
  skip = skip < length ? skip + (since > 0) : 0; /* one line longer than all of it */
  json_key (out, "console");
  json_text (out, text + skip, (size_t)(length - skip));
}

void
crash_write (struct json_writer *out, const struct domain *domain)
{
  const struct pv_crash *crash = &domain->info.crash;
  bool user = (crash->cpsr & PV_CPSR_MODE) == PV_CPSR_USER;
  const char *trap = trap_name (crash->trap);

  write_sentence (out, crash);
  json_key (out, "crash");
  json_begin_object (out);
  json_member_string (out, "reason", reason_name (crash->reason));
  json_member_uint (out, "vcpu", crash->vcpu);
  json_member_string (out, "mode", user ? "user" : "kernel");
  if (trap != NULL) {
    json_member_string (out, "trap", trap);
  }
  if (is_abort (crash)) {
    member_word (out, "fault_address", crash->fault_address);
    member_word (out, "fault_status", crash->fault_status);
  }
  write_registers (out, crash);
  write_backtrace (out, domain);
  write_console (out, domain);
  json_end (out);
}
