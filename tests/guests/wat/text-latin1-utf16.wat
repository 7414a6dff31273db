;; world: logger
;; string-encoding: compact-utf16
;;
;; Passes text as Latin-1 or UTF-16, whichever a string needs; the highest bit of the length says
;; which. Text that fits into Latin-1 has to come back as Latin-1, also when it was passed as
;; UTF-16. Otherwise like text-utf8.wat.
(module
  (import "hermes:cron/api" "add" (func $add (param i32 i32 i32 i32 i32) (result i32)))
  (import "hermes:cron/api" "ls" (func $ls (param i32 i32 i32 i32)))
  (import "hermes:cron/api" "rm" (func $rm (param i32 i32 i32 i32) (result i32)))
  (import "hermes:cron/api" "delay" (func $delay (param i64 i32 i32) (result i32)))
  (import "hermes:cron/api" "mkcron"
    (func $mkcron (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  ;; 19 flat parameters, therefore one pointer to all of them.
  (import "hermes:logging/api" "log" (func $log (param i32)))

  (memory (export "memory") 4)

  ;; "* * * * *": 9 code units of Latin-1
  (data (i32.const 16) "* * * * *")
  ;; "Grüße": 5 code units of Latin-1
  (data (i32.const 64) "\47\72\fc\df\65")
  ;; the same: 5 code units of UTF-16
  (data (i32.const 96) "\47\00\72\00\fc\00\df\00\65\00")
  ;; "世界 🌍": 5 code units of UTF-16
  (data (i32.const 128) "\16\4e\4c\75\20\00\3c\d8\0d\df")

  (global $when i32 (i32.const 16))
  (global $when-length i32 (i32.const 9))
  (global $narrow i32 (i32.const 64))
  (global $narrow-length i32 (i32.const 5))
  (global $narrow-in-utf16 i32 (i32.const 96))
  (global $wide i32 (i32.const 128))
  ;; 5, marked as UTF-16.
  (global $length-in-utf16 i32 (i32.const 0x80000005))
  (global $wide-size i32 (i32.const 10))
  ;; Where log takes its parameters from: level, file, function, line, col, ctx, msg, data.
  (global $record i32 (i32.const 256))
  ;; Where ls and mkcron put the pointer and the length of their result.
  (global $result i32 (i32.const 512))

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

  ;; Reads a string that lies in memory: its pointer and its length.
  (func $text-at (param $where i32) (result i32 i32)
    (i32.load (local.get $where))
    (i32.load offset=4 (local.get $where)))

  ;; Whether two runs of bytes are the same.
  (func $same-bytes (param $left i32) (param $right i32) (param $size i32) (result i32)
    (block $differ
      (loop $next
        (if (i32.eqz (local.get $size)) (then (return (i32.const 1))))
        (br_if $differ
          (i32.ne (i32.load8_u (local.get $left)) (i32.load8_u (local.get $right))))
        (local.set $left (i32.add (local.get $left) (i32.const 1)))
        (local.set $right (i32.add (local.get $right) (i32.const 1)))
        (local.set $size (i32.sub (local.get $size) (i32.const 1)))
        (br $next)))
    (i32.const 0))

  (func $fail-entry-not-added (unreachable))
  (func $fail-entry-not-listed (unreachable))
  (func $fail-listed-time-differs (unreachable))
  (func $fail-listed-tag-differs (unreachable))
  (func $fail-flag-differs (unreachable))
  (func $fail-entry-not-removed (unreachable))
  (func $fail-expression-differs (unreachable))
  (func $fail-tag-of-event-differs (unreachable))

  (func $is-when (param $text i32) (param $length i32) (result i32)
    (if (i32.ne (local.get $length) (global.get $when-length)) (then (return (i32.const 0))))
    (call $same-bytes (local.get $text) (global.get $when) (global.get $when-length)))

  (func $is-narrow (param $text i32) (param $length i32) (result i32)
    (if (i32.ne (local.get $length) (global.get $narrow-length)) (then (return (i32.const 0))))
    (call $same-bytes (local.get $text) (global.get $narrow) (global.get $narrow-length)))

  (func $is-wide (param $text i32) (param $length i32) (result i32)
    (if (i32.ne (local.get $length) (global.get $length-in-utf16)) (then (return (i32.const 0))))
    (call $same-bytes (local.get $text) (global.get $wide) (global.get $wide-size)))

  ;; Logs with level info, the text as message and as context.
  (func $log-text (param $text i32) (param $length i32)
    (i32.store8 (global.get $record) (i32.const 2))
    (i32.store8 offset=44 (global.get $record) (i32.const 1))
    (i32.store offset=48 (global.get $record) (local.get $text))
    (i32.store offset=52 (global.get $record) (local.get $length))
    (i32.store offset=56 (global.get $record) (local.get $text))
    (i32.store offset=60 (global.get $record) (local.get $length))
    (call $log (global.get $record)))

  ;; Adds an entry with this tag, lists it, removes it; returns where the listed tag is, as a
  ;; pointer to its pointer and length.
  (func $there-and-back (param $tag i32) (param $tag-length i32) (result i32)
    (local $entry i32)
    (if (i32.eqz
          (call $add (global.get $when) (global.get $when-length)
            (local.get $tag) (local.get $tag-length) (i32.const 1)))
      (then (call $fail-entry-not-added)))
    ;; One element of the list: time, tag, flag; 20 bytes.
    (call $ls (i32.const 1) (local.get $tag) (local.get $tag-length) (global.get $result))
    (if (i32.ne (i32.load offset=4 (global.get $result)) (i32.const 1))
      (then (call $fail-entry-not-listed)))
    (local.set $entry (i32.load (global.get $result)))
    (if (i32.eqz (call $is-when (call $text-at (local.get $entry))))
      (then (call $fail-listed-time-differs)))
    (if (i32.ne (i32.load8_u offset=16 (local.get $entry)) (i32.const 1))
      (then (call $fail-flag-differs)))
    (if (i32.eqz
          (call $rm (global.get $when) (global.get $when-length)
            (local.get $tag) (local.get $tag-length)))
      (then (call $fail-entry-not-removed)))
    (i32.add (local.get $entry) (i32.const 8)))

  (func $expect-narrow (param $text i32)
    (if (i32.eqz (call $is-narrow (call $text-at (local.get $text))))
      (then (call $fail-listed-tag-differs))))

  (func $expect-wide (param $text i32)
    (if (i32.eqz (call $is-wide (call $text-at (local.get $text))))
      (then (call $fail-listed-tag-differs))))

  (func $init (export "hermes:init/event#init") (result i32)
    (call $expect-narrow (call $there-and-back (global.get $narrow) (global.get $narrow-length)))
    (call $expect-narrow
      (call $there-and-back (global.get $narrow-in-utf16) (global.get $length-in-utf16)))
    (call $expect-wide (call $there-and-back (global.get $wide) (global.get $length-in-utf16)))

    (call $mkcron
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (global.get $result))
    (if (i32.eqz (call $is-when (call $text-at (global.get $result))))
      (then (call $fail-expression-differs)))

    (call $log-text (global.get $narrow) (global.get $narrow-length))
    (call $log-text (global.get $wide) (global.get $length-in-utf16))
    ;; A millisecond from now.
    (i32.and
      (call $delay (i64.const 1000000) (global.get $narrow) (global.get $narrow-length))
      (call $delay (i64.const 1000000) (global.get $wide) (global.get $length-in-utf16))))

  (func $on-cron (export "hermes:cron/event#on-cron")
    (param $when i32) (param $when-length i32) (param $tag i32) (param $tag-length i32)
    (param $last i32) (result i32)
    (if (i32.eqz
          (i32.or
            (call $is-narrow (local.get $tag) (local.get $tag-length))
            (call $is-wide (local.get $tag) (local.get $tag-length))))
      (then (call $fail-tag-of-event-differs)))
    (call $log-text (local.get $tag) (local.get $tag-length))
    (i32.const 1)))
