// SPDX-License-Identifier: Apache-2.0
#include "pith/model/import.h"

#include <algorithm>

#include "pith/model/tflite.h"

namespace pith {

Result<Graph> importModel(ByteView file, const InputSize& size, const Limits& limits, ExternalData* external) {
  return isTflite(file) ? importTflite(file, size, limits) : importOnnx(file, size, limits, external);
}

Result<InputSize> declaredInputSize(ByteView file, const Limits& limits) {
  const bool isLastCommon = isTflite(file);
  PITH_ASSIGN_OR_RETURN(Shape shape,
                        isLastCommon ? tfliteInputShape(file, limits) : onnxInputShape(file, limits));
  for (int64_t& extent : shape) extent = std::max<int64_t>(extent, -1);
  // The axis with one or three entries is the channels; where that does not decide, the format's own order.
  const auto mayBeChannels = [&](size_t axis) { return shape[axis] == 1 || shape[axis] == 3; };
  const bool isLast =
      isLastCommon ? mayBeChannels(3) || !mayBeChannels(1) : mayBeChannels(3) && !mayBeChannels(1);
  return isLast ? InputSize{shape[1], shape[2], shape[3]} : InputSize{shape[2], shape[3], shape[1]};
}

}  // namespace pith
