// SPDX-License-Identifier: Apache-2.0
/// @file Resizing of maps, resolved to weighted sums along each axis.
#include <algorithm>
#include <cmath>

#include "pith/tflite/operators.h"

namespace pith::tflite {
namespace {

enum class Grid : uint8_t { asymmetric, halfPixel, alignCorners };

struct Plan {
  Grid grid;
  bool isNearest;
};

/// The places that one of the output mixes: rounded as TensorFlow Lite does it, in float32.
int64_t nearest(Grid grid, int64_t i, int64_t input, int64_t output) {
  const auto from = static_cast<float>(input), to = static_cast<float>(output), at = static_cast<float>(i);
  if (grid == Grid::alignCorners && output > 1)
    return static_cast<int64_t>(std::round(at * ((from - 1.0F) / (to - 1.0F))));
  const float scale = from / to;
  if (grid == Grid::alignCorners) return static_cast<int64_t>(std::round(at * scale));
  return static_cast<int64_t>(std::floor((at + (grid == Grid::halfPixel ? 0.5F : 0.0F)) * scale));
}

double between(Grid grid, int64_t i, int64_t input, int64_t output) {
  const auto from = static_cast<double>(input), to = static_cast<double>(output), at = static_cast<double>(i);
  if (grid == Grid::alignCorners && output > 1) return at * (from - 1) / (to - 1);
  return grid == Grid::halfPixel ? (at + 0.5) * from / to - 0.5 : at * from / to;
}

ResizeAxis planAxis(const Plan& plan, int64_t graphAxis, int64_t input, int64_t output) {
  ResizeAxis axis;
  axis.axis = graphAxis;
  axis.taps = plan.isNearest ? 1 : 2;
  const auto add = [&](int64_t at, double weight) {
    axis.indices.push_back(static_cast<int32_t>(std::clamp<int64_t>(at, 0, input - 1)));
    axis.weights.push_back(static_cast<float>(weight));
  };
  for (int64_t i = 0; i < output; ++i) {
    if (plan.isNearest) {
      add(nearest(plan.grid, i, input, output), 1);
      continue;
    }
    const double place = between(plan.grid, i, input, output), below = std::floor(place);
    add(static_cast<int64_t>(below), 1 - (place - below));
    add(static_cast<int64_t>(below) + 1, place - below);
  }
  return axis;
}

/// The grids of XNNPACK's kernel.
BilinearGrid bilinearGrid(Grid grid) {
  if (grid == Grid::asymmetric) return BilinearGrid::asymmetric;
  return grid == Grid::halfPixel ? BilinearGrid::halfPixel : BilinearGrid::alignCorners;
}

template <typename Options>
Status resize(OperatorImport& node, bool isNearest) {
  const auto* options = node.options<Options>();
  const bool alignsCorners = options && options->align_corners(), isHalf = options && options->half_pixel_centers();
  if (alignsCorners && isHalf) return node.corrupt("it aligns both the corners and the centres of pixels");
  const Plan plan{alignsCorners ? Grid::alignCorners : isHalf ? Grid::halfPixel : Grid::asymmetric, isNearest};
  const Shape shape = node.fileShape(0);
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.number(0));
  PITH_ASSIGN_OR_RETURN(const auto size, node.integers(1));
  if (shape.size() != 4 || size.size() != 2)
    return node.corrupt("it makes a map of " + shapeText(size) + " of " + shapeText(shape));
  const Shape output{shape[0], size[0], size[1], shape[3]};
  constexpr int64_t most = int64_t{1} << 20;
  for (int64_t extent : {size[0], size[1], shape[1], shape[2]}) {
    if (extent < 1 || extent > most)
      return node.unsupportedShape("it makes " + shapeText(output) + " of " + shapeText(shape) + "; 1 to " +
                                   std::to_string(most) + " rows and columns are allowed");
  }
  if (output == shape) return node.emitReshaped(x, output);
  if (!elementCount({shape[0], size[0], shape[2], shape[3]}, node.tensors().limits()))  // what it makes between its axes
    return Error{ErrorCode::modelTooLarge, node.unsupportedShape("it makes " + shapeText(output) + " of " + shapeText(shape)).detail};
  ResizeAttributes attributes;
  bool isPlain = true;
  for (size_t axis : {size_t{1}, size_t{2}}) {
    // The kernel is right where both axes change between more than one place.
    isPlain = isPlain && output[axis] != shape[axis] && output[axis] > 1 && shape[axis] > 1;
    if (output[axis] == shape[axis]) continue;
    PITH_RETURN_IF_ERROR(node.tensors().keepTable(2 * (isNearest ? 1 : 2) * output[axis]));
    attributes.axes.push_back(planAxis(plan, static_cast<int64_t>(axis) + 1, shape[axis], output[axis]));
  }
  if (isPlain && !isNearest) attributes.bilinear = bilinearGrid(plan.grid);
  return node.emit(Op::resize, std::move(attributes), {x}, output);
}

}  // namespace

Status importResizeBilinear(OperatorImport& node) { return resize<file::ResizeBilinearOptions>(node, false); }
Status importResizeNearest(OperatorImport& node) { return resize<file::ResizeNearestOptions>(node, true); }

}  // namespace pith::tflite
