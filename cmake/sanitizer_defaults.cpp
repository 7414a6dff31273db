// Linked into every executable of a sanitizer preset, so that a run by hand, by ctest and by a
// debugger all use the same options. The environment (ASAN_OPTIONS, ...) still overrides them.

extern "C" {

const char* __asan_default_options();
const char* __asan_default_options() {
  // Wasmtime turns SIGSEGV in guest code into traps on an alternate stack of its own, and moves
  // between fiber stacks, on which the fake stack of use-after-return would not be found again.
  return "allow_user_segv_handler=1:use_sigaltstack=0:detect_stack_use_after_return=0:"
         "strict_string_checks=1:detect_invalid_pointer_pairs=1";
}

const char* __ubsan_default_options();
const char* __ubsan_default_options() { return "print_stacktrace=1:halt_on_error=1"; }

const char* __tsan_default_options();
const char* __tsan_default_options() {
  // Wasmtime collects the backtrace of a trap in its signal handler, where it knows that no
  // allocation was interrupted: the signal comes from guest code. Reports that are suppressed
  // (below) are many: comparing each with the addresses of all before takes most of the time of a
  // test. They need the stack of the earlier access, which the longest history keeps.
  return "halt_on_error=1:second_deadlock_stack=1:allow_user_segv_handler=1:report_signal_unsafe=0:"
         "suppress_equal_addresses=0:history_size=7";
}

const char* __tsan_default_suppressions();
const char* __tsan_default_suppressions() {
  // Rust code is not instrumented: its own synchronisation is not seen, so that a report with a
  // frame of it says nothing. Price: a race of C++ code that runs below Rust frames (a host
  // function on a fiber) is hidden too.
  return "race:.rs\n";
}
}
