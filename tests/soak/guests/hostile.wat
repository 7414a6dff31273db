;; world: hostile
;;
;; `test(number, ...)` misbehaves in the way that the number says. Its realloc traps, except for the
;; cases that ask for something large.
(module
  (import "hermes:cron/api" "mkcron"
    (func $mkcron (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration"
    (func $subscribe (param i64) (result i32)))
  (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:random/random@0.2.12" "get-random-bytes" (func $random (param i64 i32)))
  (import "[export]hermes:soak/things" "[resource-new]thing" (func $new (param i32) (result i32)))
  (import "[export]hermes:soak/things" "[resource-drop]thing" (func $drop (param i32)))

  (memory (export "memory") 420)
  (global $generous (mut i32) (i32.const 0))
  (global $trap-later (mut i32) (i32.const 0))

  (func $realloc-traps (unreachable))
  (func (export "cabi_realloc")
    (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
    (if (i32.eqz (global.get $generous)) (then (call $realloc-traps)))
    ;; 24 MiB are there.
    (i32.const 65536))

  (func $destructor-traps (unreachable))
  (func (export "hermes:soak/things#[dtor]thing") (param i32) (call $destructor-traps))

  (func $flood-handles
    (loop $more
      (drop (call $subscribe (i64.const 1000000000000)))
      (br $more)))
  (func $wait-for-ever
    (call $block (call $subscribe (i64.const 0x7fffffffffffffff))))
  ;; Five times the same nine million parts of three bytes each: 130 MiB.
  (func $give-huge-lists
    (call $mkcron
      (i32.const 0) (i32.const 9100000) (i32.const 0) (i32.const 9100000)
      (i32.const 0) (i32.const 9100000) (i32.const 0) (i32.const 9100000)
      (i32.const 0) (i32.const 9100000) (i32.const 64)))
  (func $take-huge-lists
    (global.set $generous (i32.const 1))
    (loop $more
      (call $random (i64.const 65536) (i32.const 64))
      (call $random (i64.const 0x4000000000000000) (i32.const 64))
      (br $more)))
  (func $give-what-is-not-there
    (call $mkcron
      (i32.const -16) (i32.const 1000) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 64)))
  (func $refuse-a-result
    (call $mkcron
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 64)))
  (func $drop-a-thing
    (call $drop (call $new (i32.const 7))))

  (func $post-return-traps (unreachable))
  (func (export "cabi_post_hermes:integration-test/event#test") (param i32)
    (if (global.get $trap-later) (then (call $post-return-traps))))

  (func (export "hermes:integration-test/event#test")
    (param $number i32) (param $run i32) (result i32)
    (block $result-outside
      (block $post-return
        (block $destructor
          (block $realloc
            (block $outside
              (block $huge-back
                (block $huge-forth
                  (block $wait
                    (block $handles
                      (br_table $handles $wait $huge-forth $huge-back $outside $realloc $destructor
                        $post-return $result-outside (local.get $number)))
                    (call $flood-handles))
                  (call $wait-for-ever))
                (call $give-huge-lists) (return (i32.const 0)))
              (call $take-huge-lists))
            (call $give-what-is-not-there) (return (i32.const 0)))
          (call $refuse-a-result) (return (i32.const 0)))
        (call $drop-a-thing) (return (i32.const 0)))
      (global.set $trap-later (i32.const 1))
      (return (i32.const 0)))
    (i32.const -16))
  (func $never (param i32 i32) (result i32) (i32.const 0))
  (export "hermes:integration-test/event#bench" (func $never))
  (func (export "hermes:cron/event#on-cron") (param i32 i32 i32 i32 i32) (result i32)
    (i32.const 1)))
