// SPDX-License-Identifier: Apache-2.0
#include "pith/infer/buffers.h"

#include <algorithm>

#include "pith/plain/walk.h"

namespace pith {
namespace {

size_t floatsFor(const Tensor& tensor) {
  const auto count = static_cast<size_t>(plain::countOf(tensor.shape));
  return tensor.quantization ? (count + sizeof(float) - 1) / sizeof(float) : count;
}

}  // namespace

Buffers::Buffers(const Graph& graph, const std::vector<Segment>& segments) : number_(graph.tensors.size(), -1) {
  std::vector<size_t> lastUse(graph.tensors.size(), 0);
  for (size_t s = 0; s < segments.size(); ++s) {
    for (size_t node : segments[s].nodes) {
      for (TensorId id : graph.nodes[node].inputs) {
        if (id != noTensor) lastUse[static_cast<size_t>(id)] = s;
      }
    }
  }
  for (TensorId id : graph.outputs) lastUse[static_cast<size_t>(id)] = segments.size();

  std::vector<std::vector<TensorId>> endingIn(segments.size() + 1);
  std::vector<size_t> sizes;
  std::vector<int32_t> free;
  const auto place = [&](TensorId id) {
    int32_t& number = number_[static_cast<size_t>(id)];
    if (number >= 0) return;
    endingIn[lastUse[static_cast<size_t>(id)]].push_back(id);
    const size_t wanted = floatsFor(graph.tensor(id));
    // The smallest that is large enough, or else the largest, which then grows.
    const auto better = [&](int32_t a, int32_t b) {
      const size_t x = sizes[static_cast<size_t>(a)], y = sizes[static_cast<size_t>(b)];
      if ((x >= wanted) != (y >= wanted)) return x >= wanted;
      return x >= wanted ? x < y : x > y;
    };
    const auto best = std::ranges::min_element(free, better);
    if (best == free.end()) {
      number = static_cast<int32_t>(sizes.size());
      sizes.push_back(wanted);
      return;
    }
    number = *best;
    sizes[static_cast<size_t>(number)] = std::max(sizes[static_cast<size_t>(number)], wanted);
    free.erase(best);
  };
  for (size_t s = 0; s < segments.size(); ++s) {
    std::vector<TensorId> made = segments[s].outputs;
    for (size_t node : segments[s].nodes) {
      if (segments[s].engine != Engine::xnnpack) made.insert(made.end(), graph.nodes[node].outputs.begin(), graph.nodes[node].outputs.end());
    }
    std::ranges::for_each(made, place);
    for (TensorId id : endingIn[s]) free.push_back(number_[static_cast<size_t>(id)]);
  }
  for (size_t size : sizes) storage_.emplace_back(size);
}

}  // namespace pith
