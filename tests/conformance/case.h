// SPDX-License-Identifier: Apache-2.0
/// @file One case of ONNX's conformance suite: a model with inputs, and the outputs it must give.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pith/onnx/onnx.h"

namespace pith::conformance {

enum class Verdict : uint8_t { passed, refused, wrong };

struct Outcome {
  Verdict verdict = Verdict::refused;
  std::string reason;  // of what did not pass
};

struct Case {
  std::string name;
  std::vector<uint8_t> model;
  std::vector<Tensor> inputs, outputs;  // with payload; an input without a type of tensor has no payload
};

/// A folder with `model.onnx` and `test_data_set_*`, or an error that says what cannot be read.
[[nodiscard]] Result<std::vector<Case>> readFolder(const std::filesystem::path& folder, const std::string& name);
/// A model with `<stem>_output_N.pb` beside it: its image counts from 0 up to 1.
[[nodiscard]] Result<Case> readLightModel(const std::filesystem::path& file, const std::string& name);

/// Runs a case three times: with every float input given while it runs, with only the first one, and with none,
/// so that weights are packed as weights are and everything is folded that can be. Nothing may be wrong in any; it
/// has passed if one of the first two passed, or the third where there is nothing to run.
[[nodiscard]] Outcome runCase(const Case& test);

}  // namespace pith::conformance
