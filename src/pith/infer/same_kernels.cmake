# Kernels of the machines that XNNPACK never hears of in plain SIMD (same_kernels.cpp): Arm, and x86 of few cores. Its configurations
# refer to them, so the linker would keep them: a twentieth of the engine. In their place stands what stops the program.

# By their number of arguments, each of 32 bits: a WebAssembly function has its signature.
set(pith_other_kernels_4 f32_vclamp_ukernel__wasmsimd_arm_u8 f32_velu_ukernel__wasmsimd_arm_rr2_p6_u20)
set(pith_other_kernels_5 f32_vmax_ukernel__wasmsimd_arm_u16 f32_vmaxc_ukernel__wasmsimd_arm_u16 f32_vmin_ukernel__wasmsimd_arm_u16
  f32_vminc_ukernel__wasmsimd_arm_u16)
set(pith_other_kernels_8 f32_vmulcaddc_minmax_ukernel_c4__wasmsimd_arm_2x)
set(pith_other_kernels_9 f32_maxpool_minmax_ukernel_9p8x__wasmsimd_arm_c4)
set(pith_other_kernels_10
  f32_avgpool_minmax_ukernel_9x__wasmsimd_arm_c4 f32_dwconv_minmax_ukernel_3p4c__wasmsimd_arm f32_dwconv_minmax_ukernel_4p4c__wasmsimd_arm
  f32_dwconv_ukernel_3p4c__wasmsimd f32_dwconv_ukernel_4p4c__wasmsimd f32_gemm_minmax_ukernel_1x8__wasmsimd_arm_splat
  f32_gemm_minmax_ukernel_1x8__wasmsimd_x86_splat f32_gemm_minmax_ukernel_4x2c4__wasmsimd_arm f32_gemm_minmax_ukernel_4x8__wasmsimd_x86_splat
  f32_gemm_minmax_ukernel_5x8__wasmsimd_arm_splat f32_gemm_relu_ukernel_1x8__wasmsimd_splat f32_gemm_relu_ukernel_4x8__wasmsimd_splat
  f32_gemm_relu_ukernel_5x8__wasmsimd_splat f32_gemm_ukernel_1x8__wasmsimd_splat f32_gemm_ukernel_4x8__wasmsimd_splat
  f32_gemm_ukernel_5x8__wasmsimd_splat)
set(pith_other_kernels_11 f32_avgpool_minmax_ukernel_9p8x__wasmsimd_arm_c4 f32_pavgpool_minmax_ukernel_9x__wasmsimd_arm_c4)
set(pith_other_kernels_12
  f32_dwconv_minmax_ukernel_3f3m3l4c4s4r__wasmsimd_arm f32_dwconv_ukernel_3f3m3l4c4s4r__wasmsimd f32_igemm_minmax_ukernel_1x8__wasmsimd_arm_splat
  f32_igemm_minmax_ukernel_1x8__wasmsimd_x86_splat f32_igemm_minmax_ukernel_4x2c4__wasmsimd_arm
  f32_igemm_minmax_ukernel_4x8__wasmsimd_x86_splat f32_igemm_minmax_ukernel_5x8__wasmsimd_arm_splat f32_igemm_relu_ukernel_1x8__wasmsimd_splat
  f32_igemm_relu_ukernel_4x8__wasmsimd_splat f32_igemm_relu_ukernel_5x8__wasmsimd_splat f32_igemm_ukernel_1x8__wasmsimd_splat
  f32_igemm_ukernel_4x8__wasmsimd_splat f32_igemm_ukernel_5x8__wasmsimd_splat f32_pavgpool_minmax_ukernel_9p8x__wasmsimd_arm_c4)

# pith_leave_out_other_machines(TARGET): whatever links TARGET is linked without them, unless it has the property PITH_EVERY_MACHINE.
function(pith_leave_out_other_machines target)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/other_kernels.cpp)
  set(text "// Generated from same_kernels.cmake.\n")
  foreach(count 4 5 8 9 10 11 12)
    string(REPEAT "int, " ${count} arguments)
    string(REGEX REPLACE ", $" "" arguments "${arguments}")
    foreach(name IN LISTS pith_other_kernels_${count})
      string(APPEND text "extern \"C\" void __wrap_xnn_${name}(${arguments}) { __builtin_trap(); }\n")
      target_link_options(${target} INTERFACE $<$<NOT:$<BOOL:$<TARGET_PROPERTY:PITH_EVERY_MACHINE>>>:-Wl,--wrap=xnn_${name}>)
    endforeach()
  endforeach()
  file(CONFIGURE OUTPUT ${source} CONTENT "${text}" @ONLY)
  target_sources(${target} PRIVATE ${source})
endfunction()
