// SPDX-License-Identifier: Apache-2.0
/// @file A model file of any kind that is read becomes a Graph.
#pragma once

#include "pith/model/onnx.h"

namespace pith {

/// An ONNX or a TensorFlow Lite model, whichever the bytes are.
/// @param external  as importOnnx takes it
/// @errors those of importOnnx and importTflite
[[nodiscard]] Result<Graph> importModel(ByteView file, const InputSize& size, const Limits& limits,
                                        ExternalData* external = nullptr);

/// The size of image that a model file asks for; -1 for an extent that it leaves open.
/// @errors those of reading the file, and unsupportedShape where its input is not one image
[[nodiscard]] Result<InputSize> declaredInputSize(ByteView file, const Limits& limits);

}  // namespace pith
