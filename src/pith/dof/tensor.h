// SPDX-License-Identifier: Apache-2.0
/// @file The x of one element of a DoF data set: a pickle's bytes go in, floats come out.
#pragma once

#include <cstdint>
#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/result.h"

namespace pith::dof {

struct Tensor {
  std::vector<int64_t> shape;  // empty for a single number
  std::vector<float> values;   // row-major
};

/// Reads a tensor of PyTorch, an array of NumPy, a number, or lists of numbers that nest to one shape.
/// Nothing of the pickle is run. Wider numbers are rounded to the nearest float32.
/// @errors unsafePickle (an opcode or a name that no tensor needs, named), unsupportedDof (a type or a size
/// that is not read),
///         corruptDof
/// @source PyTorch, torch/_utils.py and torch/serialization.py; NumPy, numpy/core/multiarray (the names and
/// their arguments)
[[nodiscard]] Result<Tensor> readTensorPickle(ByteView bytes);

}  // namespace pith::dof
