// SPDX-License-Identifier: Apache-2.0
/// @file Plain SIMD in WebAssembly: the same kernels, and so the same bits, on every machine.
///
/// XNNPACK finds out by the sign of a NaN whether it runs on an x86 and takes other kernels there, which
/// treat signed zeros and NaN otherwise; from five cores on it takes others again. Here it hears of one
/// machine only, an x86 of many cores: its kernels were the fastest of the three on the x86 that we measured.
/// docs/reproducibility.md says what was compared.
#include <cstdint>

namespace {

/// XNNPACK's struct of this name in builds for plain SIMD; tests/machines sees which kernels it leads to.
struct xnn_hardware_config {
  uint64_t arch_flags;
  bool is_x86;
};

}  // namespace

extern "C" const void* __wrap_xnn_init_hardware_config() {
  static constexpr xnn_hardware_config config{1, true};
  return &config;
}

extern "C" int __wrap_hardware_concurrency() { return 16; }
