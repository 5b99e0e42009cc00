// SPDX-License-Identifier: Apache-2.0
// XNNPACK in this program believes that it runs on the machine that PITH_MACHINE names: "arm", "x86" or
// "x86-many" (more than four cores, where it takes other kernels). What the instructions of relaxed SIMD do
// is not pretended.
//
// With PITH_UNFORCED, and with relaxed SIMD, XNNPACK hears of that machine. Otherwise only what the engine
// asks about its machine is replaced: nothing at all, as long as src/pith/infer/same_kernels.cpp answers for
// every machine.
#include <emscripten/em_js.h>

#include <cstdint>

// clang-format off
EM_JS(int, pretendedMachine, (), {
  const name = process.env.PITH_MACHINE;
  // XNNPACK asks a browser for its cores.
  if (name === "x86-many") globalThis.self = { navigator: { hardwareConcurrency: 16 } };
  return ["arm", "x86", "x86-many"].indexOf(name);  // -1: the machine itself
});
// clang-format on

namespace {

/// The beginning of XNNPACK's struct of the same name, the same in both WebAssembly variants.
struct HardwareConfig {
  uint64_t archFlags;
  bool isX86, otherFlags[7];
};

HardwareConfig as(int machine, HardwareConfig config) {
  if (machine < 0) return config;
  config.isX86 = machine > 0;
  config.archFlags = (config.archFlags & ~uint64_t{1}) | (config.isX86 ? 1U : 0U);
  return config;
}

}  // namespace

#ifdef PITH_UNFORCED
extern "C" const HardwareConfig* __real_xnn_init_hardware_config();
extern "C" const HardwareConfig* __wrap_xnn_init_hardware_config() {
  static const HardwareConfig config = as(pretendedMachine(), *__real_xnn_init_hardware_config());
  return &config;
}
extern "C" int __wrap_hardware_concurrency() { return pretendedMachine() == 2 ? 16 : 1; }
#else
extern "C" const HardwareConfig* xnn_init_hardware_config() {
  static const HardwareConfig config = as(pretendedMachine(), {});
  return &config;
}
#endif
