#include "progress.hpp"

#include <cstdio>

namespace hermes::soak {

void Progress::at(std::uint64_t done) {
  const auto now = std::chrono::steady_clock::now();
  if (done == 0 || now - said_ < std::chrono::seconds{5}) return;
  said_ = now;
  const double passed = std::chrono::duration<double>(now - start_).count();
  const double left =
      passed / static_cast<double>(done) * static_cast<double>(total_ > done ? total_ - done : 0);
  std::fprintf(stderr, "  %llu of %llu %s, %.0f s; about %.0f s left\n",
               static_cast<unsigned long long>(done), static_cast<unsigned long long>(total_),
               what_.c_str(), passed, left);
}

}  // namespace hermes::soak
