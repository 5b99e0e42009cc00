// SPDX-License-Identifier: Apache-2.0
// The questions that XNNPACK asks of the cpuinfo library on x86, answered by the compiler's run time, which also checks
// that the operating system saves the wide registers. Sets whose kernels are not built are always answered with "no".
#pragma once
#include <stdbool.h>

static inline bool cpuinfo_initialize(void) {
  __builtin_cpu_init();
  return true;
}
#define PITH_CPU_HAS(name, feature) \
  static inline bool cpuinfo_has_x86_##name(void) { return __builtin_cpu_supports(feature) != 0; }
PITH_CPU_HAS(sse2, "sse2")
PITH_CPU_HAS(ssse3, "ssse3")
PITH_CPU_HAS(sse4_1, "sse4.1")
PITH_CPU_HAS(avx, "avx")
PITH_CPU_HAS(f16c, "f16c")
PITH_CPU_HAS(fma3, "fma")
PITH_CPU_HAS(avx2, "avx2")
PITH_CPU_HAS(avx512f, "avx512f")
PITH_CPU_HAS(avx512bw, "avx512bw")
PITH_CPU_HAS(avx512dq, "avx512dq")
PITH_CPU_HAS(avx512vl, "avx512vl")
#undef PITH_CPU_HAS
#define PITH_CPU_LACKS(name) \
  static inline bool cpuinfo_has_x86_##name(void) { return false; }
PITH_CPU_LACKS(avx512vbmi)
PITH_CPU_LACKS(avx512vnni)
PITH_CPU_LACKS(avx512fp16)
PITH_CPU_LACKS(gfni)
PITH_CPU_LACKS(amx_int8)
PITH_CPU_LACKS(avxvnni)
PITH_CPU_LACKS(avx_vnni_int8)
#undef PITH_CPU_LACKS

enum cpuinfo_uarch { cpuinfo_uarch_unknown, cpuinfo_uarch_zen, cpuinfo_uarch_dhyana };
struct cpuinfo_core {
  enum cpuinfo_uarch uarch;
};
static inline const struct cpuinfo_core* cpuinfo_get_core(int index) {
  static const struct cpuinfo_core zen = {cpuinfo_uarch_zen};
  static const struct cpuinfo_core other = {cpuinfo_uarch_unknown};
  (void)index;
  return __builtin_cpu_is("znver1") ? &zen : &other;
}
