// SPDX-License-Identifier: Apache-2.0
#include "pith/model/concatenations.h"

#include <algorithm>
#include <unordered_map>

namespace pith {
namespace {

/// What a node joined before its inputs were replaced.
struct Joined {
  int64_t axis = 0;
  std::vector<TensorId> inputs;
  TensorId output = noTensor;
};

/// Earlier concatenations by a hash of axis and inputs, so that all beginnings of a list are looked up in one walk along it.
class Beginnings {
 public:
  /// Of the earlier concatenations that join the first two or more inputs but not all, the longest; or none.
  [[nodiscard]] const Joined* longest(int64_t axis, const std::vector<TensorId>& inputs) const {
    const Joined* found = nullptr;
    uint64_t hash = start(axis);
    for (size_t count = 1; count < inputs.size(); ++count) {
      hash = next(hash, inputs[count - 1]);
      const auto at = byHash_.find(hash);
      if (at == byHash_.end()) continue;
      const Joined& one = at->second;
      const bool isSame = one.axis == axis && one.inputs.size() == count && std::equal(one.inputs.begin(), one.inputs.end(), inputs.begin());
      if (count > 1 && isSame) found = &one;
    }
    return found;
  }
  void add(Joined joined) {
    uint64_t hash = start(joined.axis);
    for (const TensorId id : joined.inputs) hash = next(hash, id);
    byHash_.emplace(hash, std::move(joined));
  }

 private:
  // FNV-1a of whole numbers in place of bytes; a list that meets another's hash is told apart by its inputs and left as it is.
  static uint64_t start(int64_t axis) { return next(14695981039346656037ULL, axis); }
  static uint64_t next(uint64_t hash, int64_t value) { return (hash ^ static_cast<uint64_t>(value)) * 1099511628211ULL; }
  std::unordered_map<uint64_t, Joined> byHash_;
};

bool isPlainConcat(const Graph& graph, const Node& node) {
  return node.op == Op::concat && node.clamp.isOpen() && graph.tensor(node.outputs[0]).type == DataType::float32;
}

}  // namespace

void shareConcatenations(Graph& graph) {
  Beginnings beginnings;
  for (Node& node : graph.nodes) {
    if (!isPlainConcat(graph, node)) continue;
    const int64_t axis = std::get<AxisAttributes>(node.attributes).axis;
    Joined whole{axis, node.inputs, node.outputs[0]};
    if (const Joined* part = beginnings.longest(axis, node.inputs)) {
      const auto shared = static_cast<ptrdiff_t>(part->inputs.size());
      node.inputs.erase(node.inputs.begin() + 1, node.inputs.begin() + shared);
      node.inputs[0] = part->output;
    }
    beginnings.add(std::move(whole));
  }
}

}  // namespace pith
