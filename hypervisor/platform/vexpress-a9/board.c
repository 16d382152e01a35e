/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Versatile Express: log, clock and timer, interrupts, memory, power. */
#include "arch/arch.h"
#include "arch/arm/cp15.h"
#include "core/timer.h"
#include "platform/platform.h"
#include "board.h"
#include "registers.h"
#include "virtqueue.h"

#define UART_DATA    0x00
#define UART_FLAGS   0x18
#define UART_TX_FULL 0x20

#define GICC_CTLR      0x00
#define GICC_PMR       0x04
#define GICC_IAR       0x0c
#define GICC_EOIR      0x10
#define GICD_CTLR      0x000
#define GICD_ISENABLER 0x100
#define GICD_IPRIORITY 0x400
#define GICD_ITARGETS  0x800
#define GICD_SGIR      0xf00
#define SPURIOUS       1020u
#define SIGNALS        16u /* interrupts of one processor to another */

#define SCU_CONTROL 0x0
#define SCU_CONFIG  0x4
#define SYS_FLAGS_CLEAR 0x4 /* behind BOARD_SYS_FLAGS, which sets */

#define GLOBAL_LOW     0x00
#define GLOBAL_HIGH    0x04
#define GLOBAL_CONTROL 0x08
#define TIMER_LOAD     0x00
#define TIMER_CONTROL  0x08
#define TIMER_STATUS   0x0c
#define TIMER_ENABLE   1u
#define TIMER_IRQ      4u
#define TIMER_LONGEST  0x7fffffffu

#define SYS_POWER_OFF 0xc0800000u

void
hv_platform_log (const char *text, uint32_t length)
{
  for (uint32_t i = 0; i < length; i++) {
    if (text[i] == '\n') {
      while (*hv_device (BOARD_UART0 + UART_FLAGS) & UART_TX_FULL)
        continue;
      *hv_device (BOARD_UART0 + UART_DATA) = '\r';
    }
    while (*hv_device (BOARD_UART0 + UART_FLAGS) & UART_TX_FULL)
      continue;
    *hv_device (BOARD_UART0 + UART_DATA) = (uint8_t)text[i];
  }
}

void
hv_platform_power_off (void)
{
  *hv_device (BOARD_SYS_CFGCTRL) = SYS_POWER_OFF;
  for (;;)
    hv_wfi ();
}

uint64_t
hv_platform_ticks (void)
{
  volatile uint32_t *timer = hv_cpu_device (BOARD_GLOBAL_TIMER);
  uint32_t high, low;
  do {
    high = timer[GLOBAL_HIGH / 4];
    low = timer[GLOBAL_LOW / 4];
  } while (high != timer[GLOBAL_HIGH / 4]);
  return (uint64_t)high << 32 | low;
}

uint32_t
hv_platform_ticks_low (void)
{
  return *hv_cpu_device (BOARD_GLOBAL_TIMER + GLOBAL_LOW);
}

void
hv_platform_timer_set (uint64_t deadline)
{
  volatile uint32_t *timer = hv_cpu_device (BOARD_PRIVATE_TIMER);
  uint64_t now = hv_platform_ticks ();
  uint64_t ticks = deadline > now ? deadline - now : 1;
  timer[TIMER_CONTROL / 4] = 0;
  timer[TIMER_LOAD / 4] = ticks < TIMER_LONGEST ? (uint32_t)ticks : TIMER_LONGEST;
  timer[TIMER_CONTROL / 4] = TIMER_ENABLE | TIMER_IRQ;
}

static void
handle (uint32_t irq)
{
  if (irq == BOARD_IRQ_PRIVATE_TIMER) {
    *hv_cpu_device (BOARD_PRIVATE_TIMER + TIMER_STATUS) = 1;
    hv_timers_run ();
  } else if (irq == BOARD_IRQ_KEYBOARD || irq == BOARD_IRQ_MOUSE) {
    hv_platform_input_interrupt (irq);
  } else if (irq - BOARD_IRQ_VIRTIO < BOARD_VIRTIO_SLOTS) {
    hv_virtio_interrupt (irq - BOARD_IRQ_VIRTIO);
  }
}

uint32_t
hv_platform_interrupts (void)
{
  uint32_t count = 0;
  for (;;) {
    uint32_t acknowledged = *hv_cpu_device (BOARD_GIC_CPU + GICC_IAR);
    uint32_t irq = acknowledged & 0x3ff;
    if (irq >= SPURIOUS)
      return count;
    handle (irq);
    *hv_cpu_device (BOARD_GIC_CPU + GICC_EOIR) = acknowledged;
    count++;
  }
}

static void
enable_interrupt (uint32_t irq)
{
  *hv_cpu_device (BOARD_GIC_DIST + GICD_ISENABLER + irq / 32 * 4) = 1u << (irq & 31);
}

/* The board does not say how much DRAM it has: what is not there does not keep what is written. */
uint32_t
hv_platform_memory (void)
{
  uint32_t bytes = 0;
  while (bytes < BOARD_DRAM_MAX) {
    volatile uint32_t *word = hv_frame_address ((BOARD_DRAM + bytes) >> HV_PAGE_SHIFT);
    word[0] = 0x5aa5c33c;
    word[1] = 0;
    if (word[0] != 0x5aa5c33c)
      break;
    word[0] = 0;
    bytes += 0x100000;
  }
  return bytes;
}

/* These registers are each processor's own. */
void
hv_platform_init_cpu (void)
{
  *hv_cpu_device (BOARD_GIC_DIST + GICD_ISENABLER) = (1u << SIGNALS) - 1;
  enable_interrupt (BOARD_IRQ_PRIVATE_TIMER);
  *hv_cpu_device (BOARD_GIC_CPU + GICC_PMR) = 0xff;
  *hv_cpu_device (BOARD_GIC_CPU + GICC_CTLR) = 1;
}

uint32_t
hv_platform_cpus (void)
{
  return (*hv_cpu_device (BOARD_SCU + SCU_CONFIG) & 3) + 1;
}

void
hv_platform_signal (uint32_t processors)
{
  *hv_cpu_device (BOARD_GIC_DIST + GICD_SGIR) = processors << 16;
}

void
hv_platform_start_cpus (uint32_t entry)
{
  *hv_device (BOARD_SYS_FLAGS + SYS_FLAGS_CLEAR) = UINT32_MAX;
  *hv_device (BOARD_SYS_FLAGS) = entry;
  *hv_cpu_device (BOARD_GIC_DIST + GICD_SGIR) = 1u << 24; /* to all but this one */
}

void
hv_platform_init (void)
{
  *hv_cpu_device (BOARD_GLOBAL_TIMER + GLOBAL_CONTROL) = TIMER_ENABLE;
  *hv_cpu_device (BOARD_GIC_DIST + GICD_CTLR) = 1;
  for (uint32_t irq = 32; irq < BOARD_IRQS; irq += 4)
    *hv_cpu_device (BOARD_GIC_DIST + GICD_ITARGETS + irq) = 0x01010101;
  enable_interrupt (BOARD_IRQ_KEYBOARD);
  enable_interrupt (BOARD_IRQ_MOUSE);
  for (uint32_t slot = 0; slot < BOARD_VIRTIO_SLOTS; slot++)
    enable_interrupt (BOARD_IRQ_VIRTIO + slot);
  *hv_cpu_device (BOARD_SCU + SCU_CONTROL) |= 1; /* keeps the caches coherent */
  hv_platform_init_cpu ();
}
