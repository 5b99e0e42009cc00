// SPDX-License-Identifier: Apache-2.0
/// @file A smaller file of the same network: an ordinary ONNX file that any of its readers understands.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/limits.h"
#include "pith/base/result.h"

namespace pith {

enum class CompactWeights : uint8_t { f16, i8 };
/// "f16" or "i8"
[[nodiscard]] std::string_view nameOf(CompactWeights weights);
[[nodiscard]] std::optional<CompactWeights> compactWeightsFromName(std::string_view name);

/// Leaves out what `tap` does not need, and stores large float32 weights as binary16 (then a Cast makes floats of them) or as
/// 8-bit integers with a scale for each output channel of a Conv, Gemm or MatMul (then a Cast and a Mul do). Runtimes fold
/// both when they load the file. Weights with fewer than 1,024 elements, biases and statistics stay as they are; in `i8` other
/// weights become binary16, as do those that are read in more ways than one.
/// @param onnxFile  weights inside
/// @param tap       the tensor that becomes the only output; empty: the file's own outputs stay
/// @errors corruptModel; tapNotFound; unsupportedOperator where the file has subgraphs, functions or sparse weights;
///         unsupportedDataType where large weights lie in other files or in other fields than raw_data; modelTooLarge
[[nodiscard]] Result<std::vector<uint8_t>> compactOnnx(ByteView onnxFile, const std::string& tap, CompactWeights weights,
                                                       const Limits& limits = {});

}  // namespace pith
