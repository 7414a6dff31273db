;; world: handler
;;
;; Its on-cron adds entries, each with a tag of its own, until one is refused. Then it answers
;; true: to be refused is what the contract promises.
(module
  (import "hermes:cron/api" "delay" (func $delay (param i64 i32 i32) (result i32)))
  (import "hermes:cron/api" "add" (func $add (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 16) "go")

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

  ;; Asks for one tick, at once.
  (func $init (export "hermes:init/event#init") (result i32)
    (call $delay (i64.const 0) (i32.const 16) (i32.const 2)))

  (data (i32.const 32) "0 0 1 1 *")

  (func $on-cron (export "hermes:cron/event#on-cron")
    (param $when i32) (param $when-length i32) (param $tag i32) (param $tag-length i32)
    (param $last i32) (result i32)
    (local $number i32)
    ;; The tag is the number, as eight letters at 64.
    (loop $next
      (local.set $number (i32.add (local.get $number) (i32.const 1)))
      (i64.store (i32.const 64)
        (i64.add
          (i64.const 0x6161616161616161)
          (i64.or
            (i64.extend_i32_u (i32.and (local.get $number) (i32.const 0x0f0f0f0f)))
            (i64.shl
              (i64.extend_i32_u
                (i32.and (i32.shr_u (local.get $number) (i32.const 4)) (i32.const 0x0f0f0f0f)))
              (i64.const 32)))))
      (br_if $next
        (call $add (i32.const 32) (i32.const 9) (i32.const 64) (i32.const 8) (i32.const 1))))
    (i32.const 1)))
