# yyjson: JSON for recipes, manifests and machine-readable answers.
pith_add_library(yyjson ${PITH_SOURCES}/yyjson/src/yyjson.c)
target_compile_definitions(yyjson PRIVATE YYJSON_DISABLE_UTILS=1 YYJSON_DISABLE_NON_STANDARD=1)
pith_small(yyjson)
if(CMAKE_SYSTEM_NAME STREQUAL "Emscripten")
  # Else it is its own always_inline, and its readers of strings and numbers are there a dozen times: 70 KB.
  target_compile_definitions(yyjson PRIVATE yyjson_inline=inline)
endif()
install(FILES ${PITH_SOURCES}/yyjson/src/yyjson.h DESTINATION include)

# libsodium: SHA-256 and Ed25519 signatures. Only the files that are needed are compiled.
set(sodium ${PITH_SOURCES}/libsodium/src/libsodium)
pith_add_library(sodium ${sodium}/crypto_hash/sha256/cp/hash_sha256_cp.c ${sodium}/crypto_hash/sha256/hash_sha256.c
  ${sodium}/crypto_hash/sha512/cp/hash_sha512_cp.c ${sodium}/crypto_hash/sha512/hash_sha512.c
  ${sodium}/crypto_core/ed25519/ref10/ed25519_ref10.c ${sodium}/crypto_sign/ed25519/ref10/keypair.c
  ${sodium}/crypto_sign/ed25519/ref10/sign.c ${sodium}/crypto_sign/ed25519/ref10/open.c ${sodium}/crypto_verify/sodium/verify.c
  ${CMAKE_CURRENT_LIST_DIR}/shims/sodium_utils.c)
target_include_directories(sodium PRIVATE ${sodium}/include/sodium ${sodium}/include ${CMAKE_CURRENT_BINARY_DIR}/sodium
  ${sodium}/include/sodium/private ${sodium}/crypto_sign/ed25519/ref10)
target_compile_definitions(sodium PRIVATE NATIVE_LITTLE_ENDIAN=1 CONFIGURED=1)
install(FILES ${sodium}/include/sodium/crypto_hash_sha256.h ${sodium}/include/sodium/crypto_sign_ed25519.h
  ${sodium}/include/sodium/crypto_hash_sha512.h ${sodium}/include/sodium/export.h DESTINATION include/sodium)

# zstd: optional compression of a container's sections. The decompressor is a library of its own: a program that only
# reads containers links nothing else.
set(zstd ${PITH_SOURCES}/libzstd/lib)
file(GLOB zstd_decompress ${zstd}/common/*.c ${zstd}/decompress/*.c)
file(GLOB zstd_compress ${zstd}/compress/*.c)
pith_add_library(zstd-decompress ${zstd_decompress})
pith_add_library(zstd-compress ${zstd_compress})
foreach(target zstd-decompress zstd-compress)
  target_include_directories(${target} PRIVATE ${zstd} ${zstd}/common)
  target_compile_definitions(${target} PRIVATE ZSTD_DISABLE_ASM=1 ZSTD_LEGACY_SUPPORT=0 ZSTD_TRACE=0 ZSTD_STRIP_ERROR_STRINGS=1)
endforeach()
if(CMAKE_SYSTEM_NAME STREQUAL "Emscripten")
  target_compile_definitions(zstd-decompress PRIVATE HUF_FORCE_DECOMPRESS_X1 ZSTD_FORCE_DECOMPRESS_SEQUENCES_SHORT ZSTD_NO_INLINE)
  pith_small(zstd-decompress)
endif()
install(FILES ${zstd}/zstd.h ${zstd}/zstd_errors.h DESTINATION include)

# stb_image (decoding), protozero (ONNX's wire format), FlatBuffers (TFLite's) and CLI11 (the command line): headers.
install(FILES ${PITH_SOURCES}/libstb/stb_image.h DESTINATION include)
install(DIRECTORY ${PITH_SOURCES}/protozero/include/protozero DESTINATION include)
install(DIRECTORY ${PITH_SOURCES}/flatbuffers/include/flatbuffers DESTINATION include)
install(DIRECTORY ${PITH_SOURCES}/fp16/include/ DESTINATION include)
install(DIRECTORY ${PITH_SOURCES}/cli11/include/CLI DESTINATION include)

# GoogleTest: the unit tests, natively and under Node.
set(gtest ${PITH_SOURCES}/googletest/googletest)
pith_add_library(gtest ${gtest}/src/gtest-all.cc ${gtest}/src/gtest_main.cc)
target_include_directories(gtest PRIVATE ${gtest} ${gtest}/include)
install(DIRECTORY ${gtest}/include/gtest DESTINATION include)
