// SPDX-License-Identifier: Apache-2.0
/// @file Every operation of a graph in portable C++. These kernels compute what XNNPACK has no kernel for, fold
/// what depends on constants only, and are a second opinion on everything else. Sums are kept in double.
#pragma once

#include "pith/plain/walk.h"

namespace pith::plain {

/// Computes a node of float32 tensors.
/// @param inputs  as many as the node has; shapes as in the graph, strides as they lie in memory
/// @param output  of the node's first output's shape; overwritten
void compute(const Node& node, std::span<const View<const float>> inputs, const View<float>& output);

/// The operations that move elements without looking at them.
[[nodiscard]] bool onlyMoves(Op op);
template <typename T>
void move(const Node& node, std::span<const View<const T>> inputs, const View<T>& output);

/// Arithmetic on whole numbers, which happens only while a file is read. Results wrap as the type does.
/// @return false where whole numbers have no such operation or no such result (division by zero)
[[nodiscard]] bool computeIntegers(const Node& node, NumberType type, std::span<const View<const int64_t>> inputs,
                                   const View<int64_t>& output);

// elementwise.cpp
void unary(const UnaryAttributes& attributes, const View<const float>& x, const View<float>& y);
void binary(Op op, const View<const float>& a, const View<const float>& b, const View<float>& y);
void select(std::span<const View<const float>> inputs, const View<float>& y);
void clamp(const ClampRange& range, const View<const float>& x, const View<float>& y);
// reduce.cpp
void reduce(ReduceKind kind, const std::vector<int64_t>& axes, const View<const float>& x, const View<float>& y);
void softmax(int64_t axis, bool takesLogarithm, const View<const float>& x, const View<float>& y);
// normalize.cpp
void normalize(const NormalizeAttributes& attributes, std::span<const View<const float>> inputs, const View<float>& y);
void batchNormalization(double epsilon, std::span<const View<const float>> inputs, const View<float>& y);
void localResponse(const LocalResponseAttributes& attributes, const View<const float>& x, const View<float>& y);
// window.cpp
void conv(const ConvAttributes& attributes, std::span<const View<const float>> inputs, const View<float>& y);
void convTranspose(const ConvTransposeAttributes& attributes, std::span<const View<const float>> inputs,
                   const View<float>& y);
void pool(const Node& node, const View<const float>& x, const View<float>& y);
// product.cpp
void matMul(const View<const float>& a, const View<const float>& b, const View<float>& y);
void fullyConnected(std::span<const View<const float>> inputs, const View<float>& y);
// resize.cpp
void resize(const ResizeAttributes& attributes, const View<const float>& x, const View<float>& y);

}  // namespace pith::plain
