// SPDX-License-Identifier: Apache-2.0
/// @file What a record must be before a writer takes it.
#pragma once

#include <span>

#include "pith/base/result.h"
#include "pith/container/container.h"

namespace pith::format {

/// Checks a record against the header and brings its labels into the form in which they are stored: an empty text is a
/// missing one, and a missing multi-label value is one whose states are all missing.
/// @errors invalidLabel, invalidArgument
[[nodiscard]] Status checkRecord(Record& record, const ContainerHeader& header);

/// @errors shapeMismatch, nonFiniteFeature
[[nodiscard]] Status checkFeatures(std::span<const std::span<const float>> features, const ContainerHeader& header);

}  // namespace pith::format
