// SPDX-License-Identifier: Apache-2.0
/// @file Smaller kernels where speed does not matter, by XNNPACK too.
///
/// Only maps of quantised networks that are wanted in another order are transposed as bytes, or as pairs of them. XNNPACK's
/// fast kernels for it are 8 KB of the engine.
#include <cstddef>

extern "C" {

void xnn_x8_transposec_ukernel__2x4_scalar_int(const void*, void*, std::size_t, std::size_t, std::size_t, std::size_t);
void xnn_x16_transposec_ukernel__2x4_scalar_int(const void*, void*, std::size_t, std::size_t, std::size_t, std::size_t);

void __wrap_xnn_x8_transposec_ukernel__16x16_reuse_mov_wasmsimd(const void* input, void* output, std::size_t inputStride,
                                                                std::size_t outputStride, std::size_t width, std::size_t height) {
  xnn_x8_transposec_ukernel__2x4_scalar_int(input, output, inputStride, outputStride, width, height);
}

void __wrap_xnn_x16_transposec_ukernel__8x8_reuse_mov_wasmsimd(const void* input, void* output, std::size_t inputStride,
                                                               std::size_t outputStride, std::size_t width, std::size_t height) {
  xnn_x16_transposec_ukernel__2x4_scalar_int(input, output, inputStride, outputStride, width, height);
}
}
