# Toolchain for WebAssembly: the emcc on the PATH where there is a suitable one, else the one the set-up unpacked.
# build/dependencies/toolchain/emscripten.cmake is written by the set-up and includes Emscripten's own toolchain file.
include(${CMAKE_CURRENT_LIST_DIR}/../build/dependencies/toolchain/emscripten.cmake)
# Exceptions are needed where the container is read: kj throws on a malformed message, and would abort without them.
# Whatever browser has SIMD has the other two as well, which make copies and conversions shorter and faster.
set(features "-msimd128 -mbulk-memory -mnontrapping-fptoint")
set(CMAKE_C_FLAGS_INIT "${features}")
set(CMAKE_CXX_FLAGS_INIT "${features} -fwasm-exceptions")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-fwasm-exceptions")
# Small where nothing is hot: the engine travels to every browser. Files with pixel loops ask for speed (pith_optimise_for_speed).
set(CMAKE_C_FLAGS_RELEASE "-Oz -DNDEBUG" CACHE STRING "Optimised for size")
set(CMAKE_CXX_FLAGS_RELEASE "-Oz -DNDEBUG" CACHE STRING "Optimised for size")
