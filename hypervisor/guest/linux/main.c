/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the first instruction to /sbin/init. */
#include "archive.h"
#include "disk.h"
#include "events.h"
#include "exec.h"
#include "page.h"
#include "path.h"
#include "proc.h"
#include "task.h"
#include "tty.h"

extern const char pv_memory_end[];

void
kernel_notice (const char *text)
{
  char line[200];
  pv_snprintf (line, sizeof line, "\r\n%s\r\n", text);
  tty_print (line);
}

void
exec_first_ended (uint32_t status)
{
  char text[80];
  bool signal = (status & 0x7f) != 0;
  pv_snprintf (text, sizeof text, "kernel: the first process has ended, %s %u",
               signal ? "signal" : "status", signal ? status & 0x7f : status >> 8);
  kernel_notice (text);
  pv_shutdown (status == 0 ? SHUTDOWN_poweroff : SHUTDOWN_crash);
}

/* The archive lies behind .bss, where the packer has put it; its pages are memory afterwards. */
static void
unpack_root (void)
{
  const struct pv_image_header *header = (const struct pv_image_header *)PV_KERNEL_START;
  uint32_t start = ((uint32_t)pv_memory_end + PV_PAGE_SIZE - 1) & ~(PV_PAGE_SIZE - 1u);
  if (header->file_end <= start)
    pv_panic ("no root file system was packed with this kernel");
  const char *error = archive_unpack ((const char *)(uintptr_t)start, header->file_end - start);
  if (error)
    pv_panic ("the root file system cannot be unpacked: %s", error);
  memory_give ((start - PV_KERNEL_START) / PV_PAGE_SIZE,
               (header->file_end - start + PV_PAGE_SIZE - 1) / PV_PAGE_SIZE);
}

/* The first process finds the console open three times. */
static void
open_console (struct task *task)
{
  struct node *node;
  struct file *file;
  int error = path_find (node_root, "/dev/console", true, &node);
  if (!error)
    error = file_open (node, O_RDWR, &file);
  for (uint32_t i = 0; !error && i < 3; i++) {
    if (i > 0)
      file_hold (file);
    files_add (task->files, file, i, false);
  }
  if (error)
    pv_panic ("/dev/console cannot be opened: %d", error);
  node_drop (node);
}

static void
start_first (void)
{
  static struct exec_strings strings = {
    .text = { "/sbin/init", "HOME=/root", "TERM=xterm", "PATH=/sbin:/usr/sbin:/bin:/usr/bin" },
    .arguments = 1,
    .environment = 3,
  };
  struct task *task = task_first ();
  open_console (task);
  task_current = task;
  int error = exec_run ("/sbin/init", &strings, &task->context);
  if (error)
    pv_panic ("/sbin/init cannot be started: %d", error);
  space_use_none ();
  task_current = NULL;
  task->state = TASK_READY;
}

void
pv_main (const struct pv_start_info *info)
{
  memory_init ();
  page_init ();
  node_init ();
  tty_init ();
  events_init ();
  disk_init ();
  unpack_root ();
  proc_init ();
  pv_printf (
      "kernel: domain %u (%s), %u KiB, %u KiB free; programs are Linux' for the ARM EABI\r\n",
      info->domid, info->image, info->pages * 4, memory_free () * 4);
  start_first ();
  task_run_first ();
}
