// SPDX-License-Identifier: Apache-2.0
#include "pith/model/import.h"

#include "pith/model/tflite.h"

namespace pith {

Result<Graph> importModel(ByteView file, const InputSize& size, const Limits& limits) {
  return isTflite(file) ? importTflite(file, size, limits) : importOnnx(file, size, limits);
}

}  // namespace pith
