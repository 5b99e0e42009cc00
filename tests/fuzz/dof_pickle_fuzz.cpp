// SPDX-License-Identifier: Apache-2.0
// Any bytes as the x of a DoF element: they are refused with a sentence, or become values that fit their
// shape.
#include <cstdlib>

#include "pith/dof/tensor.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const pith::Result<pith::dof::Tensor> tensor = pith::dof::readTensorPickle({data, size});
  if (!tensor) {
    if (tensor.error().detail.empty()) std::abort();
    return 0;
  }
  size_t count = 1;
  for (const int64_t extent : tensor->shape) count *= static_cast<size_t>(extent);
  if (count != tensor->values.size()) std::abort();
  return 0;
}
