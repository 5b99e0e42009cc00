# XNNPACK: the SIMD kernels. Its own CMake knows no Emscripten, so its production file lists (cmake/gen) are read
# here, for x86-64 and for WebAssembly alike. pthreadpool is its dependency; without threads its shim is all of it.
set(xnnpack ${PITH_SOURCES}/xnnpack)
file(GLOB lists ${xnnpack}/cmake/gen/*_microkernels.cmake)
foreach(list IN LISTS lists)
  include(${list})
endforeach()

# Adds the kernels of one instruction set, with the flags XNNPACK's own CMake gives them.
function(pith_add_kernels target isa)
  string(TOUPPER ${isa} upper)
  list(TRANSFORM PROD_${upper}_MICROKERNEL_SRCS PREPEND ${xnnpack}/ OUTPUT_VARIABLE sources)
  target_sources(${target} PRIVATE ${sources})
  set_property(SOURCE ${sources} PROPERTY COMPILE_OPTIONS -fno-math-errno ${ARGN})
endfunction()

function(pith_use_xnnpack_flags target)
  target_include_directories(${target} PRIVATE ${xnnpack}/include ${xnnpack}/src ${PITH_SOURCES}/pthreadpool/include
    ${PITH_SOURCES}/fp16/include ${PITH_SOURCES}/fxdiv/include)
  target_compile_definitions(${target} PRIVATE XNN_LOG_LEVEL=0 FXDIV_USE_INLINE_ASSEMBLY=0 PTHREADPOOL_NO_DEPRECATED_API=1)
  # Everything optional is off: what stays is plain C kernels chosen at run time.
  foreach(feature ARM_FP16_SCALAR ARM_FP16_VECTOR ARM_BF16 ARM_DOTPROD ARM_I8MM ARM_SME ARM_SME2 KLEIDIAI AVX512AMX AVX512FP16
      AVX512VBMI AVX512VNNI AVX512VNNIGFNI AVXVNNI AVXVNNIINT8 AVX256SKX AVX256VNNI AVX256VNNIGFNI RISCV_VECTOR
      RISCV_FP16_VECTOR VSX HVX ASSEMBLY JIT GEMM_M_SPECIALIZATION)
    target_compile_definitions(${target} PRIVATE XNN_ENABLE_${feature}=0)
  endforeach()
  target_compile_definitions(${target} PRIVATE XNN_ENABLE_MEMOPT=1 XNN_ENABLE_SPARSE=0 XNN_ENABLE_DWCONV_MULTIPASS=1)
endfunction()

# Operators, subgraph and kernel choice: everything but the kernels themselves.
file(GLOB core_sources ${xnnpack}/src/*.c ${xnnpack}/src/configs/*.c ${xnnpack}/src/enums/*.c ${xnnpack}/src/operators/*.c
  ${xnnpack}/src/subgraph/*.c ${xnnpack}/src/tables/*.c ${xnnpack}/src/reference/*.cc)
list(APPEND core_sources ${CMAKE_CURRENT_LIST_DIR}/shims/xnnpack_build_identifier.c)

if(CMAKE_SYSTEM_NAME STREQUAL "Emscripten")
  # The SIMD kernels serve both variants; only kernel choice and the relaxed kernels are compiled for relaxed SIMD.
  pith_add_library(xnnpack-kernels)
  pith_add_kernels(xnnpack-kernels scalar)
  pith_add_kernels(xnnpack-kernels wasm)
  pith_add_kernels(xnnpack-kernels wasmsimd)
  pith_add_library(xnnpack-kernels-relaxed)
  pith_add_kernels(xnnpack-kernels-relaxed wasmrelaxedsimd)
  target_compile_options(xnnpack-kernels-relaxed PRIVATE -mrelaxed-simd)
  pith_add_library(xnnpack-simd ${core_sources})
  pith_add_library(xnnpack-relaxed ${core_sources})
  target_compile_options(xnnpack-relaxed PRIVATE -mrelaxed-simd)
  # Packing runs over all weights when a model is loaded; the rest runs once for each node.
  set_property(SOURCE ${xnnpack}/src/reference/packing.cc PROPERTY COMPILE_OPTIONS -Os)
  pith_small(xnnpack-simd)
  pith_small(xnnpack-relaxed)
  foreach(target xnnpack-kernels xnnpack-kernels-relaxed xnnpack-simd xnnpack-relaxed)
    pith_use_xnnpack_flags(${target})
    # The kernels are vectorised and unrolled by hand; what the compiler adds to the ends of their loops is only larger.
    target_compile_options(${target} PRIVATE -msimd128 -fno-vectorize -fno-unroll-loops)
    target_compile_definitions(${target} PRIVATE XNN_ENABLE_CPUINFO=0)
    # Thirteen wasm kernels include <arm_neon.h> by mistake.
    target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_LIST_DIR}/shims/arm_neon)
  endforeach()
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  pith_add_library(xnnpack-kernels)
  pith_add_kernels(xnnpack-kernels scalar)
  pith_add_kernels(xnnpack-kernels sse -msse)
  pith_add_kernels(xnnpack-kernels sse2 -msse2 -mno-sse3)
  pith_add_kernels(xnnpack-kernels ssse3 -mssse3 -mno-sse4.1)
  pith_add_kernels(xnnpack-kernels sse41 -msse4.1 -mno-sse4.2)
  pith_add_kernels(xnnpack-kernels avx -mavx -mno-avx2 -mno-fma -mno-f16c)
  pith_add_kernels(xnnpack-kernels f16c -mf16c -mno-avx2 -mno-fma)
  pith_add_kernels(xnnpack-kernels fma3 -mf16c -mfma -mno-avx2)
  pith_add_kernels(xnnpack-kernels avx2 -mf16c -mfma -mavx2)
  pith_add_kernels(xnnpack-kernels avx512f -mavx512f)
  pith_add_kernels(xnnpack-kernels avx512skx -mf16c -mfma -mavx512f -mavx512cd -mavx512bw -mavx512dq -mavx512vl)
  pith_add_library(xnnpack-native ${core_sources})
  foreach(target xnnpack-kernels xnnpack-native)
    pith_use_xnnpack_flags(${target})
    # cpuinfo would be a second library for a dozen questions that the compiler's run time answers.
    target_compile_definitions(${target} PRIVATE XNN_ENABLE_CPUINFO=1)
    target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_LIST_DIR}/shims/cpuinfo)
  endforeach()
else()
  message(FATAL_ERROR "XNNPACK is built for x86-64 and WebAssembly; ${CMAKE_SYSTEM_PROCESSOR} is not listed yet")
endif()
install(FILES ${xnnpack}/include/xnnpack.h DESTINATION include)

pith_add_library(pthreadpool ${PITH_SOURCES}/pthreadpool/src/shim.c ${PITH_SOURCES}/pthreadpool/src/legacy-api.c)
target_include_directories(pthreadpool PRIVATE ${PITH_SOURCES}/pthreadpool/include ${PITH_SOURCES}/pthreadpool/src
  ${PITH_SOURCES}/fxdiv/include)
target_compile_definitions(pthreadpool PRIVATE FXDIV_USE_INLINE_ASSEMBLY=0)
install(FILES ${PITH_SOURCES}/pthreadpool/include/pthreadpool.h DESTINATION include)
