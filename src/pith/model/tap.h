// SPDX-License-Identifier: Apache-2.0
/// @file Where a network is cut: the last feature map before the classifier.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pith/model/graph.h"

namespace pith {

/// A place where features can be taken.
struct TapCandidate {
  std::string tensor;          // the tensor's name in the model file
  std::string node;            // the node that makes it
  std::vector<int64_t> shape;  // [H, W, C] or [C], for the recipe's input size
  bool chosen = false;         // what the extractor takes when no tap is named
};

/// The headless cut of a graph as it was imported.
///
/// The cut is the input of the last global pooling after which no feature map follows; pooling inside a block
/// (squeeze and excitation) is therefore passed over. Where nothing behind that pooling has weights, the
/// classifier may be the convolution before it, and the cut moves before that convolution if one of these
/// holds:
///   - a Softmax or LogSoftmax stands behind the pooling;
///   - a Dropout stands directly before the convolution;
///   - the convolution is 1x1 and has as many outputs as a well-known set has classes.
/// Without any such pooling, the cut is the feature map that is flattened into [1, N].
/// @return the tensor: a feature map [1, C, H, W]
/// @errors tapNotFound; where an unsupported node stands before the cut, the error of that node
[[nodiscard]] Result<TensorId> findTap(const Graph& graph);

/// The tensor of this name. The result of a global pooling, or that result flattened, stands for the feature
/// map that was pooled, so that all three names give the same features.
/// @return the tensor: [1, C, H, W], or a vector [1, N]
/// @errors tapNotFound, with names that are close; where an unsupported node stands before it, the error of
/// that node
[[nodiscard]] Result<TensorId> namedTap(const Graph& graph, std::string_view name);

/// Feature maps that a global pooling takes, the last feature map of each size, results of matrix products
/// and the network's outputs; in the order of the network.
/// @param chosen  marked, and always in the list
[[nodiscard]] std::vector<TapCandidate> listTaps(const Graph& graph, TensorId chosen);

/// [1, C, H, W] as [H, W, C], and [1, N] as [N].
[[nodiscard]] Shape tapShape(const Shape& shape);

}  // namespace pith
