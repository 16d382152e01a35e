/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "download.h"

#include <lwip/apps/http_client.h>
#include <bearssl_hash.h>
#include "pv.h"

#define HOST_MAX       128
#define PATH_MAX       256
#define PROGRESS_NS    2000000000ull
#define LENGTH_UNKNOWN 0xffffffffu /* as the library says it */
#define SILENT_MAX     30u         /* looks, each half a second behind the last */

static struct {
  bool running, quiet;
  char host[HOST_MAX], path[PATH_MAX];
  uint16_t port;
  uint64_t started_ns, shown_ns;
  uint32_t length;
  uint32_t expected; /* or LENGTH_UNKNOWN */
  uint32_t silent;   /* looks since there was data */
  br_sha256_context sha256;
} get;

static const char *
reason (httpc_result_t result, err_t error)
{
  if (get.silent >= SILENT_MAX)
    result = HTTPC_RESULT_ERR_TIMEOUT;
  static const char *const reasons[]
      = { [HTTPC_RESULT_ERR_UNKNOWN] = "something unexpected happened",
          [HTTPC_RESULT_ERR_CONNECT] = "there is no connection to the server",
          [HTTPC_RESULT_ERR_HOSTNAME] = "there is no such host",
          [HTTPC_RESULT_ERR_CLOSED] = "the server closed the connection",
          [HTTPC_RESULT_ERR_TIMEOUT] = "the server does not answer",
          [HTTPC_RESULT_ERR_SVR_RESP] = "the answer is not HTTP",
          [HTTPC_RESULT_ERR_MEM] = "there is not enough memory",
          [HTTPC_RESULT_LOCAL_ABORT] = "it was cancelled",
          [HTTPC_RESULT_ERR_CONTENT_LEN] = "the server sent less than it said" };
  if (error == ERR_RST)
    return "the server refused the connection";
  return result < sizeof reasons / sizeof reasons[0] && reasons[result] ? reasons[result]
                                                                        : reasons[1];
}

static void
finished (void *arg, httpc_result_t result, u32_t received, u32_t status, err_t error)
{
  uint8_t digest[32];
  char text[65];
  uint32_t ms = (uint32_t)((pv_time_ns () - get.started_ns) / 1000000);
  (void)arg;
  (void)received;
  get.running = false;
  if (result != HTTPC_RESULT_OK) {
    pv_printf ("get: %s after %u bytes\n", reason (result, error), get.length);
    return;
  }
  br_sha256_out (&get.sha256, digest);
  for (uint32_t i = 0; i < 32; i++)
    pv_snprintf (text + 2 * i, 3, "%02x", digest[i]);
  pv_printf ("get: status %u, %u bytes in %u ms\nsha256 %s\n", status, get.length, ms, text);
}

static err_t
headers_done (
    httpc_state_t *connection, void *arg, struct pbuf *header, u16_t header_length, u32_t length)
{
  (void)connection;
  (void)arg;
  (void)header;
  (void)header_length;
  get.expected = length;
  return ERR_OK;
}

static err_t
look_for_silence (void *arg, struct altcp_pcb *connection)
{
  (void)arg;
  if (++get.silent < SILENT_MAX)
    return ERR_OK;
  altcp_abort (connection); /* which ends in finished() */
  return ERR_ABRT;
}

/* From the first data on our own patience counts: the library's is for the whole of a download, however long that is. */
static err_t
receive (void *arg, struct altcp_pcb *connection, struct pbuf *data, err_t error)
{
  (void)arg;
  (void)error;
  for (const struct pbuf *part = data; part; part = part->next)
    br_sha256_update (&get.sha256, part->payload, part->len);
  get.length += data->tot_len;
  get.silent = 0;
  altcp_poll (connection, look_for_silence, 1);
  altcp_recved (connection, data->tot_len);
  pbuf_free (data);
  return ERR_OK;
}

/* Splits the address into get.host, port and path. */
static bool
parse (const char *url)
{
  size_t at = 0;
  uint32_t port = 0;
  if (strncmp (url, "http://", 7) != 0)
    return false;
  for (url += 7; url[at] && url[at] != ':' && url[at] != '/'; at++)
    if (at + 1 == HOST_MAX)
      return false;
  if (at == 0)
    return false;
  memcpy (get.host, url, at);
  get.host[at] = 0;
  if (url[at] == ':') {
    for (at++; url[at] >= '0' && url[at] <= '9' && port < 65536; at++)
      port = port * 10 + (uint32_t)(url[at] - '0');
    if (port == 0 || port > 65535)
      return false;
  }
  get.port = port != 0 ? (uint16_t)port : 80;
  url += at;
  if ((*url && *url != '/') || strlen (url) >= PATH_MAX)
    return false;
  memcpy (get.path, *url ? url : "/", *url ? strlen (url) + 1 : 2);
  return true;
}

bool
download_start (const char *url)
{
  static const httpc_connection_t settings
      = { .result_fn = finished, .headers_done_fn = headers_done };
  httpc_state_t *connection;
  if (get.running) {
    pv_printf ("get: one at a time; the last is not finished\n");
    return false;
  }
  if (!parse (url)) {
    pv_printf ("get: an address is http://HOST[:PORT][/PATH]\n");
    return false;
  }
  get.started_ns = get.shown_ns = pv_time_ns ();
  get.length = get.silent = 0;
  get.expected = LENGTH_UNKNOWN;
  br_sha256_init (&get.sha256);
  get.running = true;
  err_t error
      = httpc_get_file_dns (get.host, get.port, get.path, &settings, receive, NULL, &connection);
  if (error != ERR_OK && get.running) {
    get.running = false;
    pv_printf ("get: cannot start: error %d\n", error);
  }
  return get.running;
}

bool
download_running (void)
{
  return get.running;
}

void
download_poll (void)
{
  uint64_t now_ns = pv_time_ns ();
  if (!get.running || now_ns - get.shown_ns < PROGRESS_NS)
    return;
  get.shown_ns = now_ns;
  if (get.expected != LENGTH_UNKNOWN)
    pv_printf ("get: %u of %u KiB\n", get.length / 1024, get.expected / 1024);
  else
    pv_printf ("get: %u KiB\n", get.length / 1024);
}
