;; world: waiter
;;
;; A template: {{...}} is replaced, so that each component made of it has a mark and sizes of its own.
;;
;; `test(number, run)` looks at everything that an instance begins with (two memories, a table, a
;; global, memory that it adds) and compares it with what is written here; then it writes its canary,
;; the mark and the number, all over it. It answers `none`, or a case whose name is what it found:
;; sixteen hexadecimal digits, of which the first four are the mark of whoever wrote it.
;; Without `run` it waits for so many milliseconds before it answers: whoever looks into every slot
;; holds them all at the same time.
(module
  (import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration"
    (func $subscribe (param i64) (result i32)))
  (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:io/poll@0.2.12" "[resource-drop]pollable" (func $drop (param i32)))

  (memory $first (export "memory") {{pages}})
  (memory $second {{more-pages}})
  (data (memory $first) (i32.const 4096) "\01\02\03\04\05\06\07\08")
  (data (memory $second) (i32.const 65528) "\11\12\13\14\15\16\17\18")
  (global $mark i64 (i64.const {{mark}}))
  (global $left (mut i64) (i64.const 0x1dea1))
  (type $named (func (result i64)))
  (func $marked (type $named) (global.get $mark))
  (func $canary (type $named) (i64.const -1))
  (table $table {{elements}} funcref)
  (elem (table $table) (i32.const 3) func $marked)
  (elem declare func $canary)

  ;; The first value that should not be there; 0: none.
  (global $found (mut i64) (i64.const 0))

  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (unreachable))
  (func $never (param i32 i32) (result i32) (i32.const 0))
  (export "hermes:integration-test/event#bench" (func $never))

  (func $note (param $value i64)
    (if (i64.eqz (global.get $found))
      (then
        ;; What is wrong must not look like nothing.
        (global.set $found
          (select (i64.const 0xffff) (local.get $value) (i64.eqz (local.get $value)))))))

  ;; Notes what is not zero, 64 bytes at a time.
  (func $scan-first (param $at i32) (param $end i32)
    (local $sum v128)
    (loop $next
      (if (i32.lt_u (local.get $at) (local.get $end))
        (then
          (local.set $sum
            (v128.or
              (v128.or (v128.load $first (local.get $at)) (v128.load $first offset=16 (local.get $at)))
              (v128.or (v128.load $first offset=32 (local.get $at))
                (v128.load $first offset=48 (local.get $at)))))
          (if (v128.any_true (local.get $sum))
            (then
              (call $note
                (i64.or (i64x2.extract_lane 0 (local.get $sum))
                  (i64x2.extract_lane 1 (local.get $sum))))))
          (local.set $at (i32.add (local.get $at) (i32.const 64)))
          (br $next)))))
  (func $scan-second (param $at i32) (param $end i32)
    (local $sum v128)
    (loop $next
      (if (i32.lt_u (local.get $at) (local.get $end))
        (then
          (local.set $sum
            (v128.or
              (v128.or (v128.load $second (local.get $at)) (v128.load $second offset=16 (local.get $at)))
              (v128.or (v128.load $second offset=32 (local.get $at))
                (v128.load $second offset=48 (local.get $at)))))
          (if (v128.any_true (local.get $sum))
            (then
              (call $note
                (i64.or (i64x2.extract_lane 0 (local.get $sum))
                  (i64x2.extract_lane 1 (local.get $sum))))))
          (local.set $at (i32.add (local.get $at) (i32.const 64)))
          (br $next)))))

  ;; The data of the component is where it belongs; then it is taken away, so that all is zero.
  (func $look-at-memories
    (if (i64.ne (i64.load $first (i32.const 4096)) (i64.const 0x0807060504030201))
      (then (call $note (i64.load $first (i32.const 4096)))))
    (i64.store $first (i32.const 4096) (i64.const 0))
    (if (i64.ne (i64.load $second (i32.const 65528)) (i64.const 0x1817161514131211))
      (then (call $note (i64.load $second (i32.const 65528)))))
    (i64.store $second (i32.const 65528) (i64.const 0))
    (call $scan-first (i32.const 0) (i32.const {{bytes}}))
    (call $scan-second (i32.const 0) (i32.const {{more-bytes}})))

  (func $look-at-added-memory
    (local $from i32)
    (local.set $from (memory.grow $first (i32.const {{added-pages}})))
    (if (i32.eq (local.get $from) (i32.const -1)) (then (unreachable)))
    (call $scan-first
      (i32.const {{bytes}}) (i32.shl (memory.size $first) (i32.const 16))))

  (func $look-at-table
    (local $at i32)
    (if (i32.ne (table.size $table) (i32.const {{elements}})) (then (call $note (i64.const 0xfffe))))
    (if (i64.ne (call_indirect $table (type $named) (i32.const 3)) (global.get $mark))
      (then (call $note (call_indirect $table (type $named) (i32.const 3)))))
    (table.set $table (i32.const 3) (ref.null func))
    (loop $next
      (if (i32.eqz (ref.is_null (table.get $table (local.get $at))))
        (then (call $note (i64.const 0xfffd))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $at) (table.size $table)))))

  ;; Doubles what is written until all of it is.
  (func $write-canaries (param $canary i64)
    (local $done i32) (local $size i32)
    (i64.store $first (i32.const 0) (local.get $canary))
    (local.set $done (i32.const 8))
    (local.set $size (i32.shl (memory.size $first) (i32.const 16)))
    (loop $next
      (memory.copy $first $first (local.get $done) (i32.const 0) (local.get $done))
      (local.set $done (i32.shl (local.get $done) (i32.const 1)))
      (br_if $next
        (i32.le_u (i32.shl (local.get $done) (i32.const 1)) (local.get $size))))
    (memory.copy $first $first
      (local.get $done) (i32.const 0) (i32.sub (local.get $size) (local.get $done)))
    (memory.copy $second $first (i32.const 0) (i32.const 0) (i32.const 65536))
    (local.set $done (i32.const 65536))
    (loop $next
      (if (i32.lt_u (local.get $done) (i32.const {{more-bytes}}))
        (then
          (memory.copy $second $first (local.get $done) (i32.const 0) (i32.const 65536))
          (local.set $done (i32.add (local.get $done) (i32.const 65536)))
          (br $next))))
    (table.fill $table (i32.const 0) (ref.func $canary) (table.size $table))
    (global.set $left (local.get $canary)))

  (func $wait (param $milliseconds i32)
    (local $pollable i32)
    (local.set $pollable
      (call $subscribe
        (i64.mul (i64.extend_i32_u (local.get $milliseconds)) (i64.const 1000000))))
    (call $block (local.get $pollable))
    (call $drop (local.get $pollable)))

  ;; option<record { name: string, status: bool }> at 0, the digits at 32.
  (func $answer (result i32)
    (local $digit i32) (local $at i32) (local $rest i64)
    (memory.fill $first (i32.const 0) (i32.const 0) (i32.const 64))
    (if (i64.eqz (global.get $found)) (then (return (i32.const 0))))
    (i32.store8 $first (i32.const 0) (i32.const 1))
    (i32.store $first (i32.const 4) (i32.const 32))
    (i32.store $first (i32.const 8) (i32.const 16))
    (local.set $at (i32.const 47))
    (local.set $rest (global.get $found))
    (loop $next
      (local.set $digit (i32.wrap_i64 (i64.and (local.get $rest) (i64.const 15))))
      (i32.store8 $first (local.get $at)
        (i32.add (local.get $digit)
          (select (i32.const 48) (i32.const 87) (i32.lt_u (local.get $digit) (i32.const 10)))))
      (local.set $rest (i64.shr_u (local.get $rest) (i64.const 4)))
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (br_if $next (i32.ge_u (local.get $at) (i32.const 32))))
    (i32.const 0))

  (func (export "hermes:integration-test/event#test")
    (param $number i32) (param $run i32) (result i32)
    (if (i64.ne (global.get $left) (i64.const 0x1dea1)) (then (call $note (global.get $left))))
    (call $look-at-memories)
    (call $look-at-added-memory)
    (call $look-at-table)
    (call $write-canaries
      (i64.or
        (i64.shl (global.get $mark) (i64.const 48)) (i64.extend_i32_u (local.get $number))))
    (if (i32.eqz (local.get $run)) (then (call $wait (local.get $number))))
    (call $answer)))
