// SPDX-License-Identifier: Apache-2.0
// What libsodium's hashes and signatures need of its own utilities, which bring the whole memory-guard machinery with them.
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

void sodium_memzero(void* const bytes, const size_t sizeBytes) {
  volatile unsigned char* const volatile p = bytes;
  for (size_t i = 0; i < sizeBytes; ++i) p[i] = 0;
}

int sodium_is_zero(const unsigned char* bytes, const size_t sizeBytes) {
  unsigned char seen = 0;
  for (size_t i = 0; i < sizeBytes; ++i) seen |= bytes[i];
  return seen == 0;
}

int sodium_memcmp(const void* const a, const void* const b, const size_t sizeBytes) {
  const unsigned char *const x = a, *const y = b;
  unsigned char different = 0;
  for (size_t i = 0; i < sizeBytes; ++i) different |= x[i] ^ y[i];
  return different == 0 ? 0 : -1;
}

// Only key generation draws random numbers; a key from a failed generator must not exist.
void randombytes_buf(void* const bytes, const size_t sizeBytes) {
  unsigned char* const p = bytes;
  for (size_t done = 0; done < sizeBytes; done += 256) {
    const size_t part = sizeBytes - done < 256 ? sizeBytes - done : 256;
    if (getentropy(p + done, part) != 0) abort();
  }
}
