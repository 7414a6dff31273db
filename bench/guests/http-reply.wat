;; Answers every request of `hermes:http-gateway` with a line of text, and does nothing else: what is
;; left to measure is the host.
;; world: reply
;; wit: tests/guests/wat/wit
(module
  (memory (export "memory") 1)
  ;; The request's parts, one behind the other; with the instance they are gone.
  (global $free (mut i32) (i32.const 4096))
  (func (export "cabi_realloc")
    (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (if (local.get $old) (then (unreachable)))
    (local.set $at
      (i32.and
        (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (local.get $at))

  ;; some(http(response)): its status, its headers, its body.
  (data (i32.const 0) "\01\00\00\00" "\00\00\00\00" "\c8\00\00\00"
    "\40\00\00\00" "\01\00\00\00" "\80\00\00\00" "\18\00\00\00")
  ;; A name and a list of values, of one.
  (data (i32.const 64) "\60\00\00\00" "\0c\00\00\00" "\50\00\00\00" "\01\00\00\00")
  (data (i32.const 80) "\70\00\00\00" "\0a\00\00\00")
  (data (i32.const 96) "content-type")
  (data (i32.const 112) "text/plain")
  (data (i32.const 128) "Hello from WebAssembly!\n")

  (func (export "hermes:http-gateway/event#reply")
    (param $body i32) (param $body_size i32) (param $headers i32) (param $header_count i32)
    (param $path i32) (param $path_size i32) (param $method i32) (param $method_size i32)
    (result i32)
    (i32.const 0)))
