;; world: starter
;;
;; Its init answers that it is not ready.
(module
  (func $init (export "hermes:init/event#init") (result i32)
    (i32.const 0)))
