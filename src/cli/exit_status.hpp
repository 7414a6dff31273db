// What the commands tell their caller.
#pragma once

namespace hermes::cli {

/// The command did what it was asked to.
inline constexpr int kSuccess = 0;
/// It did not; standard error says why. For `test`: some case failed, or there was none.
inline constexpr int kFailure = 1;
/// The command line is wrong.
inline constexpr int kUsage = 2;
/// Added to the number of the signal by which a run was stopped at once.
inline constexpr int kSignalBase = 128;

}  // namespace hermes::cli
