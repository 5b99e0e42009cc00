// SPDX-License-Identifier: Apache-2.0
/// @file How a verb ends early: one exception type that carries everything the user is told, and the exit
/// code.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "pith/base/result.h"

namespace pith::cli {

enum class ExitCode : int {
  success = 0,
  failure = 1,  // a file could not be read, is damaged, could not be written
  usage = 2,
  someRefused = 3,    // the container was written, some files are not in it
  nothingUsable = 4,  // not one file could be encoded; nothing was written
  interrupted = 130,  // Ctrl-C; 143 for a polite kill
};

/// Thrown by verbs, caught in main. `what` says what failed and may name a file: it goes to the user's own
/// terminal.
class Failure : public std::exception {
 public:
  Failure(ExitCode exitCode, std::string what, Error error, std::string advice = {})
      : exitCode_(exitCode), what_(std::move(what)), error_(std::move(error)), advice_(std::move(advice)) {
    if (advice_.empty()) advice_ = errorAdvice(error_.code);
  }

  const char* what() const noexcept override { return what_.c_str(); }
  ExitCode exitCode() const { return exitCode_; }
  const Error& error() const { return error_; }
  const std::string& advice() const { return advice_; }

 private:
  ExitCode exitCode_;
  std::string what_;
  Error error_;
  std::string advice_;
};

/// Wrong usage: exit code 2.
[[noreturn]] inline void failUsage(std::string what, std::string detail, std::string advice = {}) {
  throw Failure(ExitCode::usage, std::move(what), {ErrorCode::invalidArgument, std::move(detail)},
                std::move(advice));
}

/// The value, or a Failure that says what was being done.
template <typename T>
T require(Result<T> result, const std::string& what, ExitCode exitCode = ExitCode::failure) {
  if (!result) throw Failure(exitCode, what, result.error());
  return std::move(result).value();
}
inline void require(const Status& status, const std::string& what, ExitCode exitCode = ExitCode::failure) {
  if (!status) throw Failure(exitCode, what, status.error());
}

}  // namespace pith::cli
