// SPDX-License-Identifier: Apache-2.0
// Some of XNNPACK's WebAssembly kernels include this name by mistake; this is the header they use.
#include <wasm_simd128.h>
