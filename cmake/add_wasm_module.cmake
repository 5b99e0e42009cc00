# pith_add_wasm_module(NAME SOURCE...): NAME.js and NAME.wasm, and for plain SIMD NAME.d.ts. The only place that knows Emscripten's link flags.
function(pith_add_wasm_module name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE pith::pith pith::options embind)
  target_compile_definitions(${name} PRIVATE PITH_VERSION="${PROJECT_VERSION}")
  target_link_options(${name} PRIVATE
    -sMODULARIZE                    # a factory, so that nothing global is touched and a module can be made anew
    -sEXPORT_NAME=createPithModule
    -sENVIRONMENT=web,worker,node   # no shell; node for the tests
    -sFILESYSTEM=0                  # bytes go in and come out; there is no file system to imitate
    -sALLOW_MEMORY_GROWTH           # images differ in size by a factor of a thousand
    -sMEMORY_GROWTH_GEOMETRIC_STEP=0.05  # it never shrinks: a fifth more than a network needs would stay for nothing
    -sINITIAL_MEMORY=32MB           # holds the provisional encoder and a common film, so growth is the exception
    -sMAXIMUM_MEMORY=2GB            # a film of 100 million pixels at 16 bits needs less than one
    -sSTACK_SIZE=1MB                # the default of 64 KiB is too little for image decoders
    -sMALLOC=emmalloc               # few, large blocks: as fast as dlmalloc on the sample films, and 7 KB smaller
    -sDYNAMIC_EXECUTION=0           # the page's content security policy forbids eval and new Function
    -sINCOMING_MODULE_JS_API=instantiateWasm,wasmBinary,locateFile,print,printErr
    -Oz --closure 0)
  # The same for both variants; making it runs the module, which Node 20 refuses to do with relaxed SIMD.
  if(PITH_WASM_VARIANT STREQUAL "simd")
    target_link_options(${name} PRIVATE "SHELL:--emit-tsd ${name}.d.ts")
    # Emscripten looks for TypeScript's compiler on the PATH; npm has put it here.
    set_property(TARGET ${name} PROPERTY RULE_LAUNCH_LINK
      "${CMAKE_COMMAND} -E env PATH=${PROJECT_SOURCE_DIR}/node_modules/.bin:$ENV{PATH}")
  endif()
endfunction()
