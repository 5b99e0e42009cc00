// SPDX-License-Identifier: Apache-2.0
/// @file Changes to what a container says about itself; never to records, labels of records or features.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pith/base/json.h"
#include "pith/transform/draft.h"

namespace pith {

/// Sets a text. Entries of lists may be named instead of numbered: "labels.age.unit", "encoders.0.family".
/// Model information is set by key: "encoders.0.training.batch_size"; an empty text removes the entry.
/// @errors invalidArgument with the paths that are near
[[nodiscard]] Status setField(ContainerHeader& header, std::string_view path, std::string text);

/// Empties a text and declares it as not known.
[[nodiscard]] Status declareNotKnown(ContainerHeader& header, std::string_view path);

/// Takes over what a JSON object says, as describeContainer() writes it: `dataset`, `notKnown`, `savings`,
/// `heads`, and the descriptions in `encoders`, `labels`, `groupings`, `documents` (lists in the file's
/// order, or objects by name). What is left out stays. Members that describeContainer() writes and nobody can edit
/// are passed over.
/// @errors invalidArgument, naming the member
[[nodiscard]] Status applyJson(ContainerHeader& header, const Json& json);

/// Replaces the suggested heads: a list of heads, or one. @errors invalidArgument
[[nodiscard]] Status setHeads(ContainerHeader& header, const Json& json);

/// Checks the header as a whole after all changes. @errors invalidArgument, invalidLabel, containerTooLarge
[[nodiscard]] Status checkEdited(const ContainerHeader& header);

}  // namespace pith
