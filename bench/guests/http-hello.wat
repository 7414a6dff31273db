;; Answers every request of `wasi:http` with a line of text, and does nothing else: what is left to
;; measure is the host.
;; world: http
;; wit: tests/guests/standard/wit
(module
  (import "wasi:http/types@0.2.10" "[constructor]fields" (func $new_fields (result i32)))
  (import "wasi:http/types@0.2.10" "[method]fields.append"
    (func $append (param $fields i32)
      (param $name i32) (param $name_size i32) (param $value i32) (param $value_size i32)
      (param $result i32)))
  (import "wasi:http/types@0.2.10" "[constructor]outgoing-response"
    (func $new_response (param $fields i32) (result i32)))
  (import "wasi:http/types@0.2.10" "[method]outgoing-response.body"
    (func $body (param $response i32) (param $result i32)))
  (import "wasi:http/types@0.2.10" "[method]outgoing-body.write"
    (func $write (param $body i32) (param $result i32)))
  (import "wasi:http/types@0.2.10" "[static]outgoing-body.finish"
    (func $finish (param $body i32) (param $has_trailers i32) (param $trailers i32)
      (param $result i32)))
  ;; The answer, or one of the errors, whose payloads are zero here.
  (import "wasi:http/types@0.2.10" "[static]response-outparam.set"
    (func $set (param $out i32) (param $is_error i32) (param $response i32)
      (param i32) (param i64) (param i32) (param i32) (param i32) (param i32)))
  (import "wasi:http/types@0.2.10" "[resource-drop]incoming-request"
    (func $drop_request (param $request i32)))
  (import "wasi:io/streams@0.2.10" "[method]output-stream.blocking-write-and-flush"
    (func $write_and_flush (param $stream i32) (param $bytes i32) (param $size i32)
      (param $result i32)))
  (import "wasi:io/streams@0.2.10" "[resource-drop]output-stream"
    (func $drop_stream (param $stream i32)))

  (memory (export "memory") 1)
  ;; Nothing that it calls gives it text or lists.
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (data (i32.const 0) "content-type")
  (data (i32.const 16) "text/plain")
  (data (i32.const 32) "Hello from WebAssembly!\n")

  ;; Where results are written: whether it is an error, then the value.
  (global $result i32 (i32.const 1024))
  (func $value (result i32)
    (if (i32.load8_u (global.get $result)) (then (unreachable)))
    (i32.load offset=4 (global.get $result)))

  (func (export "wasi:http/incoming-handler@0.2.10#handle") (param $request i32) (param $out i32)
    (local $fields i32)
    (local $response i32)
    (local $body i32)
    (local $stream i32)
    (call $drop_request (local.get $request))
    (local.set $fields (call $new_fields))
    (call $append (local.get $fields)
      (i32.const 0) (i32.const 12) (i32.const 16) (i32.const 10) (global.get $result))
    (drop (call $value))
    (local.set $response (call $new_response (local.get $fields)))
    (call $body (local.get $response) (global.get $result))
    (local.set $body (call $value))
    (call $set (local.get $out) (i32.const 0) (local.get $response)
      (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
    (call $write (local.get $body) (global.get $result))
    (local.set $stream (call $value))
    (call $write_and_flush (local.get $stream) (i32.const 32) (i32.const 24) (global.get $result))
    (drop (call $value))
    (call $drop_stream (local.get $stream))
    (call $finish (local.get $body) (i32.const 0) (i32.const 0) (global.get $result))
    (drop (call $value))))
