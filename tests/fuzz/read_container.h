// SPDX-License-Identifier: Apache-2.0
/// @file What a reader does with any bytes: it refuses them with a reason, or every row can be read.
#pragma once

#include <cstdlib>
#include <vector>

#include "pith/container/describe.h"
#include "pith/container/reader.h"

namespace pith::fuzz {

/// @return whether the file is whole
inline bool readContainer(ByteView file) {
  const Result<Container> container = Container::open(file);
  if (!container) {
    if (container.error().detail.empty()) std::abort();
    return false;
  }
  const ContainerHeader& header = container->header();
  if (container->recordCount() == 0 || container->featureCount() == 0) std::abort();
  bool inflates = true;
  for (size_t row = 0; row < container->recordCount(); ++row) {
    const Record record = container->record(row);
    if (record.labels.size() != header.labelColumns.size() || record.groups.size() != header.groupings.size()) std::abort();
    for (size_t block = 0; block < header.features.size() && inflates; ++block) {
      const Result<std::vector<float>> features = container->features(row, block);
      if (features.ok() && features->size() != container->featureCount(block)) std::abort();
      inflates = features.ok();
    }
  }
  if (describeContainer(*container).dump().empty()) std::abort();
  const Status verified = container->verify();
  if (!verified && verified.error().detail.empty()) std::abort();
  if (verified && !inflates) std::abort();
  return verified.ok();
}

}  // namespace pith::fuzz
