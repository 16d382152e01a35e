/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The channel to the host: port 1 of a virtio serial device (virtio 1.0, 5.3). Reads come straight
 * from the receive buffers, in order; writes go into free transmit buffers.
 */
#include <stddef.h>
#include <xen/errno.h>
#include "arch/arm/cp15.h"
#include "core/log.h"
#include "platform/platform.h"
#include "board.h"
#include "virtqueue.h"

#define DEVICE_CONSOLE    3u
#define FEATURE_MULTIPORT 2u
#define PORT              1u
#define BUFFERS           8u
#define BUFFER_SIZE       16384u

enum {
  QUEUE_CONTROL_RECEIVE = 2,
  QUEUE_CONTROL_SEND = 3,
  QUEUE_RECEIVE = 4,
  QUEUE_SEND = 5,
  QUEUES
};
enum { DEVICE_READY = 0, DEVICE_ADD = 1, PORT_READY = 3, PORT_OPEN = 6 };

struct control_message {
  uint32_t port;
  uint16_t event, value;
};

static struct hv_virtqueue queue[QUEUES];
static struct control_message control_in[BUFFERS], control_out[BUFFERS];
static uint8_t receive_buffer[BUFFERS][BUFFER_SIZE], send_buffer[BUFFERS][BUFFER_SIZE];

static struct {
  volatile uint32_t *registers; /* NULL: there is no device */
  void (*changed) (void);
  bool connected;
  uint32_t control_free; /* bit n: control_out[n] is free */
  uint32_t send_free;    /* bit n: send_buffer[n] is free */
  bool holding;          /* a received buffer is being read: */
  uint32_t held, held_at, held_length;
} channel;

static void
send_control (uint16_t event, uint16_t value)
{
  uint32_t id, length;
  while (hv_virtqueue_take (&queue[QUEUE_CONTROL_SEND], &id, &length))
    channel.control_free |= 1u << id;
  if (channel.control_free == 0)
    return;
  id = (uint32_t)__builtin_ctz (channel.control_free);
  channel.control_free &= ~(1u << id);
  control_out[id] = (struct control_message){ .port = PORT, .event = event, .value = value };
  hv_virtqueue_offer (&queue[QUEUE_CONTROL_SEND], id, &control_out[id], sizeof control_out[id],
                      false);
  hv_virtqueue_kick (&queue[QUEUE_CONTROL_SEND]);
}

static void
receive_control (const struct control_message *message)
{
  if (message->port != PORT)
    return;
  if (message->event == DEVICE_ADD) {
    send_control (PORT_READY, 1);
    send_control (PORT_OPEN, 1);
  } else if (message->event == PORT_OPEN) {
    channel.connected = message->value != 0;
  }
  /* The device looks for input of a host that was there before us when it is told of room. */
  hv_virtqueue_kick (&queue[QUEUE_RECEIVE]);
}

static void
interrupt (void)
{
  uint32_t id, length;
  while (hv_virtqueue_take (&queue[QUEUE_CONTROL_RECEIVE], &id, &length)) {
    if (length >= sizeof control_in[id])
      receive_control (&control_in[id]);
    hv_virtqueue_offer (&queue[QUEUE_CONTROL_RECEIVE], id, &control_in[id], sizeof control_in[id],
                        true);
    hv_virtqueue_kick (&queue[QUEUE_CONTROL_RECEIVE]);
  }
  channel.changed ();
}

static void
reclaim (void)
{
  uint32_t id, length;
  while (hv_virtqueue_take (&queue[QUEUE_SEND], &id, &length))
    channel.send_free |= 1u << id;
}

/* Sending is not waited for, and does not interrupt, until there is no room. */
static bool
have_room (void)
{
  reclaim ();
  hv_virtqueue_interrupt (&queue[QUEUE_SEND], channel.send_free == 0);
  if (channel.send_free == 0)
    reclaim (); /* what was sent just before the interrupt was asked for */
  return channel.send_free != 0;
}

void
hv_platform_channel_init (void (*changed) (void))
{
  channel.changed = changed;
  volatile uint32_t *registers = hv_virtio_find (DEVICE_CONSOLE, interrupt);
  if (!registers || !hv_virtio_begin (registers, FEATURE_MULTIPORT)) {
    hv_log ("there is no channel to the host");
    return;
  }
  for (uint32_t i = QUEUE_CONTROL_RECEIVE; i < QUEUES; i++)
    hv_virtqueue_init (&queue[i], registers, i);
  channel.registers = registers;
  channel.control_free = channel.send_free = (1u << BUFFERS) - 1;
  hv_virtio_ready (registers);
  for (uint32_t i = 0; i < BUFFERS; i++) {
    hv_virtqueue_offer (&queue[QUEUE_CONTROL_RECEIVE], i, &control_in[i], sizeof control_in[i],
                        true);
    hv_virtqueue_offer (&queue[QUEUE_RECEIVE], i, receive_buffer[i], BUFFER_SIZE, true);
  }
  hv_virtqueue_kick (&queue[QUEUE_CONTROL_RECEIVE]);
  hv_virtqueue_kick (&queue[QUEUE_RECEIVE]);
  send_control (DEVICE_READY, 1);
}

bool
hv_platform_channel_connected (void)
{
  return channel.connected;
}

static bool
hold_next (void)
{
  if (channel.holding)
    return true;
  channel.holding = hv_virtqueue_take (&queue[QUEUE_RECEIVE], &channel.held, &channel.held_length);
  channel.held_at = 0;
  if (channel.holding && channel.held_length > BUFFER_SIZE)
    channel.held_length = BUFFER_SIZE;
  return channel.holding;
}

int32_t
hv_platform_channel_read (uint32_t room, hv_channel_copy copy, void *context)
{
  uint32_t done = 0;
  if (!channel.registers)
    return -XEN_ENODEV;
  while (done < room && hold_next ()) {
    uint32_t part = channel.held_length - channel.held_at;
    if (part > room - done)
      part = room - done;
    if (copy (context, done, receive_buffer[channel.held] + channel.held_at, part))
      return done > 0 ? (int32_t)done : -XEN_EFAULT;
    done += part;
    channel.held_at += part;
    if (channel.held_at == channel.held_length) {
      channel.holding = false;
      hv_virtqueue_offer (&queue[QUEUE_RECEIVE], channel.held, receive_buffer[channel.held],
                          BUFFER_SIZE, true);
      hv_virtqueue_kick (&queue[QUEUE_RECEIVE]);
    }
  }
  return (int32_t)done;
}

int32_t
hv_platform_channel_write (uint32_t length, hv_channel_copy copy, void *context)
{
  uint32_t done = 0;
  if (!channel.registers)
    return -XEN_ENODEV;
  while (done < length && channel.connected && have_room ()) {
    uint32_t id = (uint32_t)__builtin_ctz (channel.send_free);
    uint32_t part = length - done < BUFFER_SIZE ? length - done : BUFFER_SIZE;
    if (copy (context, done, send_buffer[id], part))
      return done > 0 ? (int32_t)done : -XEN_EFAULT;
    channel.send_free &= ~(1u << id);
    hv_virtqueue_offer (&queue[QUEUE_SEND], id, send_buffer[id], part, false);
    hv_virtqueue_kick (&queue[QUEUE_SEND]);
    done += part;
  }
  return (int32_t)done;
}
