# Warnings and flags of our own code; libraries, tests and fuzzers link this privately.
add_library(pith_options INTERFACE)
add_library(pith::options ALIAS pith_options)
target_compile_options(pith_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  -Wnon-virtual-dtor -Wold-style-cast
  # The same rounding in every build: no multiply-add is fused behind our back.
  -ffp-contract=off)
if(PITH_DEVELOPER)
  target_compile_options(pith_options INTERFACE -Werror)
endif()
