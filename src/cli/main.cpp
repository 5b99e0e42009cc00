// SPDX-License-Identifier: Apache-2.0
/// @file The command line's entry: words → verb → exit code. Every way to fail ends here.
#include <cstdio>
#include <new>

#include "arguments.h"
#include "interrupt.h"
#include "output.h"

namespace {

using namespace pith;
using namespace pith::cli;

int exitCodeOf(const Failure& failure) {
  constexpr int signalBase = 128;  // the shell's convention: 130 after Ctrl-C, 143 after a polite kill
  if (failure.error().code == ErrorCode::cancelled && interruptSignal() != 0)
    return signalBase + interruptSignal();
  return static_cast<int>(failure.exitCode());
}

int run(int count, char** words) {
  bool json = asksForJson(count, words);
  try {
    const Command command = parseArguments(count, words);
    json = command.json;
    const ExitCode code = command.run();
    // What failed to be written earlier is not there to be flushed.
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      throw Failure(ExitCode::failure, "Cannot print the result",
                    {ErrorCode::writeFailed, "standard output takes no more"});
    }
    return static_cast<int>(code);
  } catch (const Failure& failure) {
    printFailure(failure, json);
    return exitCodeOf(failure);
  } catch (const std::bad_alloc&) {
    printFailure(Failure(ExitCode::failure, "The memory did not suffice",
                         {ErrorCode::outOfMemory, "the system gave no more"}),
                 json);
  } catch (const std::exception& error) {
    printFailure(
        Failure(ExitCode::failure, "Something unexpected happened", {ErrorCode::internalError, error.what()}),
        json);
  }
  return static_cast<int>(ExitCode::failure);
}

}  // namespace

int main(int count, char** words) { return run(count, words); }
