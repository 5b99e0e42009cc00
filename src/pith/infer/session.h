// SPDX-License-Identifier: Apache-2.0
/// @file A graph as kernels, ready to run on one thread.
#pragma once

#include <memory>
#include <span>

#include "pith/base/bytes.h"
#include "pith/model/graph.h"

namespace pith {

/// Feature maps are NHWC in memory: where the graph says [N, C, H, W], a session takes and gives [N, H, W,
/// C].
class Session {
 public:
  /// Creates the kernels and packs the weights; nothing of the graph is needed afterwards.
  /// @param graph  cut and simplified
  /// @errors the refusal of a node that is not supported; unsupportedShape, modelTooLarge; outOfMemory;
  /// engineFailure
  [[nodiscard]] static Result<Session> create(Graph graph, const Limits& limits);

  /// @param input  float32, as many as `inputShape()` says
  /// @errors shapeMismatch, engineFailure
  [[nodiscard]] Status run(const FloatBuffer& input);
  /// @param inputs  one for each of the graph's
  [[nodiscard]] Status run(std::span<const FloatBuffer* const> inputs);

  /// The result of the last run; valid until the next one.
  [[nodiscard]] std::span<const float> output(size_t i) const;
  [[nodiscard]] const Shape& inputShape(size_t i = 0) const;
  [[nodiscard]] const Shape& outputShape(size_t i) const;

  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

 private:
  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pith
