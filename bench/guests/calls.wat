;; Calls each function of `hermes:bench/host` in a loop. Its realloc hands out one region again and
;; again: the loops measure the call, not an allocator.
(module
  (import "hermes:bench/host" "noop" (func $noop))
  (import "hermes:bench/host" "add" (func $add (param i32 i32 i32 i32 i32) (result i32)))
  (import "hermes:bench/host" "transform" (func $transform (param i32 i32 i32)))
  (import "hermes:bench/host" "take" (func $take (param i32 i32) (result i32)))
  (import "hermes:bench/host" "give" (func $give (param i32 i32)))

  ;; 64 KiB of data and return areas, 1 MiB to send from, 1 MiB and some to receive in.
  (memory (export "memory") 36)
  (data (i32.const 16) "* * * * *       clock-tick-1")
  (global $send i32 (i32.const 0x10000))
  (global $receive i32 (i32.const 0x110000))

  (func (export "cabi_realloc")
    (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (global.get $receive))

  (func (export "hermes:bench/loops#loop-noop") (param $count i32)
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $count)))
      (call $noop)
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $next))))

  ;; Returns how often the host answered true.
  (func (export "hermes:bench/loops#loop-add") (param $count i32) (result i32)
    (local $trues i32)
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $count)))
      (local.set $trues (i32.add (local.get $trues)
        (call $add (i32.const 16) (i32.const 9) (i32.const 32) (i32.const 12) (i32.const 1))))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $next)))
    (local.get $trues))

  (func (export "hermes:bench/loops#loop-transform") (param $count i32) (param $size i32)
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $count)))
      (call $transform (global.get $send) (local.get $size) (i32.const 8))
      (if (i32.ne (i32.load (i32.const 12)) (local.get $size)) (then unreachable))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $next))))

  (func (export "hermes:bench/loops#loop-take") (param $count i32) (param $size i32)
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $count)))
      (if (i32.ne (call $take (global.get $send) (local.get $size)) (local.get $size))
        (then unreachable))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $next))))

  (func (export "hermes:bench/loops#loop-give") (param $count i32) (param $size i32)
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $count)))
      (call $give (local.get $size) (i32.const 8))
      (if (i32.ne (i32.load (i32.const 12)) (local.get $size)) (then unreachable))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $next)))))
