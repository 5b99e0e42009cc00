// SPDX-License-Identifier: Apache-2.0
/// @file What DoF kept about its elements becomes columns of a container. DoF has no types: they are found
/// from the values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pith/base/result.h"
#include "pith/container/container.h"
#include "pith/dof/dataset.h"

namespace pith::dof {

/// One column and its value for each element.
struct Column {
  LabelColumn column;
  std::vector<LabelValue> values;
};

/// The y of all elements:
///
/// | y                                     | becomes |
/// |---|---|
/// | integers                              | categorical, named by the integer, where few are different; else
/// number | | numbers with a point                  | number | | texts                                 |
/// categorical where few are different, else text | | true and false                        | categorical |
/// | lists of one value                    | as that value |
/// | lists of 0 and 1, one 1 in every list | categorical, named by the place of the 1 |
/// | other lists of 0 and 1                | multi-label |
/// | other lists of numbers                | one number column for each place |
///
/// "Few" are at most 20, or one for every 20 elements. null and NaN are missing.
/// @param wanted  categorical, number or multiLabel in place of the rule
/// @errors unsupportedDof, with the number of the element: lists in lists, objects, lists of different
/// lengths, kinds that are mixed;
///         invalidArgument where the values cannot be what is wanted
[[nodiscard]] Result<std::vector<Column>> columnsOfY(const std::vector<Element>& elements,
                                                     std::optional<LabelType> wanted);

/// One column for each key that any element has, as information: categorical where few values are different,
/// else text.
/// @param taken  names of columns that are there already; a key of such a name gets "info_" in front
[[nodiscard]] std::vector<Column> columnsOfFacts(const std::vector<Element>& elements,
                                                 std::vector<std::string> taken);

}  // namespace pith::dof
