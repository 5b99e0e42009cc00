// SPDX-License-Identifier: Apache-2.0
/// @file The container's structures between JavaScript and the library: all travel as JSON.
/// @errors invalidArgument, naming the field; those of recipeFromJson
#pragma once

#include "bindings/convert.h"
#include "pith/container/reader.h"
#include "pith/container/writer.h"

namespace pith::bindings {

[[nodiscard]] Result<DatasetInfo> datasetFromJson(const std::string& text);
[[nodiscard]] Result<EncoderInfo> encoderFromJson(const std::string& text);
[[nodiscard]] Result<std::vector<LabelColumn>> labelColumnsFromJson(const std::string& text);
[[nodiscard]] Result<Record> recordFromJson(const std::string& text);

/// Everything but the records, which are counted by split.
[[nodiscard]] Json containerToJson(const Container& container);

}  // namespace pith::bindings
