;; world: starter
;;
;; Its init traps.
(module
  (func $init (export "hermes:init/event#init") (result i32)
    (unreachable)))
