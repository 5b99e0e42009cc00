// SPDX-License-Identifier: Apache-2.0
/// @file What a container says, as JSON: one form for the command line, the page and whoever reads their answers.
#pragma once

#include <vector>

#include "pith/base/json.h"
#include "pith/container/container.h"

namespace pith {

/// Texts are taken as they are; those of a container that was opened are valid UTF-8.
[[nodiscard]] Json describeDataset(const DatasetInfo& dataset);
[[nodiscard]] Json describeEncoder(const EncoderInfo& encoder);
[[nodiscard]] Json describeNarrowing(const NarrowingError& narrowing);
[[nodiscard]] Json describeSections(const std::vector<SectionInfo>& sections);

}  // namespace pith
