// HTTP for components that export wasi:http/incoming-handler@0.2.x: one exchange (a request and its
// response) as the embedder sees it, with both bodies streamed through bounded windows.
//
// This part speaks no HTTP on a wire. The embedder makes an exchange of a request head, and a
// handle of it for a call, which is polled as any other; meanwhile it pushes the request body into
// the exchange and takes the response out:
//
//   hn_http_exchange_new -> hn_http_body_room, hn_http_commit_body... -> hn_http_finish_body
//         |             \-> hn_http_poll_head -> hn_http_take... -> hn_http_exchange_delete
//   hn_http_handle_new -> hn_call_start_http -> hn_call_poll... -> hn_call_close
//
// Exchange, handle and call end in any order. What a guest has written stays in the exchange, in at
// most one window, when its instance is gone.
//
// Threads: the functions of the request side by one thread at a time, those of the response side by
// one thread at a time, those of the handle by one thread at a time; all at once, and at once with
// whoever polls the call. None of them blocks, and none runs a guest.
#ifndef HERMES_NATIVE_HTTP_H_
#define HERMES_NATIVE_HTTP_H_

#include "hermes_native/error.h"
#include "hermes_native/wasm.h"

#ifdef __cplusplus
extern "C" {
#endif

// Header or trailer field. Names are given out in lower case, and taken in any.
typedef struct hn_http_field {
  hn_str name;
  hn_bytes value;
} hn_http_field;

// --------------------------------------------------------------------------------- finding
// handlers

// Finds wasi:http/incoming-handler#handle, of any version 0.2.x. `*out` is NULL, without an error,
// when the component does not export it. The export is for hn_call_start_http alone.
hn_error* hn_pre_find_http_handler(const hn_pre* pre, hn_export** out);

// ------------------------------------------------------------------------------------------
// exchange

typedef struct hn_http_exchange hn_http_exchange;

typedef struct hn_http_request {
  // A token: "GET".
  hn_str method;
  // "http", "https".
  hn_str scheme;
  // Host, and port where it is not the scheme's. Not empty.
  hn_str authority;
  // "/a?b", or "*". Empty: "/".
  hn_str path_with_query;
  // What Wasmtime keeps from guests (connection, host, transfer-encoding and their like) is taken
  // out of what the guest sees.
  const hn_http_field* fields;
  size_t field_count;
} hn_http_request;

typedef struct hn_http_exchange_options {
  // Most bytes of the request body that are held for the guest, 4 KiB to 64 MiB; 64 KiB at first,
  // and as many more as the guest has read.
  uint32_t request_window_bytes;
  // Most bytes of the response body that are held for the embedder, 64 KiB to 64 MiB. A guest that
  // has filled it waits.
  uint32_t response_window_bytes;
  // Woken when there is room for the request body again, or when the guest will not read on; after
  // hn_http_body_room has answered that there is none.
  hn_waker request_waker;
  // Woken when there is more of the response; after hn_http_poll_head or hn_http_take have answered
  // that there is nothing yet.
  hn_waker response_waker;
} hn_http_exchange_options;

// Copies everything. Takes a reference of its own to both wakers, and keeps it until
// hn_http_exchange_delete. Wakes may come more often than was asked for, on any thread, with locks
// of this library held: a waker only notes them. HN_ERROR_INVALID_ARGUMENT names the part of the
// request that is no HTTP.
hn_error* hn_http_exchange_new(const hn_http_request* request,
                               const hn_http_exchange_options* options, hn_http_exchange** out);
// The embedder loses interest: what is buffered goes, and a guest that still reads or writes gets
// an error. It does not end the call. Wakers are not used after it has returned, but for wakes that
// are under way. NULL is allowed.
void hn_http_exchange_delete(hn_http_exchange* exchange);

// The end of an exchange that goes to the call.
typedef struct hn_http_handle hn_http_handle;
// One for each exchange.
hn_http_handle* hn_http_handle_new(const hn_http_exchange* exchange);
// When no call has begun to serve the exchange by then, it fails (HN_HTTP_FAILURE_CANCELLED). NULL
// is allowed.
void hn_http_handle_delete(hn_http_handle* handle);
// Whether the exchange was deleted: nobody waits for a response.
bool hn_http_handle_deserted(const hn_http_handle* handle);
// For an exchange that no call will serve: it fails with `message` (HN_HTTP_FAILURE_CANCELLED). A
// failure that was there before counts.
void hn_http_handle_fail(hn_http_handle* handle, hn_str message);

// Like hn_call_start, for an export found by hn_pre_find_http_handler. An exchange is served once.
// The call ends when the guest returns; with HN_ERROR_TRAP when it has not set a response by then.
// `handle` must live until the call has ended.
hn_error* hn_call_start_http(hn_call* call, const hn_export* handler, hn_http_handle* handle);

// -------------------------------------------------------------------------------------- request
// side

// Where the next bytes of the body may be written, and how many; 0: the request waker comes when
// there is room. The memory stays until hn_http_commit_body or the next hn_http_body_room, whatever
// the guest does. When the guest does not want the body (any more), what is written is dropped.
size_t hn_http_body_room(hn_http_exchange* exchange, uint8_t** out);
// `size` bytes were written to the beginning of that room, no more than it had.
void hn_http_commit_body(hn_http_exchange* exchange, size_t size);
// false: nobody reads the request body any more. The embedder may stop to receive it.
bool hn_http_body_wanted(const hn_http_exchange* exchange);
// The body is complete. HN_ERROR_INVALID_ARGUMENT when a trailer is no HTTP; the body is open then.
hn_error* hn_http_finish_body(hn_http_exchange* exchange, const hn_http_field* trailers,
                              size_t trailer_count);

typedef enum hn_http_abort {
  // The client went away. The guest reads the error "connection terminated".
  HN_HTTP_ABORT_TERMINATED = 0,
  // It was too slow: "connection read timeout".
  HN_HTTP_ABORT_TIMEOUT = 1,
  // The body is larger than the embedder allows: "HTTP request body size exceeds limit".
  HN_HTTP_ABORT_TOO_LARGE = 2,
} hn_http_abort;
// The body will not be completed. The guest reads what was pushed, and then the error.
void hn_http_abort_body(hn_http_exchange* exchange, hn_http_abort reason);

// ------------------------------------------------------------------------------------- response
// side

typedef enum hn_http_poll {
  // Nothing yet: the response waker will be woken.
  HN_HTTP_PENDING = 0,
  // The head, or a chunk, is there.
  HN_HTTP_READY = 1,
  // The body is complete, and its trailers, if any, are there.
  HN_HTTP_END = 2,
  // There will be no (more) response; see hn_http_exchange_failure.
  HN_HTTP_FAILED = 3,
} hn_http_poll;

// PENDING, READY or FAILED.
hn_http_poll hn_http_poll_head(hn_http_exchange* exchange);
// 100..999, as the guest has set it. Once the head is there.
uint16_t hn_http_response_status(const hn_http_exchange* exchange);
size_t hn_http_response_field_count(const hn_http_exchange* exchange);
// Fills `out`, which has room for all, in order. What it refers to lives as long as the exchange.
void hn_http_response_fields(const hn_http_exchange* exchange, hn_http_field* out);

// A piece of the response body, borrowed from where the guest's bytes were copied to.
typedef struct hn_http_chunk hn_http_chunk;
hn_bytes hn_http_chunk_bytes(const hn_http_chunk* chunk);
// Any thread; also after the exchange is gone. NULL is allowed.
void hn_http_chunk_delete(hn_http_chunk* chunk);

// The next chunk, never empty, which becomes the caller's. Taking makes room for the guest.
hn_http_poll hn_http_take(hn_http_exchange* exchange, hn_http_chunk** out);
// After END. As for the fields of the head.
size_t hn_http_trailer_count(const hn_http_exchange* exchange);
void hn_http_trailers(const hn_http_exchange* exchange, hn_http_field* out);

typedef enum hn_http_failure {
  HN_HTTP_NO_FAILURE = 0,
  // The guest set an error code instead of a response.
  HN_HTTP_FAILURE_GUEST = 1,
  // The guest returned without setting a response.
  HN_HTTP_FAILURE_NO_RESPONSE = 2,
  // The guest gave the body up before it was complete, or it does not have the length that the
  // response's content-length says.
  HN_HTTP_FAILURE_BODY = 3,
  // The call failed; its error has the backtrace.
  HN_HTTP_FAILURE_CALL = 4,
  // The call was closed before it ended, or none has served the exchange.
  HN_HTTP_FAILURE_CANCELLED = 5,
} hn_http_failure;
// Why poll answered FAILED. `message` (may be NULL) lives as long as the exchange.
hn_http_failure hn_http_exchange_failure(const hn_http_exchange* exchange, hn_str* message);

#ifdef __cplusplus
}
#endif

#endif  // HERMES_NATIVE_HTTP_H_
