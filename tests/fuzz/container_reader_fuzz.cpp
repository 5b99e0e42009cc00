// SPDX-License-Identifier: Apache-2.0
// Any bytes: they are refused, or make a container whose every row can be read. Each input is tried as it is and with
// hashes put right, so that a search gets past them.
#include "fuzz/read_container.h"
#include "fuzz/repaired.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pith::fuzz::readContainer({data, size});
  pith::fuzz::readContainer(pith::fuzz::repaired(data, size));
  pith::fuzz::readContainer(pith::fuzz::repairedDeeply({data, data + size}));
  return 0;
}
