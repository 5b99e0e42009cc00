if(PITH_SANITIZE)
  target_compile_options(pith_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  target_link_options(pith_options INTERFACE -fsanitize=address,undefined)
endif()
