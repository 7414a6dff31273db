// Requests that guests send through wasi:http/outgoing-handler, for an embedder that sends them.
//
// A guest that sends a request makes the library hand it to the embedder (hn_http_sender.send),
// who takes its body out while the guest writes it, and pushes the answer in while the guest reads
// it:
//
//   send -> hn_http_outgoing_take...                                  the request's body
//       \-> hn_http_outgoing_respond -> hn_http_outgoing_push... -> hn_http_outgoing_finish
//       \-> hn_http_outgoing_fail                                     at any time instead
//
// and ends with hn_http_outgoing_delete. When the guest drops its side, or its call ends, the
// request is deserted: the embedder is woken, and should stop.
//
// Threads: the functions of one request by one thread at a time, also at once with whoever polls
// the call. None of them blocks, and none runs a guest.
#ifndef HERMES_NATIVE_HTTP_SENDER_H_
#define HERMES_NATIVE_HTTP_SENDER_H_

#include "hermes_native/http.h"

#ifdef __cplusplus
extern "C" {
#endif

// A request of a guest.
typedef struct hn_http_outgoing hn_http_outgoing;

typedef struct hn_http_sender {
  void* data;
  // A guest sends a request, which becomes the embedder's. On the thread that polls the call, while
  // the guest is at work: must not block, nor touch the call.
  void (*send)(void* data, hn_http_outgoing* request);
  // Requests of one call that the embedder has not deleted; the guest gets the error
  // connection-limit-reached for more.
  uint32_t max_requests_per_call;
  // Most bytes of an answer's body that are held for the guest, 4 KiB to 64 MiB.
  uint32_t answer_window_bytes;
} hn_http_sender;

// Lets the guests of all calls with `wasi` send requests, which are refused otherwise
// (HTTP-request-denied). Before the first of these calls; `sender->data` outlives them.
hn_error* hn_wasi_set_http_sender(hn_wasi* wasi, const hn_http_sender* sender);

// The texts live as long as the request. Times that the guest has not set are UINT64_MAX.
typedef struct hn_http_outgoing_head {
  hn_str method;
  // "http", "https".
  hn_str scheme;
  hn_str authority;
  // May be empty.
  hn_str path_with_query;
  size_t field_count;
  // false: it has no body, and there is nothing to take.
  bool has_body;
  uint64_t connect_time_ns;
  uint64_t first_byte_time_ns;
  uint64_t between_bytes_time_ns;
} hn_http_outgoing_head;
void hn_http_outgoing_get_head(const hn_http_outgoing* request, hn_http_outgoing_head* out);
// Fills `out`, which has room for all, in order.
void hn_http_outgoing_fields(const hn_http_outgoing* request, hn_http_field* out);

// `waker` is woken from now on: when there is more of the request's body after
// hn_http_outgoing_take has answered PENDING, when there is room for the answer's after
// hn_http_outgoing_push has taken less than all, and when the request is deserted. On any thread,
// with locks of this library held, also without need: a waker only notes it. Keeps a reference of
// its own until hn_http_outgoing_delete.
void hn_http_outgoing_watch(hn_http_outgoing* request, hn_waker waker);
// Nobody waits for the answer (any more).
bool hn_http_outgoing_deserted(const hn_http_outgoing* request);

// The next piece of the request's body, which becomes the caller's; as hn_http_take. FAILED: the
// guest has broken its body off, or is gone.
hn_http_poll hn_http_outgoing_take(hn_http_outgoing* request, hn_http_chunk** out);
// After END.
size_t hn_http_outgoing_trailer_count(const hn_http_outgoing* request);
void hn_http_outgoing_trailers(const hn_http_outgoing* request, hn_http_field* out);

// The head of the answer; `status` is 100..999. Once: a second one is ignored.
// HN_ERROR_INVALID_ARGUMENT names what is no HTTP.
hn_error* hn_http_outgoing_respond(hn_http_outgoing* request, uint16_t status,
                                   const hn_http_field* fields, size_t field_count);
// Copies as much of `data` as there is room for, and answers how much that was.
size_t hn_http_outgoing_push(hn_http_outgoing* request, hn_bytes data);
// The answer's body is complete.
hn_error* hn_http_outgoing_finish(hn_http_outgoing* request, const hn_http_field* trailers,
                                  size_t trailer_count);

// What the guest is told, as wasi:http calls it.
typedef enum hn_http_error {
  HN_HTTP_ERROR_INTERNAL = 0,
  HN_HTTP_ERROR_DNS_TIMEOUT = 1,
  HN_HTTP_ERROR_DNS = 2,
  HN_HTTP_ERROR_DESTINATION_UNAVAILABLE = 3,
  HN_HTTP_ERROR_DESTINATION_IP_PROHIBITED = 4,
  HN_HTTP_ERROR_CONNECTION_REFUSED = 5,
  HN_HTTP_ERROR_CONNECTION_TERMINATED = 6,
  HN_HTTP_ERROR_CONNECTION_TIMEOUT = 7,
  HN_HTTP_ERROR_CONNECTION_READ_TIMEOUT = 8,
  HN_HTTP_ERROR_CONNECTION_LIMIT_REACHED = 9,
  HN_HTTP_ERROR_TLS_PROTOCOL = 10,
  HN_HTTP_ERROR_TLS_CERTIFICATE = 11,
  HN_HTTP_ERROR_REQUEST_DENIED = 12,
  HN_HTTP_ERROR_REQUEST_BODY_SIZE = 13,
  HN_HTTP_ERROR_REQUEST_METHOD_INVALID = 14,
  HN_HTTP_ERROR_REQUEST_URI_INVALID = 15,
  HN_HTTP_ERROR_RESPONSE_INCOMPLETE = 16,
  HN_HTTP_ERROR_RESPONSE_HEADER_SECTION_SIZE = 17,
  HN_HTTP_ERROR_RESPONSE_BODY_SIZE = 18,
  HN_HTTP_ERROR_PROTOCOL = 19,
} hn_http_error;
// Before the head of the answer: the guest gets this error instead. After it: the answer's body
// ends with it. `message` is for HN_HTTP_ERROR_INTERNAL.
void hn_http_outgoing_fail(hn_http_outgoing* request, hn_http_error error, hn_str message);

// The embedder has done with it. An answer that was not complete ends with connection-terminated.
// The waker is not used after this has returned, but for wakes that are under way. NULL is allowed.
void hn_http_outgoing_delete(hn_http_outgoing* request);

#ifdef __cplusplus
}
#endif

#endif  // HERMES_NATIVE_HTTP_SENDER_H_
