// SPDX-License-Identifier: Apache-2.0
/// @file What a container says, as JSON: one form for the command line, the page and whoever reads their answers.
#pragma once

#include <vector>

#include "pith/base/json.h"
#include "pith/container/container.h"
#include "pith/container/reader.h"

namespace pith {

/// Texts are taken as they are; those of a container that was opened are valid UTF-8.
[[nodiscard]] Json describeDataset(const DatasetInfo& dataset);
/// What recomputes the features.
[[nodiscard]] Json describeEncoder(const EncoderInfo& encoder);
/// The same and where the encoder comes from.
[[nodiscard]] Json describeEncoder(const EncoderDescription& encoder);
[[nodiscard]] Json describeNarrowing(const NarrowingError& narrowing);
[[nodiscard]] Json describeLabel(const LabelValue& label);
[[nodiscard]] Json describeColumn(const LabelColumn& column);
[[nodiscard]] Json describeSplit(const Split& split);
[[nodiscard]] Json describeHead(const Head& head);
[[nodiscard]] Json describeSections(const std::vector<SectionInfo>& sections);

/// Everything but what each record holds, in the form of spec/container.md, "Vectors".
[[nodiscard]] Json describeContainer(const Container& container);
/// One record in that form, without its features.
[[nodiscard]] Json describeRecordFacts(const Container& container, size_t row);
/// One record in that form, features included. @errors those of Container::readFeatures
[[nodiscard]] Result<Json> describeRecord(const Container& container, size_t row);
/// The whole content in that form; for small files.
[[nodiscard]] Result<Json> describeContent(const Container& container);

}  // namespace pith
