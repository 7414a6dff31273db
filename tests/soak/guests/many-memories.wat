;; world: waiter
;;
;; Has as many memories as a component may have. `test(milliseconds, false)` holds them for so long;
;; with `run` it fills one after the other until it is refused, then it traps.
(module
  (import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration"
    (func $subscribe (param i64) (result i32)))
  (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))

  (memory $a (export "memory") 1)
  (memory $b 1)
  (memory $c 1)
  (memory $d 1)
  (memory $e 1)
  (memory $f 1)
  (memory $g 1)
  (memory $h 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (unreachable))
  (func $never (param i32 i32) (result i32) (i32.const 0))
  (export "hermes:integration-test/event#bench" (func $never))

  (func $memory-was-refused (unreachable))
  ;; The result of each grow is where the new page begins.
  (func $check (param $page i32) (result i32)
    (if (i32.eq (local.get $page) (i32.const -1)) (then (call $memory-was-refused)))
    (i32.shl (local.get $page) (i32.const 16)))

  (func $fill
    (loop $more
      (i32.store $a (call $check (memory.grow $a (i32.const 1))) (i32.const 0x5eed))
      (i32.store $b (call $check (memory.grow $b (i32.const 1))) (i32.const 0x5eed))
      (i32.store $c (call $check (memory.grow $c (i32.const 1))) (i32.const 0x5eed))
      (i32.store $d (call $check (memory.grow $d (i32.const 1))) (i32.const 0x5eed))
      (i32.store $e (call $check (memory.grow $e (i32.const 1))) (i32.const 0x5eed))
      (i32.store $f (call $check (memory.grow $f (i32.const 1))) (i32.const 0x5eed))
      (i32.store $g (call $check (memory.grow $g (i32.const 1))) (i32.const 0x5eed))
      (i32.store $h (call $check (memory.grow $h (i32.const 1))) (i32.const 0x5eed))
      (br $more)))

  (func (export "hermes:integration-test/event#test")
    (param $milliseconds i32) (param $run i32) (result i32)
    (if (local.get $run) (then (call $fill)))
    (call $block
      (call $subscribe
        (i64.mul (i64.extend_i32_u (local.get $milliseconds)) (i64.const 1000000))))
    (i32.const 0)))
