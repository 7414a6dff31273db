;; world: tester
;;
;; Two cases that pass as soon as the tick that they schedule has begun. The tick of the first works
;; on for a while and then traps in $failed-after-its-case; that of the second never returns. A third
;; case traps in $failed-in-its-case.
(module
  (import "hermes:cron/api" "delay" (func $delay (param i64 i32 i32) (result i32)))
  (import "hermes:cron/api" "add"
    (func $add (param i32 i32 i32 i32 i32) (result i32)))
  (import "hermes:cron/api" "rm" (func $rm (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 16) "fails")
  (data (i32.const 32) "never ends")
  (data (i32.const 64) "its tick fails")
  (data (i32.const 96) "its tick never ends")
  (data (i32.const 160) "it traps")
  (data (i32.const 128) "0 0 1 1 *")
  (data (i32.const 144) "begun")

  ;; Hands out memory and never takes it back: an instance lives for one call.
  (global $free (mut i32) (i32.const 4096))
  (func $realloc (export "cabi_realloc")
    (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
    (local $block i32)
    (local.set $block
      (i32.and
        (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $block) (local.get $size)))
    (memory.copy (local.get $block) (local.get $old)
      (select (local.get $old-size) (local.get $size)
        (i32.lt_u (local.get $old-size) (local.get $size))))
    (local.get $block))

  ;; What a case and its tick share is the application's entries: the tick adds one when it begins,
  ;; the case waits until it can remove it.
  (func $say-that-it-has-begun
    (drop (call $add (i32.const 128) (i32.const 9) (i32.const 144) (i32.const 5) (i32.const 0))))
  (func $wait-until-it-has-begun
    (loop $again
      (br_if $again
        (i32.eqz
          (call $rm (i32.const 128) (i32.const 9) (i32.const 144) (i32.const 5))))))

  (func $work (param $turns i32)
    (loop $again
      (local.set $turns (i32.sub (local.get $turns) (i32.const 1)))
      (br_if $again (local.get $turns))))

  ;; An option<test-result> at 256: whether there is one, name, status. The status is always true.
  (func $result (param $name i32) (param $name-length i32) (result i32)
    (i32.store8 (i32.const 256) (i32.const 1))
    (i32.store (i32.const 260) (local.get $name))
    (i32.store (i32.const 264) (local.get $name-length))
    (i32.store8 (i32.const 268) (i32.const 1))
    (i32.const 256))

  (func $its-tick-fails (param $run i32) (result i32)
    (if (local.get $run)
      (then
        (drop (call $delay (i64.const 0) (i32.const 16) (i32.const 5)))
        (call $wait-until-it-has-begun)))
    (call $result (i32.const 64) (i32.const 14)))

  (func $its-tick-never-ends (param $run i32) (result i32)
    (if (local.get $run)
      (then
        (drop (call $delay (i64.const 0) (i32.const 32) (i32.const 10)))
        (call $wait-until-it-has-begun)))
    (call $result (i32.const 96) (i32.const 19)))

  (func $failed-in-its-case
    (unreachable))

  (func $it-traps (param $run i32) (result i32)
    (if (local.get $run) (then (call $failed-in-its-case)))
    (call $result (i32.const 160) (i32.const 8)))

  (func $test (export "hermes:integration-test/event#test")
    (param $number i32) (param $run i32) (result i32)
    (if (i32.eqz (local.get $number)) (then (return (call $its-tick-fails (local.get $run)))))
    (if (i32.eq (local.get $number) (i32.const 1))
      (then (return (call $its-tick-never-ends (local.get $run)))))
    (if (i32.eq (local.get $number) (i32.const 2))
      (then (return (call $it-traps (local.get $run)))))
    ;; None.
    (i32.const 256))

  ;; None.
  (func $bench (export "hermes:integration-test/event#bench")
    (param $number i32) (param $run i32) (result i32)
    (i32.const 256))

  (func $failed-after-its-case
    (unreachable))

  (func $on-cron (export "hermes:cron/event#on-cron")
    (param $when i32) (param $when-length i32) (param $tag i32) (param $tag-length i32)
    (param $last i32) (result i32)
    (call $say-that-it-has-begun)
    ;; "fails" is shorter than "never ends".
    (if (i32.eq (local.get $tag-length) (i32.const 5))
      (then
        (call $work (i32.const 50000000))
        (call $failed-after-its-case)))
    (loop $forever (br $forever))
    (unreachable)))
