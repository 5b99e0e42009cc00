// SPDX-License-Identifier: Apache-2.0
/// @file The words of the command line become the arguments of one verb.
#pragma once

#include <functional>
#include <string>

#include "failure.h"

namespace pith::cli {

struct Command {
  std::function<ExitCode()> run;
  bool json = false;  // whether a failure, too, is wanted as JSON
};

/// Whether --json is among the words: a failure to understand the others is then wanted as JSON, too.
bool asksForJson(int count, char** words);

/// `--help` and `--version` become commands that print.
/// @throws Failure (usage), with the nearest verb or option where one is misspelt
Command parseArguments(int count, char** words);

}  // namespace pith::cli
