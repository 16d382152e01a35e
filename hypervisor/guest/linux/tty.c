/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty.h"

#include <asm/ioctls.h>
#include <asm/signal.h>
#include <asm/termbits.h>
#include <asm/termios.h>
#include <linux/poll.h>
#include "random.h"
#include "task.h"

#define INPUT_BYTES 1024u
#define INPUT_ROOM  (INPUT_BYTES - 8) /* for an end of line always */

/* What was typed and is ready to be read; then the line that is being edited. */
static char input[INPUT_BYTES];
static uint32_t ready, length;
static bool end_of_file; /* control-D at the start of a line */

static struct termios settings;
static struct winsize size = { .ws_row = 24, .ws_col = 80 };
static uint32_t session, foreground;

void
tty_print (const char *text)
{
  pv_console_write (text, strlen (text));
}

static void
put (const char *text, uint32_t count)
{
  char out[256];
  uint32_t at = 0;
  bool newline = (settings.c_oflag & OPOST) != 0 && (settings.c_oflag & ONLCR) != 0;
  for (uint32_t i = 0; i < count; i++) {
    if (at + 2 > sizeof out) {
      pv_console_write (out, at);
      at = 0;
    }
    if (newline && text[i] == '\n')
      out[at++] = '\r';
    out[at++] = text[i];
  }
  pv_console_write (out, at);
}

static void
echo (char byte)
{
  char shown[2] = { '^', (char)(byte ^ 0x40) };
  if ((settings.c_lflag & ECHO) == 0 && !(byte == '\n' && (settings.c_lflag & ECHONL) != 0))
    return;
  if (((uint8_t)byte < ' ' && byte != '\n' && byte != '\t') || byte == 0x7f)
    put (shown, 2);
  else
    put (&byte, 1);
}

/* ---- input ---- */

/* Bytes beyond ASCII that go on a character do not have a place of their own on the screen. */
static void
erase (void)
{
  char gone;
  if (length == ready)
    return;
  do
    gone = input[--length];
  while (length > ready && ((uint8_t)gone & 0xc0) == 0x80);
  if ((settings.c_lflag & ECHO) != 0)
    put ((uint8_t)gone < ' ' ? "\b\b  \b\b" : "\b \b", (uint8_t)gone < ' ' ? 6 : 3);
}

static bool
is_signal (char byte)
{
  uint32_t number = 0;
  if ((settings.c_lflag & ISIG) == 0 || byte == 0)
    return false;
  if (byte == (char)settings.c_cc[VINTR])
    number = SIGINT;
  else if (byte == (char)settings.c_cc[VQUIT])
    number = SIGQUIT;
  else if (byte == (char)settings.c_cc[VSUSP])
    number = SIGTSTP;
  if (number == 0)
    return false;
  echo (byte);
  if ((settings.c_lflag & NOFLSH) == 0)
    length = ready;
  signal_send_group (foreground, number);
  return true;
}

static void
edit (char byte)
{
  const uint8_t *keys = settings.c_cc;
  if (byte == (char)keys[VERASE] || byte == '\b') {
    erase ();
  } else if (byte == (char)keys[VKILL]) {
    while (length > ready)
      erase ();
  } else if (byte == (char)keys[VEOF]) {
    end_of_file = length == ready;
    ready = length;
  } else if (byte == '\n') {
    echo (byte);
    input[length++] = byte;
    ready = length;
  } else if (length < INPUT_ROOM) {
    echo (byte);
    input[length++] = byte;
  }
}

static void
type (char byte)
{
  if (byte == '\r' && (settings.c_iflag & ICRNL) != 0)
    byte = '\n';
  else if (byte == '\n' && (settings.c_iflag & INLCR) != 0)
    byte = '\r';
  if (is_signal (byte))
    return;
  if ((settings.c_lflag & ICANON) != 0) {
    edit (byte);
    return;
  }
  echo (byte);
  input[length++] = byte;
  ready = length;
}

/* What does not fit stays with the hypervisor until there is room. */
static void
take_input (void)
{
  char byte;
  bool typed = false;
  while ((length < INPUT_ROOM || ((settings.c_lflag & ICANON) != 0 && length > ready))
         && pv_console_read (&byte, 1) == 1) {
    type (byte);
    typed = true;
  }
  if (typed)
    task_wake (&settings);
}

static void
on_input (uint32_t port, void *data)
{
  (void)port;
  (void)data;
  random_stir ();
  take_input ();
}

void
tty_init (void)
{
  static const uint8_t keys[]
      = { [VINTR] = 3, [VQUIT] = 28, [VERASE] = 127, [VKILL] = 21, [VEOF] = 4,
          [VMIN] = 1,  [VSUSP] = 26, [VSTART] = 17,  [VSTOP] = 19 };
  settings.c_iflag = ICRNL | IXON;
  settings.c_oflag = OPOST | ONLCR;
  settings.c_cflag = B38400 | CS8 | CREAD | HUPCL;
  settings.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | IEXTEN;
  memcpy (settings.c_cc, keys, sizeof keys);
  pv_event_set_handler (pv_start->console_port, on_input, NULL);
}

/* ---- as a file ---- */

static bool
in_background (void)
{
  return session != 0 && task_current->session == session && task_current->group != foreground;
}

static int
tty_open (struct file *file)
{
  file->data = &settings; /* what is waited for */
  struct task *task = task_current;
  if (session == 0 && task && task->session == task->pid && (file->flags & O_NOCTTY) == 0) {
    session = task->session;
    foreground = task->group;
  }
  return 0;
}

static void
remove_input (uint32_t count)
{
  memmove (input, input + count, length - count);
  length -= count;
  ready -= count;
}

static long
tty_read (struct file *file, void *buffer, uint32_t room)
{
  uint32_t count = 0;
  (void)file;
  if (in_background ()) {
    if (!signal_would_act (task_current, SIGTTIN))
      return -EIO;
    signal_send_group (task_current->group, SIGTTIN);
    return TASK_RESTART;
  }
  take_input ();
  if (ready == 0) {
    if (!end_of_file)
      return (settings.c_lflag & ICANON) == 0 && settings.c_cc[VMIN] == 0 ? 0 : -EAGAIN;
    end_of_file = false;
    return 0;
  }
  while (count < room && count < ready) {
    ((char *)buffer)[count] = input[count];
    if (input[count++] == '\n' && (settings.c_lflag & ICANON) != 0)
      break;
  }
  remove_input (count);
  take_input ();
  return (long)count;
}

static long
tty_write (struct file *file, const void *buffer, uint32_t count)
{
  (void)file;
  if ((settings.c_lflag & TOSTOP) != 0 && in_background ()
      && signal_would_act (task_current, SIGTTOU)) {
    signal_send_group (task_current->group, SIGTTOU);
    return TASK_RESTART;
  }
  put (buffer, count);
  return (long)count;
}

static uint32_t
tty_poll (struct file *file)
{
  (void)file;
  take_input ();
  return POLLOUT | POLLWRNORM | (ready > 0 || end_of_file ? POLLIN | POLLRDNORM : 0);
}

static void *
argument (uint32_t address, uint32_t bytes, bool write)
{
  if (space_prepare (task_current->space, address, bytes, write) != 0)
    return NULL;
  return (void *)(uintptr_t)address;
}

static long
set_settings (uint32_t address, bool flush)
{
  const struct termios *from = argument (address, sizeof *from, false);
  if (!from)
    return -EFAULT;
  settings = *from;
  if (flush)
    ready = length = 0;
  else if ((settings.c_lflag & ICANON) == 0)
    ready = length; /* what was being edited is input now */
  task_wake (&settings);
  return 0;
}

static long
get (uint32_t address, const void *value, uint32_t bytes)
{
  void *to = argument (address, bytes, true);
  if (!to)
    return -EFAULT;
  memcpy (to, value, bytes);
  return 0;
}

static long
set_foreground (uint32_t address)
{
  const uint32_t *group = argument (address, sizeof *group, false);
  if (!group)
    return -EFAULT;
  if (session == 0 || task_current->session != session)
    return -ENOTTY;
  foreground = *group;
  return 0;
}

static long
take_session (void)
{
  struct task *task = task_current;
  if (task->session != task->pid || (session != 0 && session != task->session))
    return -EPERM;
  session = task->session;
  foreground = task->group;
  return 0;
}

static long
set_size (uint32_t address)
{
  const struct winsize *from = argument (address, sizeof *from, false);
  if (!from)
    return -EFAULT;
  size = *from;
  signal_send_group (foreground, SIGWINCH);
  return 0;
}

static long
tty_control (struct file *file, uint32_t command, uint32_t address)
{
  (void)file;
  switch (command) {
  case TCGETS:
    return get (address, &settings, sizeof settings);
  case TCSETS:
  case TCSETSW:
  case TCSETSF:
    return set_settings (address, command == TCSETSF);
  case TIOCGWINSZ:
    return get (address, &size, sizeof size);
  case TIOCSWINSZ:
    return set_size (address);
  case TIOCGPGRP:
    return session == task_current->session ? get (address, &foreground, sizeof foreground)
                                            : -ENOTTY;
  case TIOCSPGRP:
    return set_foreground (address);
  case TIOCGSID:
    return get (address, &session, sizeof session);
  case TIOCSCTTY:
    return take_session ();
  case TIOCNOTTY:
    if (session == task_current->session)
      session = foreground = 0;
    return 0;
  case FIONREAD:
    return get (address, &ready, sizeof ready);
  case TCSBRK:
  case TCXONC:
    return 0;
  case TCFLSH:
    ready = length = 0;
    return 0;
  default:
    return -ENOTTY;
  }
}

const struct file_ops file_ops_tty = {
  .open = tty_open, .read = tty_read, .write = tty_write, .poll = tty_poll, .control = tty_control
};

void
tty_session_ended (uint32_t ended)
{
  if (ended != session)
    return;
  signal_send_group (foreground, SIGHUP);
  session = foreground = 0;
}

uint32_t
tty_session (void)
{
  return session;
}
