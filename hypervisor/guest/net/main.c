/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that is nothing but a network node: it takes an address, answers pings, serves generated
 * files over HTTP, and does what is typed on its console or stands in its command line (commands
 * apart by semicolons).
 */
#include "device.h"
#include "download.h"
#include "front.h"
#include "ping.h"
#include "pv.h"
#include "server.h"
#include "stack.h"
#include <lwip/ip4_addr.h>

#define LINE_MAX 512

static char hostname[32];
static bool linked;
static uint32_t shown_address;

/* ---- the interface ---- */

static void
on_connected (const uint8_t mac[6])
{
  static bool started;
  pv_printf ("net: interface %02x:%02x:%02x:%02x:%02x:%02x\n", mac[0], mac[1], mac[2], mac[3],
             mac[4], mac[5]);
  if (!started) {
    stack_start (hostname, front_send);
    server_start ();
  }
  stack_link_up (mac);
  if (!started)
    stack_set_address (&(struct stack_address){ 0 });
  started = linked = true;
}

static void
on_disconnected (void)
{
  pv_printf ("net: the interface is gone\n");
  linked = false;
  stack_link_down ();
}

static const struct front_user user = {
  .connected = on_connected,
  .disconnected = on_disconnected,
  .receive = stack_input,
};

static void
show_address (void)
{
  struct stack_address now = stack_get_address ();
  pv_printf ("net: address %s", stack_address_text (now.address));
  pv_printf (" netmask %s", stack_address_text (now.netmask));
  pv_printf (" gateway %s\n", stack_address_text (now.gateway));
}

/* ---- commands ---- */

/* The next word of *text, ended by a zero; *text goes behind it. */
static char *
word (char **text)
{
  char *start = *text, *at;
  while (*start == ' ')
    start++;
  for (at = start; *at && *at != ' '; at++)
    continue;
  *text = *at ? at + 1 : at;
  *at = 0;
  return start;
}

static uint32_t
number (const char *text)
{
  uint32_t value = 0;
  for (; *text >= '0' && *text <= '9'; text++)
    value = value * 10 + (uint32_t)(*text - '0');
  return value;
}

static bool
address (const char *text, uint32_t *value)
{
  ip4_addr_t parsed;
  if (!ip4addr_aton (text, &parsed))
    return false;
  *value = parsed.addr;
  return true;
}

static bool
ready (void)
{
  if (!linked || stack_get_address ().address == 0) {
    pv_printf ("net: there is no address yet\n");
    return false;
  }
  return true;
}

static void
do_address (char *argument)
{
  struct stack_address wanted = { 0 };
  char *first = word (&argument), *second = word (&argument), *third = word (&argument);
  if (!*first) {
    show_address ();
    return;
  }
  if (!linked
      || (strcmp (first, "dhcp") != 0
          && (!address (first, &wanted.address) || !address (second, &wanted.netmask)
              || (*third && !address (third, &wanted.gateway))))) {
    pv_printf ("address: ADDRESS NETMASK [GATEWAY], or dhcp\n");
    return;
  }
  stack_set_address (&wanted);
}

static void
do_ping (char *argument)
{
  char *to = word (&argument);
  uint32_t count = number (word (&argument)), target;
  if (!address (to, &target))
    pv_printf ("ping: ADDRESS [COUNT]\n");
  else if (ready ())
    ping_start (target, count > 0 ? count : 4);
}

static void
do_get (char *argument)
{
  if (ready ())
    download_start (word (&argument));
}

static void
do_halt (char *argument)
{
  (void)argument;
  pv_shutdown (SHUTDOWN_poweroff);
}

static void do_help (char *argument);

static const struct command {
  const char *name, *help;
  void (*run) (char *argument);
} commands[] = {
  { "help", "this list", do_help },
  { "get", "URL  fetches http://HOST[:PORT][/PATH]: its length, time and SHA-256", do_get },
  { "ping", "ADDRESS [COUNT]  asks a machine for an echo", do_ping },
  { "address", "[ADDRESS NETMASK [GATEWAY] | dhcp]  shows or sets the address", do_address },
  { "halt", "shuts this guest down", do_halt },
};

static void
do_help (char *argument)
{
  (void)argument;
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
    pv_printf ("  %-8s%s\n", commands[i].name, commands[i].help);
  pv_printf ("  http://%s/bytes/N serves N bytes\n",
             stack_address_text (stack_get_address ().address));
}

static void
execute (char *line)
{
  char *name = word (&line);
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
    if (strcmp (name, commands[i].name) == 0) {
      commands[i].run (line);
      return;
    }
  if (*name)
    pv_printf ("'%s' is not a command; 'help' lists them\n", name);
}

/* ---- what waits to be done ---- */

/* Commands of the command line run one after the other, each when the one before is through. */
static char script[sizeof pv_start->command_line];
static char *next_command = script;

static void
run_script (void)
{
  char *start = next_command, *end = start;
  if (!*start || !linked || stack_get_address ().address == 0 || download_running ()
      || ping_running ())
    return;
  while (*end && *end != ';')
    end++;
  next_command = *end ? end + 1 : end;
  *end = 0;
  execute (start);
}

static void
read_console (void)
{
  static char line[LINE_MAX];
  static size_t used;
  char byte;
  while (pv_console_read (&byte, 1) == 1) {
    if (byte == '\n' || byte == '\r') {
      line[used] = 0;
      pv_printf ("\n");
      execute (line);
      used = 0;
    } else if ((byte == 0x7f || byte == '\b') && used > 0) {
      used--;
      pv_console_write ("\b \b", 3);
    } else if (byte >= ' ' && byte < 0x7f && used + 1 < sizeof line) {
      line[used++] = byte;
      pv_console_write (&byte, 1);
    }
  }
}

static void
on_event (uint32_t port, void *data)
{
  (void)port;
  (void)data;
}

static void
shut_down (uint32_t port, void *data)
{
  (void)port;
  (void)data;
  pv_shutdown (SHUTDOWN_poweroff);
}

static uint64_t
earlier (uint64_t a, uint64_t b)
{
  return a == 0 || (b != 0 && b < a) ? b : a;
}

static uint64_t
work (void)
{
  uint64_t deadline = linked ? stack_poll () : 0;
  if (stack_get_address ().address != shown_address) {
    shown_address = stack_get_address ().address;
    show_address ();
  }
  read_console ();
  run_script ();
  download_poll ();
  return earlier (deadline, ping_poll ());
}

void
pv_main (const struct pv_start_info *info)
{
  memcpy (hostname, info->image, sizeof hostname - 1);
  memcpy (script, info->command_line, sizeof script - 1);
  pv_printf ("net: domain %u, type 'help'\n", info->domid);
  pv_event_set_handler (info->console_port, on_event, NULL);
  pv_event_bind_virq (VIRQ_TIMER, on_event, NULL);
  pv_event_bind_virq (PV_VIRQ_SHUTDOWN, shut_down, NULL);
  pv_watchdog_init ();
  pv_suspend_init ();
  front_register (&user);
  pv_devices_start ();
  for (;;)
    pv_event_wait (work ());
}
