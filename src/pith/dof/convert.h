// SPDX-License-Identifier: Apache-2.0
/// @file A data set of DoF's version 1 becomes what a container's writer takes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pith/container/writer.h"
#include "pith/dof/dataset.h"

namespace pith::dof {

struct ConvertOptions {
  std::string title;  // DoF has none
  FeatureType featureType = FeatureType::f32;
  std::optional<LabelType> labelType{};  // of y: categorical, number or multiLabel; else columnsOfY() decides
};

/// The keys of DoF's information go to the fields of the same meaning, others into the notes; "NA" becomes a
/// path of `notKnown`; y and what is said about each element become columns (labels.h). Model file, recipe
/// and tap are not known. The x of an element is taken as a row of values, whatever its shape.
/// @errors those of columnsOfY(), readTensorPickle(), ContainerWriter and `read`; unsupportedDof where an x
/// has another shape than
///         the first; each with the number of the element
[[nodiscard]] Result<ContainerWriter> convert(Dataset dataset, const MemberReader& read,
                                              const ConvertOptions& options);

}  // namespace pith::dof
