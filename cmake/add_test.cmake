# pith_add_test(NAME SOURCE...): one GoogleTest program and one ctest entry. Under Emscripten ctest starts it with Node.
# Shared test data lies beside the clone; PITH_SHARED_DATA names another place. Tests skip with a message without it.
set(PITH_SHARED_DATA ${PROJECT_SOURCE_DIR}/../shared/data CACHE PATH "Real test data, not part of the repository")

if(EMSCRIPTEN)
  # The programs are CommonJS; the clone's package.json says otherwise for everything below it.
  file(WRITE ${CMAKE_BINARY_DIR}/package.json "{ \"type\": \"commonjs\" }\n")
endif()
if(EMSCRIPTEN AND PITH_WASM_VARIANT STREQUAL "relaxed")
  # Node 20 has relaxed SIMD behind a flag that later versions no longer know.
  set(relaxed_flag --experimental-wasm-relaxed-simd)
  execute_process(COMMAND ${NODE_JS_EXECUTABLE} ${relaxed_flag} -e 0 RESULT_VARIABLE unknown OUTPUT_QUIET ERROR_QUIET)
  if(unknown EQUAL 0)
    set(CMAKE_CROSSCOMPILING_EMULATOR ${NODE_JS_EXECUTABLE} ${relaxed_flag})
  endif()
endif()

function(pith_add_test name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE pith::pith pith::options pith::gtest)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE PITH_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data"
    PITH_SHARED_DATA="${PITH_SHARED_DATA}" PITH_REPOSITORY="${PROJECT_SOURCE_DIR}")
  if(EMSCRIPTEN)
    target_link_options(${name} PRIVATE -sNODERAWFS -sALLOW_MEMORY_GROWTH -sSTACK_SIZE=1MB -sEXIT_RUNTIME -sMAXIMUM_MEMORY=4GB
      --pre-js ${PROJECT_SOURCE_DIR}/tests/node_environment.js)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 600)
endfunction()
