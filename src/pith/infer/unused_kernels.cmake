# Kernel families that no graph of ours reaches, as XNNPACK names their configurations. Its operators refer to all of them, so the
# linker would keep every kernel: half of the engine. In WebAssembly builds each name is answered with "not there", as XNNPACK
# itself does on processors without the kernels; an operator that asks for one anyway is refused, never computed wrongly.
set(pith_unused_kernels
  f16_abs f16_avgpool f16_clamp f16_cmul f16_conv_hwc2chw_3x3c3s2 f16_dwconv2d_chw f16_dwconv f16_elu
  f16_f32acc_rdsum f16_f32acc_rsum f16_gemm f16_hswish f16_ibilinear_chw f16_ibilinear f16_lrelu f16_maxpool
  f16_neg f16_pavgpool f16_raddstoreexpminusmax f16_relu f16_rmax f16_rminmax f16_rndd f16_rndne f16_rndu
  f16_rndz f16_rsqrt f16_sigmoid f16_spmm f16_sqr f16_sqrt f16_tanh f16_to_f32_cvt f16_to_qs8_cvt f16_vadd
  f16_vdiv f16_vmax f16_vmin f16_vmul f16_vmulcaddc f16_vprelu f16_vsqrdiff f16_vsub f32_conv_hwc2chw_3x3c3s2
  f32_dwconv2d_chw f32_ibilinear_chw f32_qc4w_gemm f32_qc8w_gemm f32_rminmax f32_rsqrt f32_spmm2 f32_spmm4 f32_spmm f32_to_f16_cvt
  f32_to_qp8_cvt f32_vcopysign f32_vsqrdiff pf32_gemm qd8_f16_qb4w_gemm qd8_f16_qc4w_gemm qd8_f16_qc8w_gemm qd8_f32_qb4w_gemm
  qd8_f32_qc4w_gemm qd8_f32_qc8w_gemm qp8_f32_qb4w_gemm qp8_f32_qc4w_gemm qs16_to_qs8_cvt qs8_cvt qs8_dwconv
  qs8_lrelu qs8_to_f16_cvt qu8_avgpool qu8_cvt qu8_lrelu s8_ibilinear u32_to_f32_cvt u8_ibilinear u8_lut32norm
  u8_rmax x8_lut x8_zip
)

# Operators that no graph of ours reaches, as xnnpack.h names them; with them go the functions that pack weights for their kernels.
set(pith_unused_operators
  average_pooling2d_nhwc_f16 batch_matrix_multiply_nc_f16 batch_matrix_multiply_nc_qd8_f32_qc8w constant_pad_nd_x16 convert_nc_f16_qd8
  convert_nc_f32_qd8 convolution2d_nchw_f16 convolution2d_nchw_f32 convolution2d_nhwc_f16 convolution2d_nhwc_qd8_f16_qc8w
  convolution2d_nhwc_qd8_f32_qc8w copy_nc_x16 deconvolution2d_nhwc_f16 deconvolution2d_nhwc_qd8_f32_qc8w deconvolution2d_nhwc_qs8
  deconvolution2d_nhwc_qs8_qc8w deconvolution2d_nhwc_qu8 dynamic_fully_connected_nc_f16 dynamic_fully_connected_nc_f32
  fully_connected_nc_f16 fully_connected_nc_f32_qc4w fully_connected_nc_f32_qc8w fully_connected_nc_qd8_f16_qb4w
  fully_connected_nc_qd8_f16_qc4w fully_connected_nc_qd8_f16_qc8w fully_connected_nc_qd8_f32_qb4w fully_connected_nc_qd8_f32_qc4w
  fully_connected_nc_qd8_f32_qc8w max_pooling2d_nhwc_f16 resize_bilinear2d_nchw_f16
  resize_bilinear2d_nchw_f32 resize_bilinear2d_nhwc_f16 resize_bilinear2d_nhwc_s8 resize_bilinear2d_nhwc_u8 slice_nd_x16
  softmax_nc_f16 transpose_nd_x16
)

# pith_unused_operator_text(NAME TARGET OUTPUT): what answers for one operator, with the signatures of xnnpack.h.
function(pith_unused_operator_text name target output)
  file(READ ${prefix}/include/xnnpack.h header)
  set(text "")
  foreach(step create reshape setup)
    if(header MATCHES "enum xnn_status xnn_${step}_${name}\\(([^)]*)\\)")
      string(APPEND text "extern \"C\" xnn_status __wrap_xnn_${step}_${name}(${CMAKE_MATCH_1}) { return xnn_status_unsupported_hardware; }\n")
      target_link_options(${target} INTERFACE -Wl,--wrap=xnn_${step}_${name})
    elseif(step STREQUAL "create")
      message(FATAL_ERROR "xnnpack.h has no operator ${name}")
    endif()
  endforeach()
  set(${output} "${text}" PARENT_SCOPE)
endfunction()

# pith_leave_out_unused_kernels(TARGET): whatever links TARGET is linked without them.
function(pith_leave_out_unused_kernels target)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/unused_kernels.cpp)
  set(text "// Generated from unused_kernels.cmake.\n#include <xnnpack.h>\n#pragma GCC diagnostic ignored \"-Wunused-parameter\"\n")
  # The slow reference kernels take the operation and the data types: a wrapper needs the very same signature.
  string(APPEND text "extern \"C\" const void* __wrap_xnn_init_unary_reference_config(int, int, int) { return nullptr; }\n"
    "extern \"C\" const void* __wrap_xnn_init_binary_reference_config(int, int) { return nullptr; }\n")
  target_link_options(${target} INTERFACE -Wl,--wrap=xnn_init_unary_reference_config
    -Wl,--wrap=xnn_init_binary_reference_config)
  foreach(name IN LISTS pith_unused_kernels)
    string(APPEND text "extern \"C\" const void* __wrap_xnn_init_${name}_config() { return nullptr; }\n")
    target_link_options(${target} INTERFACE -Wl,--wrap=xnn_init_${name}_config)
  endforeach()
  foreach(name IN LISTS pith_unused_operators)
    pith_unused_operator_text(${name} ${target} operator)
    string(APPEND text "${operator}")
  endforeach()
  file(CONFIGURE OUTPUT ${source} CONTENT "${text}" @ONLY)
  target_sources(${target} PRIVATE ${source})
endfunction()
