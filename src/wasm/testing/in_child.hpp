// For tests of what a process may not do: runs a function in a child process and brings back what
// it says.
#pragma once

#include <functional>
#include <string>

namespace hermes::wasm::testing {

/// Runs `body` in a forked child of a test that has one thread, and returns the text that it
/// returned. Fails the test when the child ended in any other way. Nothing that `body` does to its
/// process is left afterwards.
[[nodiscard]] std::string in_child(const std::function<std::string()>& body);

/// In a child of in_child(): a user without privileges from here on. Does nothing when that is
/// already so.
void drop_privileges();

/// In a child of in_child(): mounts an empty file system in memory on `directory`, seen by this
/// process only. Returns what failed, or nothing. Needs root.
[[nodiscard]] std::string mount_memory_file_system(const std::string& directory,
                                                   const std::string& options, unsigned long flags);

}  // namespace hermes::wasm::testing
