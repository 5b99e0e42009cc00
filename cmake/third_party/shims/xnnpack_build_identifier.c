// SPDX-License-Identifier: Apache-2.0
// XNNPACK generates these at build time to guard caches of packed weights that outlive a process. Pith keeps none.
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const char identifier[] = "pith";

const void* xnn_experimental_get_build_identifier_data(void) { return identifier; }
size_t xnn_experimental_get_build_identifier_size(void) { return sizeof identifier; }
bool xnn_experimental_check_build_identifier(const void* data, size_t size) {
  return size == sizeof identifier && memcmp(data, identifier, size) == 0;
}
