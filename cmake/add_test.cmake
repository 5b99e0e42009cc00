# pith_add_test(NAME SOURCE...): one GoogleTest program and one ctest entry. Under Emscripten ctest starts it with Node.
# Shared test data lies beside the clone; PITH_SHARED_DATA names another place. Tests skip with a message without it.
set(PITH_SHARED_DATA ${PROJECT_SOURCE_DIR}/../shared/data CACHE PATH "Real test data, not part of the repository")

function(pith_add_test name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE pith::pith pith::options pith::gtest)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE PITH_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data"
    PITH_SHARED_DATA="${PITH_SHARED_DATA}" PITH_REPOSITORY="${PROJECT_SOURCE_DIR}")
  if(EMSCRIPTEN)
    target_link_options(${name} PRIVATE -sNODERAWFS -sALLOW_MEMORY_GROWTH -sSTACK_SIZE=1MB -sEXIT_RUNTIME -sMAXIMUM_MEMORY=4GB)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 600)
endfunction()
