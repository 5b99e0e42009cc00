// SPDX-License-Identifier: Apache-2.0
#include "pith/model/tap.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

#include "pith/model/tap_patterns.h"

namespace pith {
namespace {

/// Levenshtein's distance of two short names.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

Error unknownName(const Graph& graph, std::string_view name) {
  constexpr size_t longest = 128, mostTensors = 4096;
  std::vector<std::pair<size_t, std::string_view>> close;
  for (size_t i = 0; i < std::min(graph.tensors.size(), mostTensors) && name.size() <= longest; ++i) {
    const Tensor& tensor = graph.tensors[i];
    if (tensor.isConstant || tensor.name.size() > longest) continue;
    const size_t steps = distance(name, tensor.name);
    if (steps <= name.size() / 2) close.emplace_back(steps, tensor.name);
  }
  std::ranges::sort(close);
  std::string hint;
  for (size_t i = 0; i < std::min<size_t>(close.size(), 3); ++i)
    hint += (i == 0 ? " Close to it: " : ", ") + quotedName(close[i].second);
  return {ErrorCode::tapNotFound, "The network has no tensor " + quotedName(name) + "." +
                                      (hint.empty() ? "" : hint + ".") +
                                      " Taps that are allowed: " + tapListText(graph) + "."};
}

/// What a tensor's name stands for: for the result of a pooling, perhaps flattened, what was pooled.
std::optional<Tap> meantBy(const TapSearch& search, TensorId id) {
  const std::optional<Tap> tap = search.tapAt(id);
  if (!tap || isSpatial(search.shape(id)) || isTokens(search.shape(id))) return tap;
  const Node* node = search.producer(id);
  while (node && (passesThrough(*node) || node->op == Op::reshape || node->op == Op::convert))
    node = search.producer(node->inputs[0]);
  const std::optional<Tap> pooled = node ? search.pooledBy(*node) : std::nullopt;
  return pooled ? pooled : tap;
}

}  // namespace

std::string_view tapKindName(TapKind kind) {
  constexpr std::array<std::string_view, 3> names{"feature map", "tokens", "vector"};
  return names[static_cast<size_t>(kind)];
}

std::string tapListText(const Graph& graph) {
  std::string text;
  const auto taps = listTaps(graph, {});
  const size_t first = taps.size() > 8 ? taps.size() - 8 : 0;
  for (size_t i = first; i < taps.size(); ++i) {
    text += (text.empty() ? "" : ", ") + quotedName(taps[i].tensor) + " " + shapeText(taps[i].shape);
  }
  return text.empty() ? "none" : text;
}

Result<Tap> namedTap(const Graph& graph, std::string_view name) {
  const auto found = std::ranges::find_if(
      graph.tensors, [&](const Tensor& tensor) { return tensor.name == name && !tensor.isConstant; });
  if (found == graph.tensors.end()) return unknownName(graph, name);
  if (found->refusal) return *found->refusal;
  const TapSearch search(graph);
  const auto id = static_cast<TensorId>(found - graph.tensors.begin());
  const std::optional<Tap> tap = meantBy(search, id);
  if (!tap) {
    return Error{ErrorCode::tapNotFound,
                 "The tensor " + quotedName(name) + " has shape " + shapeText(found->shape) +
                     "; the result of a node of shape [1, C, H, W], [1, T, C] or [1, N] is allowed: " +
                     tapListText(graph) + "."};
  }
  return *tap;
}

std::vector<TapCandidate> listTaps(const Graph& graph, const std::vector<Tap>& chosen) {
  const TapSearch search(graph);
  std::map<TensorId, Tap> listed;
  std::map<Shape, TensorId> lastOfSize;
  const auto list = [&](const std::optional<Tap>& tap) {
    if (tap) listed.insert_or_assign(tap->tensor, *tap);
  };
  for (const Node& node : graph.nodes) {
    if (node.op == Op::refused || passesThrough(node)) continue;
    const TensorId id = node.outputs[0];
    const Shape& shape = search.shape(id);
    const bool isMap = isSpatial(shape) && search.layout(id) != Layout::unknown;
    const std::optional<Tap> tap = search.tapAt(id);
    if (tap && (isMap || isTokens(shape)) && node.op != Op::transpose)
      lastOfSize[{tap->shape.begin(), tap->shape.end() - 1}] = tap->tensor;
    if (node.op == Op::fullyConnected && shape.size() == 2) list(tap);
  }
  for (const auto& [size, id] : lastOfSize) {
    if (!listed.contains(id)) list(search.tapAt(id));
  }
  for (TensorId output : graph.outputs) {
    if (!listed.contains(output)) list(meantBy(search, output));
  }
  for (const Tap& tap : chosen) list(tap);

  std::vector<TapCandidate> taps;
  for (const Node& node : graph.nodes) {
    if (node.op == Op::refused) continue;
    const auto tap = listed.find(node.outputs[0]);
    if (tap == listed.end()) continue;
    const bool isChosen =
        std::ranges::any_of(chosen, [&](const Tap& one) { return one.tensor == tap->first; });
    taps.push_back({graph.tensor(tap->first).name, node.name, node.opType, tap->second.kind,
                    tap->second.shape, tap->second.pooling, isChosen});
  }
  return taps;
}

}  // namespace pith
