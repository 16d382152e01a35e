/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Talks: reads lines from the console and does what they say. */
#include "user.h"

long user_access (uint32_t address, uint32_t write, uint32_t *result);

struct command {
  const char *name, *help;
  void (*run) (const char *argument);
};

static const char *
fault_name (uint32_t status)
{
  switch (status & 0x40f) {
  case 0x005:
  case 0x007:
    return "translation fault: nothing is mapped there";
  case 0x009:
  case 0x00b:
    return "domain fault: it belongs to the guest's kernel";
  case 0x00d:
  case 0x00f:
    return "permission fault: it belongs to the hypervisor, or is read-only";
  default:
    return "fault";
  }
}

static bool
number (const char *text, uint32_t *value)
{
  uint32_t base = 10;
  *value = 0;
  if (text[0] == '0' && text[1] == 'x') {
    base = 16;
    text += 2;
  }
  if (!*text)
    return false;
  for (; *text; text++) {
    uint32_t digit
        = *text >= 'a' && *text <= 'f' ? (uint32_t)(*text - 'a') + 10 : (uint32_t)(*text - '0');
    if (digit >= base)
      return false;
    *value = *value * base + digit;
  }
  return true;
}

static void
access_memory (const char *argument, uint32_t write)
{
  uint32_t address, result = 0;
  if (!number (argument, &address) || (address & 3) != 0) {
    print ("an address is a multiple of 4, such as 0xc0000000\n");
    return;
  }
  long status = user_access (address, write, &result);
  if (status != 0)
    print ("%08x: %s (status %03x)\n", result, fault_name ((uint32_t)status), (uint32_t)status);
  else if (write)
    print ("%08x: written\n", address);
  else
    print ("%08x: %08x\n", address, result);
}

static void
peek (const char *argument)
{
  access_memory (argument, 0);
}

static void
poke (const char *argument)
{
  access_memory (argument, 1);
}

static void
ps (const char *argument)
{
  static const char *const states[] = { "free", "ready", "sleeping", "reading" };
  struct process_info info[8];
  long count = sys3 (SYS_list, (uint32_t)info, 8, 0);
  (void)argument;
  print ("  PID STATE      MEMORY     CPU  NAME\n");
  for (long i = 0; i < count; i++)
    print ("%5u %-9s %4u KiB %4u.%01u s  %s\n", info[i].pid, states[info[i].state & 3],
           info[i].pages * 4, info[i].cpu_ms / 1000, info[i].cpu_ms / 100 % 10, info[i].name);
}

static void
show_uptime (const char *argument)
{
  uint32_t seconds = uptime_ms () / 1000;
  (void)argument;
  print ("up %u:%02u:%02u\n", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

static void
echo (const char *argument)
{
  print ("%s\n", argument);
}

static void
spin (const char *argument)
{
  uint32_t seconds, start = uptime_ms (), turns = 0;
  if (!number (argument, &seconds) || seconds == 0 || seconds > 3600)
    seconds = 5;
  print ("computing for %u s\n", seconds);
  while (uptime_ms () - start < seconds * 1000)
    for (volatile uint32_t i = 0; i < 10000; i++)
      turns++;
  print ("%u turns\n", turns);
}

static void
memory (const char *argument)
{
  (void)argument;
  print ("%u KiB of %u KiB are free\n", (uint32_t)sys1 (SYS_memory, 0) * 4,
         (uint32_t)sys1 (SYS_memory_total, 0) * 4);
}

static void
run (const char *argument)
{
  char name[NAME_MAX_LENGTH] = "";
  memcpy (name, argument, strlen (argument) < sizeof name ? strlen (argument) : sizeof name - 1);
  long pid = sys1 (SYS_spawn, (uint32_t)name);
  if (pid < 0)
    print ("cannot start '%s': error %d\n", name, (int)pid);
  else
    print ("process %u\n", (uint32_t)pid);
}

static void
kill (const char *argument)
{
  uint32_t pid;
  if (!number (argument, &pid) || sys1 (SYS_kill, pid) < 0)
    print ("there is no process '%s'\n", argument);
}

static void
crash (const char *argument)
{
  (void)argument;
  sys1 (SYS_panic, 0);
}

static void
halt (const char *argument)
{
  (void)argument;
  print ("good bye\n");
  sys1 (SYS_halt, 0);
}

static void help (const char *argument);

static const struct command commands[] = {
  { "help", "this list", help },
  { "ps", "the processes of this guest", ps },
  { "uptime", "time since the hypervisor started", show_uptime },
  { "memory", "memory of this guest", memory },
  { "echo", "TEXT  says it again", echo },
  { "spin", "SECONDS  uses all the processor time it gets", spin },
  { "run", "NAME  starts a program again", run },
  { "kill", "PID  ends a process", kill },
  { "peek", "ADDRESS  tries to read; try 0xc0000000 and 0xfc000000", peek },
  { "poke", "ADDRESS  tries to write", poke },
  { "crash", "ends this guest as a bug in its kernel would", crash },
  { "halt", "shuts this guest down", halt },
};

static void
help (const char *argument)
{
  (void)argument;
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
    print ("  %-8s%s\n", commands[i].name, commands[i].help);
}

static void
execute (const char *line)
{
  size_t length = 0;
  while (line[length] && line[length] != ' ')
    length++;
  const char *argument = line + length + (line[length] == ' ');
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
    if (strlen (commands[i].name) == length && strncmp (line, commands[i].name, length) == 0) {
      commands[i].run (argument);
      return;
    }
  if (length > 0)
    print ("'%s' is not a command; 'help' lists them\n", line);
}

void
user_main (void)
{
  char line[128];
  print ("shell: type 'help'\n");
  for (;;) {
    print ("> ");
    long length = sys3 (SYS_read, 0, (uint32_t)line, sizeof line);
    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == ' '))
      length--;
    line[length > 0 ? length : 0] = 0;
    execute (line);
  }
}
