// SPDX-License-Identifier: Apache-2.0
/// @file A TensorFlow Lite file becomes a Graph.
#pragma once

#include "pith/base/bytes.h"
#include "pith/model/graph.h"

namespace pith {

/// The bytes say that they are a TensorFlow Lite file ("TFL3").
[[nodiscard]] bool isTflite(ByteView file);

/// Reads a TensorFlow Lite model: float32, float16 weights, and 8-bit quantisation with one scale or, for
/// weights, one for each channel. Its tensors of rank 4 are NHWC; here they are said in NCHW, and nothing is
/// transposed, because memory is NHWC. Padding is resolved, fused activations become ranges. A node that is
/// not supported becomes Op::refused and so does everything behind it (`firstRefusal`).
/// @param file  borrowed for the call
/// @errors corruptModel (damaged, tensors that are missing or made twice, shapes that contradict the file),
///         modelTooLarge, unsupportedShape and unsupportedDataType (the input), shapeMismatch (the input
///         against `size`)
/// @source https://www.tensorflow.org/lite (the format, version 3, and its operators)
[[nodiscard]] Result<Graph> importTflite(ByteView file, const InputSize& size, const Limits& limits);

/// The shape of the image that the network takes, of four axes, as the file says it; -1: any.
/// @errors those of reading the file; unsupportedShape where there is not one input of four axes
[[nodiscard]] Result<Shape> tfliteInputShape(ByteView file, const Limits& limits);

}  // namespace pith
