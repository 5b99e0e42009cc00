# yyjson: JSON for recipes, manifests and machine-readable answers.
pith_add_library(yyjson ${PITH_SOURCES}/yyjson/src/yyjson.c)
target_compile_definitions(yyjson PRIVATE YYJSON_DISABLE_UTILS=1 YYJSON_DISABLE_NON_STANDARD=1)
pith_small(yyjson)
install(FILES ${PITH_SOURCES}/yyjson/src/yyjson.h DESTINATION include)

# libsodium: SHA-256 for now; signatures come from the same library. Only the files that are needed are compiled.
set(sodium ${PITH_SOURCES}/libsodium/src/libsodium)
pith_add_library(sodium ${sodium}/crypto_hash/sha256/cp/hash_sha256_cp.c ${sodium}/crypto_hash/sha256/hash_sha256.c
  ${CMAKE_CURRENT_LIST_DIR}/shims/sodium_memzero.c)
target_include_directories(sodium PRIVATE ${sodium}/include/sodium ${sodium}/include ${CMAKE_CURRENT_BINARY_DIR}/sodium
  ${sodium}/include/sodium/private)
target_compile_definitions(sodium PRIVATE NATIVE_LITTLE_ENDIAN=1 CONFIGURED=1)
install(FILES ${sodium}/include/sodium/crypto_hash_sha256.h ${sodium}/include/sodium/export.h DESTINATION include/sodium)

# stb_image (decoding), protozero (ONNX's wire format) and CLI11 (the command line): headers.
install(FILES ${PITH_SOURCES}/libstb/stb_image.h DESTINATION include)
install(DIRECTORY ${PITH_SOURCES}/protozero/include/protozero DESTINATION include)
install(DIRECTORY ${PITH_SOURCES}/fp16/include/ DESTINATION include)
install(DIRECTORY ${PITH_SOURCES}/cli11/include/CLI DESTINATION include)

# GoogleTest: the unit tests, natively and under Node.
set(gtest ${PITH_SOURCES}/googletest/googletest)
pith_add_library(gtest ${gtest}/src/gtest-all.cc ${gtest}/src/gtest_main.cc)
target_include_directories(gtest PRIVATE ${gtest} ${gtest}/include)
install(DIRECTORY ${gtest}/include/gtest DESTINATION include)
