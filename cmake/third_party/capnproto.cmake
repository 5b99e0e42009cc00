# Cap'n Proto, lite: the container's header. The `capnp` tool that reads the schema comes with the toolchain and has the
# same version. Never with -pthread: in a module that is linked without threads, thread-local variables would read garbage.
set(capnproto ${PITH_SOURCES}/capnproto/src)
set(kj_sources array list common debug exception io memory mutex string source-location hash table thread arena units encoding)
list(TRANSFORM kj_sources PREPEND ${capnproto}/kj/)
list(TRANSFORM kj_sources APPEND .c++)
set(capnp_sources c++.capnp blob arena layout list any message schema.capnp stream.capnp serialize)
list(TRANSFORM capnp_sources PREPEND ${capnproto}/capnp/)
list(TRANSFORM capnp_sources APPEND .c++)
pith_add_library(capnp ${kj_sources} ${capnp_sources})
target_include_directories(capnp PRIVATE ${capnproto})
target_compile_definitions(capnp PRIVATE CAPNP_LITE KJ_USE_FUTEX=0)
pith_small(capnp)
install(DIRECTORY ${capnproto}/kj ${capnproto}/capnp DESTINATION include FILES_MATCHING PATTERN "*.h")
