// SPDX-License-Identifier: Apache-2.0
// libsodium's SHA-256 wipes its state through this; its own file brings the whole memory-guard machinery with it.
#include <stddef.h>

void sodium_memzero(void* const bytes, const size_t sizeBytes) {
  volatile unsigned char* const volatile p = bytes;
  for (size_t i = 0; i < sizeBytes; ++i) p[i] = 0;
}
