# Every library that is linked, from prefixes that the set-up builds out of pinned archives (tools/setup/pins.json has
# versions and hashes, cmake/third_party says why each is here). Another place is named with -DPITH_DEPENDENCIES=DIR.
set(PITH_DEPENDENCIES ${PROJECT_SOURCE_DIR}/build/dependencies CACHE PATH "Folder of the prefixes native, wasm, toolchain")
if(EMSCRIPTEN)
  set(prefix ${PITH_DEPENDENCIES}/wasm)
  set(xnnpack_libraries xnnpack-${PITH_WASM_VARIANT} xnnpack-kernels)
  if(PITH_WASM_VARIANT STREQUAL "relaxed")
    list(APPEND xnnpack_libraries xnnpack-kernels-relaxed)
  endif()
else()
  set(prefix ${PITH_DEPENDENCIES}/native)
  set(xnnpack_libraries xnnpack-native xnnpack-kernels)
endif()
if(NOT EXISTS ${prefix}/include/xnnpack.h)
  message(FATAL_ERROR "The libraries are not built yet: run `npm run setup` first (${prefix} is missing)")
endif()

# pith_dependency(NAME LIBRARY...): an interface target pith::NAME with the prefix's headers and these archives.
function(pith_dependency name)
  add_library(pith_dep_${name} INTERFACE)
  add_library(pith::${name} ALIAS pith_dep_${name})
  target_include_directories(pith_dep_${name} SYSTEM INTERFACE ${prefix}/include)
  foreach(library IN LISTS ARGN)
    target_link_libraries(pith_dep_${name} INTERFACE ${prefix}/lib/lib${library}.a)
  endforeach()
endfunction()

pith_dependency(xnnpack ${xnnpack_libraries} pthreadpool)
if(NOT EMSCRIPTEN)
  # The kernels use tables of the library that chooses them; this linker looks at each archive once, unless told.
  target_link_libraries(pith_dep_xnnpack INTERFACE ${prefix}/lib/libxnnpack-native.a)
endif()
pith_dependency(capnp capnp)
# The same as cmake/third_party/capnproto.cmake: KJ_USE_FUTEX decides the size of a mutex inside every message.
target_compile_definitions(pith_dep_capnp INTERFACE CAPNP_LITE KJ_USE_FUTEX=0 KJ_NDEBUG)
pith_dependency(yyjson yyjson)
pith_dependency(sodium sodium)
pith_dependency(zstd-decompress zstd-decompress)
pith_dependency(zstd-compress zstd-compress zstd-decompress)
pith_dependency(flatbuffers)
pith_dependency(stb)
pith_dependency(protozero)
pith_dependency(cli11)
pith_dependency(gtest gtest)

# pith_generate_capnp(TARGET SCHEMA): C++ of a schema, made in the build folder.
function(pith_generate_capnp target schema)
  get_filename_component(name ${schema} NAME)
  get_filename_component(folder ${schema} DIRECTORY)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/generated)
  file(MAKE_DIRECTORY ${output})
  set(tool ${PITH_DEPENDENCIES}/toolchain/bin)
  add_custom_command(OUTPUT ${output}/${name}.h ${output}/${name}.c++
    COMMAND ${tool}/capnp compile --no-standard-import -I ${prefix}/include --src-prefix=${folder}
      -o ${tool}/capnpc-c++:${output} ${schema}
    DEPENDS ${schema} VERBATIM)
  add_library(${target} STATIC ${output}/${name}.c++)
  target_include_directories(${target} SYSTEM PUBLIC ${output})
  target_link_libraries(${target} PUBLIC pith::capnp)
  target_compile_options(${target} PRIVATE -w)
endfunction()

# pith_generate_flatbuffers(TARGET SCHEMA): an interface target with the C++ header of a schema, made in the build folder.
function(pith_generate_flatbuffers target schema)
  get_filename_component(name ${schema} NAME_WE)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/generated)
  file(MAKE_DIRECTORY ${output})
  add_custom_command(OUTPUT ${output}/${name}_generated.h
    COMMAND ${PITH_DEPENDENCIES}/toolchain/bin/flatc --cpp --scoped-enums -o ${output} ${schema}
    DEPENDS ${schema} VERBATIM)
  add_custom_target(${target}_generate DEPENDS ${output}/${name}_generated.h)
  add_library(${target} INTERFACE)
  add_dependencies(${target} ${target}_generate)
  target_include_directories(${target} SYSTEM INTERFACE ${output})
  target_link_libraries(${target} INTERFACE pith::flatbuffers)
endfunction()
