// SPDX-License-Identifier: Apache-2.0
// Any bytes: they are refused, or make a container whose every row can be read. Each input is tried as it is and with
// the preamble's and the header's SHA-256 put right, so that a search gets past them.
#include <cstdlib>
#include <vector>

#include "fuzz/repaired.h"
#include "pith/container/describe.h"
#include "pith/container/reader.h"

namespace {

void read(pith::ByteView file) {
  const pith::Result<pith::Container> container = pith::Container::open(file);
  if (!container) {
    if (container.error().detail.empty()) std::abort();
    return;
  }
  const pith::ContainerHeader& header = container->header();
  if (container->recordCount() == 0 || container->featureCount() == 0) std::abort();
  bool inflates = true;
  for (size_t row = 0; row < container->recordCount(); ++row) {
    const pith::Record record = container->record(row);
    if (record.labels.size() != header.labelColumns.size() || record.groups.size() != header.groupings.size()) std::abort();
    for (size_t block = 0; block < header.features.size() && inflates; ++block) {
      const pith::Result<std::vector<float>> features = container->features(row, block);
      if (features.ok() && features->size() != container->featureCount(block)) std::abort();
      inflates = features.ok();
    }
  }
  if (pith::describeContainer(*container).dump().empty()) std::abort();
  const pith::Status verified = container->verify();
  if (!verified && verified.error().detail.empty()) std::abort();
  if (verified && !inflates) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  read({data, size});
  read(pith::fuzz::repaired(data, size));
  return 0;
}
