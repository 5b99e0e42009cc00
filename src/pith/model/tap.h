// SPDX-License-Identifier: Apache-2.0
/// @file Where a network is cut: what its classifier would pool.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pith/model/graph.h"
#include "pith/model/pooling_kind.h"

namespace pith {

enum class TapKind : uint8_t {
  featureMap,  // [H, W, C]
  tokens,      // [T, C], as transformers have them
  vector,      // [C]
};
/// "feature map", "tokens" or "vector"
[[nodiscard]] std::string_view tapKindName(TapKind kind);

/// A tensor of a graph as it was imported, and what it means.
struct Tap {
  TensorId tensor = noTensor;
  TapKind kind = TapKind::featureMap;
  bool channelsLast = false;           // the file itself keeps this feature map as [1, H, W, C]
  Pooling pooling = Pooling::average;  // what the network does with it, or what suits its kind
  Shape shape;                         // [H, W, C], [T, C] or [C]
};

/// A place where features can be taken.
struct TapCandidate {
  std::string tensor;  // the tensor's name in the model file
  std::string node;    // the node that makes it
  std::string op;      // that node's operator, as the file calls it
  TapKind kind = TapKind::featureMap;
  std::vector<int64_t> shape;          // [H, W, C], [T, C] or [C], for the recipe's input size
  Pooling pooling = Pooling::average;  // what is used where none is chosen
  bool chosen = false;                 // what the extractor takes
};

/// The headless cut of a graph as it was imported.
///
/// The cut is what the last pooling takes after which neither a feature map nor tokens follow; pooling inside
/// a block (squeeze and excitation) is therefore passed over. Pooling is: the average or maximum over all of
/// a feature map; the average over tokens; the choice of the first token. Both an average and a maximum of
/// one map are `averageAndMaximum`.
///   - Where what it gives is joined with poolings of other maps or tokens, or of windows, the cut is the joint.
///   - What stands behind that pooling belongs to the head, a LayerNorm too (ConvNeXt). One exception: where
///   the
///     first token is chosen before the last LayerNorm (CLIP), the cut is the vector behind that LayerNorm,
///     and before any projection.
///   - Where a power stands before an average and its root behind it (GeM, the generalised mean), the cut is the root.
///   - Where nothing behind a feature map's pooling has weights, the classifier may be the convolution before
///   it
///     (SqueezeNet), and the cut moves before that convolution if a Softmax or LogSoftmax stands behind the
///     pooling, a Dropout stands directly before the convolution, or the convolution is 1x1 and has as many
///     outputs as a well-known set has classes, or at most an eighth of its inputs.
///   - Without any such pooling, the cut is the feature map that is flattened into [1, N] (VGG, AlexNet),
///   averaged;
///     else the vector that enters the last layers with weights, if it is one and no map that was flattened;
///     and in a file without a head, the first output, if it is a small feature map or tokens.
/// @errors tapNotFound; where an unsupported node stands before the cut, the error of that node
[[nodiscard]] Result<Tap> findTap(const Graph& graph);

/// The tensor of this name. The result of a pooling, or that result flattened, stands for what was pooled, so
/// that all three names give the same features.
/// @errors tapNotFound, with names that are close; where an unsupported node stands before it, the error of
/// that node
[[nodiscard]] Result<Tap> namedTap(const Graph& graph, std::string_view name);

/// The last feature map of each size, the last tokens of each count, results of matrix products and the network's
/// outputs, each as namedTap takes its name; in the order of the network.
/// @param chosen  marked, and always in the list
[[nodiscard]] std::vector<TapCandidate> listTaps(const Graph& graph, const std::vector<Tap>& chosen);

}  // namespace pith
