// Errors that cross the boundary of the native library, and the small value types that every part
// shares.
//
// Ownership: a function that can fail returns `hn_error*`; NULL means success. The caller owns a
// returned error and frees it with hn_error_delete. Panics inside the library are caught and arrive
// as HN_ERROR_PANIC. Threads: an error may be read and deleted on any thread, by one thread at a
// time.
#ifndef HERMES_NATIVE_ERROR_H_
#define HERMES_NATIVE_ERROR_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Borrowed UTF-8 text, not terminated by a zero. `data` may be NULL when `size` is 0.
typedef struct hn_str {
  const char* data;
  size_t size;
} hn_str;

// Borrowed bytes. `data` may be NULL when `size` is 0.
typedef struct hn_bytes {
  const uint8_t* data;
  size_t size;
} hn_bytes;

// Bytes owned by the library, given to the caller, who frees them with hn_buffer_delete.
typedef struct hn_buffer hn_buffer;
hn_bytes hn_buffer_bytes(const hn_buffer* buffer);
void hn_buffer_delete(hn_buffer* buffer);

typedef enum hn_error_kind {
  // The caller broke a rule of this header.
  HN_ERROR_INVALID_ARGUMENT = 1,
  // The bytes are not a component that this engine accepts.
  HN_ERROR_INVALID_COMPONENT = 2,
  // The component cannot be linked: something it imports is missing or has another type.
  HN_ERROR_LINK = 3,
  // The guest trapped, or broke a rule of the canonical ABI.
  HN_ERROR_TRAP = 4,
  // The guest needed more than a limit of its call allows.
  HN_ERROR_LIMIT = 5,
  // A host function asked for the guest to be stopped.
  HN_ERROR_HOST = 6,
  // The guest ended itself through wasi:cli/exit; see hn_error_exit_status.
  HN_ERROR_EXIT = 7,
  // A Rust panic, caught at the boundary. A defect of the engine.
  HN_ERROR_PANIC = 8,
  // Anything else: the operating system, an exhausted pool, an engine setting that is refused.
  HN_ERROR_INTERNAL = 9,
} hn_error_kind;

typedef struct hn_error hn_error;

// Makes an error, for callbacks that must return one. `message` is copied.
hn_error* hn_error_new(hn_error_kind kind, hn_str message);
hn_error_kind hn_error_get_kind(const hn_error* error);
// What happened, outermost cause first, one line per cause. Borrowed from `error`.
hn_str hn_error_message(const hn_error* error);
// The guest's backtrace, innermost frame first; 0 when there is none.
size_t hn_error_frame_count(const hn_error* error);
// One frame: the name of the core module and of the function where known, else its index. Borrowed
// from `error`.
hn_str hn_error_frame(const hn_error* error, size_t index);
// The status given to wasi:cli/exit; 0 unless the kind is HN_ERROR_EXIT.
int32_t hn_error_exit_status(const hn_error* error);
void hn_error_delete(hn_error* error);

#ifdef __cplusplus
}
#endif

#endif  // HERMES_NATIVE_ERROR_H_
