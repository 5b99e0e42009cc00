// SPDX-License-Identifier: Apache-2.0
/// @file Ctrl-C as a question that work asks between two steps, so that everything is put away before the
/// program ends.
#pragma once

namespace pith::cli {

/// From now on SIGINT, SIGTERM and SIGHUP only set the answer of `interruptSignal`, and writing beyond a
/// limit on file sizes is an error of the write instead of the end of the program.
void catchInterrupts();

/// The signal that asked to stop, or 0.
int interruptSignal();

}  // namespace pith::cli
