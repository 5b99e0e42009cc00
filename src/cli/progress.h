// SPDX-License-Identifier: Apache-2.0
/// @file How far a run is, on standard error: one line that is redrawn on a terminal, a line now and then
/// elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace pith::cli {

class Progress {
 public:
  /// @param quiet  nothing is shown at all
  Progress(size_t total, bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Shows the state if enough time has passed; may be called at any rate, from one thread.
  void update(size_t done, size_t refused);
  /// Takes the redrawn line away.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  void draw(size_t done, size_t refused, double seconds);

  size_t total_;
  bool quiet_;
  bool terminal_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point lastShown_ = start_;
  size_t lastTenth_ = 0;
};

}  // namespace pith::cli
