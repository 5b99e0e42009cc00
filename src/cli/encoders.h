// SPDX-License-Identifier: Apache-2.0
/// @file Which networks a run uses, and at which taps: from the words of the command line to loaded encoders.
#pragma once

#include <string>
#include <vector>

#include "model_store.h"
#include "pith/extract/encoder_set.h"

namespace pith::cli {

/// What was said between one --model and the next. Before the first --model, it is said of the first.
struct EncoderArguments {
  std::string model;   // empty: the default
  std::string recipe;  // empty: the model's own
  std::vector<TapOptions> taps;
};

/// NAME, NAME:POOLING or :POOLING, where POOLING is avg, max, avg+max, gem, gem=P, cls or none, or its name
/// in the file ("averageAndMaximum"). What stands behind a colon and is no pooling belongs to the name.
/// @throws Failure (usage)
TapOptions tapFromWord(const std::string& word);

class ChosenEncoders {
 public:
  /// Finds the models and opens their files.
  /// @throws Failure that says what was found and how to name another
  explicit ChosenEncoders(const std::vector<EncoderArguments>& arguments);

  /// Each thread loads its own. May be called by several at once.
  [[nodiscard]] Result<EncoderSet> load() const;

  /// "pith-cxr-1", or several joined.
  [[nodiscard]] std::string names() const;
  [[nodiscard]] bool isProvisional() const;

 private:
  struct Chosen {
    ChosenModel model;
    EncoderOptions options;
  };
  std::vector<Chosen> encoders_;
};

/// What a user should know about taps that keep every place; empty where none does.
std::string gridNote(const std::vector<EncoderInfo>& infos);

}  // namespace pith::cli
