# cmake -DBUILD=... -DWORK=... -DSOURCE=... -DVECTOR=... -DCOMPILER=... -P run.cmake: installs into an empty folder, looks whether the
# program finds its encoder, and builds and runs a project that finds the library there.
function(step)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${ARGN}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK})
step(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
# Somewhere else: what was installed must not depend on where it was built.
file(RENAME ${WORK}/prefix ${WORK}/moved)
step(${CMAKE_COMMAND} -E env PITH_MODELS=${WORK}/none ${WORK}/moved/bin/pith models list --json)
if(NOT output MATCHES "moved/share/pith/models/pith-cxr-1" OR NOT output MATCHES "resnet50-v1")
  message(FATAL_ERROR "the installed program finds no encoder, or no registry: ${output}")
endif()
step(${CMAKE_COMMAND} -S ${SOURCE} -B ${WORK}/build -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_C_COMPILER=${CC}
  -DCMAKE_PREFIX_PATH=${WORK}/moved -DCMAKE_EXPORT_NO_PACKAGE_REGISTRY=ON)
step(${CMAKE_COMMAND} --build ${WORK}/build)
step(${WORK}/build/consumer ${VECTOR})
if(NOT output STREQUAL "12 records of 4 features, whole\n")
  message(FATAL_ERROR "the consumer said: ${output}")
endif()
file(REMOVE_RECURSE ${WORK})
