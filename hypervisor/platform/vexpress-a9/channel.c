/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The channels to the host: ports 1 and 2 of a virtio serial device (virtio 1.0, 5.3). Reads come
 * straight from the receive buffers, in order; writes go into free transmit buffers.
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
#define BUFFERS           8u
#define BUFFER_SIZE       16384u

/* Port 0 has queues 0 and 1, control messages 2 and 3, port 1 has 4 and 5, and so on. */
enum { QUEUE_CONTROL_RECEIVE = 2, QUEUE_CONTROL_SEND = 3, QUEUE_FIRST_PORT = 4 };
enum { DEVICE_READY = 0, DEVICE_ADD = 1, PORT_READY = 3, PORT_OPEN = 6 };

struct control_message {
  uint32_t port;
  uint16_t event, value;
};

static struct hv_virtqueue control_receive, control_send;
static struct control_message control_in[BUFFERS], control_out[BUFFERS];

static struct {
  volatile uint32_t *registers; /* NULL: there is no device */
  void (*changed) (void);
  uint32_t control_free; /* bit n: control_out[n] is free */
} device;

static struct channel {
  bool connected;
  uint32_t send_free; /* bit n: send_buffer[n] is free */
  bool holding;       /* a received buffer is being read: */
  uint32_t held, held_at, held_length;
  struct hv_virtqueue receive, send;
  uint8_t receive_buffer[BUFFERS][BUFFER_SIZE], send_buffer[BUFFERS][BUFFER_SIZE];
} channels[HV_CHANNELS]; /* channel n is port n + 1 */

static void
send_control (uint32_t port, uint16_t event, uint16_t value)
{
  uint32_t id, length;
  while (hv_virtqueue_take (&control_send, &id, &length))
    device.control_free |= 1u << id;
  if (device.control_free == 0)
    return;
  id = (uint32_t)__builtin_ctz (device.control_free);
  device.control_free &= ~(1u << id);
  control_out[id] = (struct control_message){ .port = port, .event = event, .value = value };
  hv_virtqueue_offer (&control_send, id, &control_out[id], sizeof control_out[id], false);
  hv_virtqueue_kick (&control_send);
}

static void
receive_control (const struct control_message *message)
{
  uint32_t port = message->port;
  if (port < 1 || port > HV_CHANNELS)
    return;
  if (message->event == DEVICE_ADD) {
    send_control (port, PORT_READY, 1);
    send_control (port, PORT_OPEN, 1);
  } else if (message->event == PORT_OPEN) {
    channels[port - 1].connected = message->value != 0;
  }
  /* The device looks for input of a host that was there before us when it is told of room. */
  hv_virtqueue_kick (&channels[port - 1].receive);
}

static void
take_control (void)
{
  uint32_t id, length;
  while (hv_virtqueue_take (&control_receive, &id, &length)) {
    if (length >= sizeof control_in[id])
      receive_control (&control_in[id]);
    hv_virtqueue_offer (&control_receive, id, &control_in[id], sizeof control_in[id], true);
    hv_virtqueue_kick (&control_receive);
  }
}

static void
interrupt (void)
{
  take_control ();
  device.changed ();
}

static void
reclaim (struct channel *channel)
{
  uint32_t id, length;
  while (hv_virtqueue_take (&channel->send, &id, &length))
    channel->send_free |= 1u << id;
}

/* Sending is not waited for, and does not interrupt, until there is no room. */
static bool
have_room (struct channel *channel)
{
  reclaim (channel);
  hv_virtqueue_interrupt (&channel->send, channel->send_free == 0);
  if (channel->send_free == 0)
    reclaim (channel); /* what was sent just before the interrupt was asked for */
  return channel->send_free != 0;
}

static void
start_channel (struct channel *channel, uint32_t number)
{
  channel->send_free = (1u << BUFFERS) - 1;
  hv_virtqueue_init (&channel->receive, device.registers, QUEUE_FIRST_PORT + 2 * number);
  hv_virtqueue_init (&channel->send, device.registers, QUEUE_FIRST_PORT + 2 * number + 1);
}

static void
offer_buffers (struct channel *channel)
{
  for (uint32_t i = 0; i < BUFFERS; i++)
    hv_virtqueue_offer (&channel->receive, i, channel->receive_buffer[i], BUFFER_SIZE, true);
  hv_virtqueue_kick (&channel->receive);
}

void
hv_platform_channel_init (void (*changed) (void))
{
  device.changed = changed;
  volatile uint32_t *registers = hv_virtio_find (DEVICE_CONSOLE, interrupt);
  if (!registers || !hv_virtio_begin (registers, FEATURE_MULTIPORT)) {
    hv_log ("there is no channel to the host");
    return;
  }
  device.registers = registers;
  device.control_free = (1u << BUFFERS) - 1;
  hv_virtqueue_init (&control_receive, registers, QUEUE_CONTROL_RECEIVE);
  hv_virtqueue_init (&control_send, registers, QUEUE_CONTROL_SEND);
  for (uint32_t i = 0; i < HV_CHANNELS; i++)
    start_channel (&channels[i], i);
  hv_virtio_ready (registers);
  for (uint32_t i = 0; i < BUFFERS; i++)
    hv_virtqueue_offer (&control_receive, i, &control_in[i], sizeof control_in[i], true);
  hv_virtqueue_kick (&control_receive);
  for (uint32_t i = 0; i < HV_CHANNELS; i++)
    offer_buffers (&channels[i]);
  send_control (0, DEVICE_READY, 1);
}

bool
hv_platform_channel_connected (uint32_t number)
{
  /* What has been received before may be of a connection whose interrupt is still to come. */
  if (device.registers)
    take_control ();
  return channels[number].connected;
}

static bool
hold_next (struct channel *channel)
{
  if (channel->holding)
    return true;
  channel->holding = hv_virtqueue_take (&channel->receive, &channel->held, &channel->held_length);
  channel->held_at = 0;
  if (channel->holding && channel->held_length > BUFFER_SIZE)
    channel->held_length = BUFFER_SIZE;
  return channel->holding;
}

int32_t
hv_platform_channel_read (uint32_t number, uint32_t room, hv_channel_copy copy, void *context)
{
  struct channel *channel = &channels[number];
  uint32_t done = 0;
  if (!device.registers)
    return -XEN_ENODEV;
  while (done < room && hold_next (channel)) {
    uint8_t *buffer = channel->receive_buffer[channel->held];
    uint32_t part = channel->held_length - channel->held_at;
    if (part > room - done)
      part = room - done;
    if (copy (context, done, buffer + channel->held_at, part))
      return done > 0 ? (int32_t)done : -XEN_EFAULT;
    done += part;
    channel->held_at += part;
    if (channel->held_at == channel->held_length) {
      channel->holding = false;
      hv_virtqueue_offer (&channel->receive, channel->held, buffer, BUFFER_SIZE, true);
      hv_virtqueue_kick (&channel->receive);
    }
  }
  return (int32_t)done;
}

int32_t
hv_platform_channel_write (uint32_t number, uint32_t length, hv_channel_copy copy, void *context)
{
  struct channel *channel = &channels[number];
  uint32_t done = 0;
  if (!device.registers)
    return -XEN_ENODEV;
  while (done < length && channel->connected && have_room (channel)) {
    uint32_t id = (uint32_t)__builtin_ctz (channel->send_free);
    uint32_t part = length - done < BUFFER_SIZE ? length - done : BUFFER_SIZE;
    if (copy (context, done, channel->send_buffer[id], part))
      return done > 0 ? (int32_t)done : -XEN_EFAULT;
    channel->send_free &= ~(1u << id);
    hv_virtqueue_offer (&channel->send, id, channel->send_buffer[id], part, false);
    hv_virtqueue_kick (&channel->send);
    done += part;
  }
  return (int32_t)done;
}
