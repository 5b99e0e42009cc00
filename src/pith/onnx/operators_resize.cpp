// SPDX-License-Identifier: Apache-2.0
/// @file Resize, resolved to weighted sums along each axis.
#include <algorithm>
#include <cmath>

#include "pith/model/json_text.h"
#include "pith/onnx/operators.h"

namespace pith::onnx {
namespace {

struct Settings {
  std::string mode, coordinates, nearest, aspect;
  double cubic = -0.75;
  bool excludesOutside = false, antialias = false;
};

/// One axis: from `input` to `output` elements, enlarged by `scale`.
struct AxisPlan {
  int64_t axis, input, output;
  double scale;
  bool isRatio = false;  // the scale is output / input
  double roiStart = 0, roiEnd = 1;
};

/// Where output `i` lies on the input's axis.
/// @source ONNX Resize-19, coordinate_transformation_mode
Result<double> coordinate(const OperatorImport& node, const Settings& s, const AxisPlan& p, int64_t i) {
  const auto at = static_cast<double>(i), input = static_cast<double>(p.input), output = static_cast<double>(p.output);
  const std::string& mode = s.coordinates;
  // A place that is whole must come out whole, or `floor` takes its neighbour: a ratio is divided once, and other scales, which are
  // written in float32, in float32.
  const auto scaled = [&](double place) {
    return p.isRatio ? place * input / output : double{static_cast<float>(place) / static_cast<float>(p.scale)};
  };
  const auto centred = [&] { return p.isRatio ? ((2 * at + 1) * input - output) / (2 * output) : scaled(at + 0.5) - 0.5; };
  if (mode == "half_pixel") return centred();
  if (mode == "pytorch_half_pixel") return p.output == 1 ? -0.5 : centred();
  if (mode == "asymmetric") return scaled(at);
  if (mode == "align_corners" && !p.isRatio)
    return node.unsupportedOperator("align_corners is defined in two ways where a scale makes no whole length");
  if (mode == "align_corners") return p.output == 1 ? 0.0 : at * (input - 1) / (output - 1);
  if (mode == "half_pixel_symmetric") return (p.isRatio ? 0.0 : input / 2 * (1 - output / (p.scale * input))) + centred();
  if (mode == "tf_crop_and_resize") {
    const double part = p.roiEnd - p.roiStart;
    const double along = p.output == 1 ? part * (input - 1) / 2 : at * part * (input - 1) / (output - 1);
    return along + p.roiStart * (input - 1);
  }
  return node.unsupportedOperator("coordinate_transformation_mode " + quotedName(mode) + " is not supported");
}

double cubicWeight(double distance, double a) {
  const double x = std::abs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

/// What the operator did before it had modes: the place before, or the one behind where the map becomes smaller.
/// @source ONNX 1.5, test_resize_downsample_nearest and test_resize_upsample_nearest of Resize-10
constexpr std::string_view beforeSet11 = "as before operator set 11";

/// Weights of the inputs from `first` on, for a place `ratio` beyond the input before it, 0 < ratio <= 1.
struct Kernel {
  int64_t first;
  std::vector<double> weights;
};

Kernel kernelOf(const Settings& s, double ratio, double scale) {
  if (s.mode == "nearest") {
    const bool isWhole = ratio == 1;
    bool next = isWhole || ratio > 0.5;
    if (!isWhole && s.nearest == "round_prefer_ceil") next = ratio >= 0.5;
    if (!isWhole && s.nearest == "floor") next = false;
    if (!isWhole && s.nearest == "ceil") next = true;
    if (!isWhole && s.nearest == beforeSet11) next = scale < 1;
    return {next ? 1 : 0, {1.0}};
  }
  const bool isCubic = s.mode == "cubic";
  const double shrink = s.antialias ? std::min(scale, 1.0) : 1.0;
  const double reach = (isCubic ? 2.0 : 1.0) / shrink;
  Kernel kernel{static_cast<int64_t>(std::floor(-reach)) + 1, {}};
  double total = 0;
  for (int64_t i = kernel.first; i < 2 - kernel.first; ++i) {
    const double distance = (static_cast<double>(i) - ratio) * shrink;
    kernel.weights.push_back(isCubic ? cubicWeight(distance, s.cubic) : std::max(0.0, 1 - std::abs(distance)));
    total += kernel.weights.back();
  }
  if (s.antialias) {
    for (double& weight : kernel.weights) weight /= total;
  }
  return kernel;
}

Result<ResizeAxis> planAxis(const OperatorImport& node, const Settings& s, const AxisPlan& p) {
  ResizeAxis result;
  result.axis = p.axis;
  // The definition samples a single result at 0, its reference implementation at -0.5: where that differs, nobody knows.
  if (s.coordinates == "pytorch_half_pixel" && p.output == 1 && (s.mode == "cubic" || s.antialias))
    return node.unsupportedOperator("mode " + quotedName(s.mode) + " makes one place of an axis with pytorch_half_pixel");
  const double mostTaps = s.antialias && s.mode != "nearest" ? 8 / std::min(p.scale, 1.0) : 4;
  if (!(mostTaps * static_cast<double>(p.output) < maxTableEntries)) PITH_RETURN_IF_ERROR(node.keepTable(maxTableEntries + 1));
  for (int64_t i = 0; i < p.output; ++i) {
    PITH_ASSIGN_OR_RETURN(const double place, coordinate(node, s, p, i));
    if (!(std::abs(place) < 1e9)) return node.corrupt("it samples far outside its input");
    if (s.coordinates == "tf_crop_and_resize")
      result.isOutside.push_back(place < 0 || place > static_cast<double>(p.input - 1));
    const double below = std::ceil(place) - 1;
    Kernel kernel = kernelOf(s, place - below, p.scale);
    const auto taps = static_cast<int64_t>(kernel.weights.size());
    if (i == 0) {
      result.taps = taps;
      PITH_RETURN_IF_ERROR(node.keepTable(2 * taps * p.output));
    }
    double kept = 0;
    for (int64_t k = 0; k < taps; ++k) {
      const int64_t at = static_cast<int64_t>(below) + kernel.first + k;
      double& weight = kernel.weights[static_cast<size_t>(k)];
      if (s.excludesOutside && (at < 0 || at >= p.input)) weight = 0;
      kept += weight;
      result.indices.push_back(static_cast<int32_t>(std::clamp<int64_t>(at, 0, p.input - 1)));
    }
    for (double weight : kernel.weights)
      result.weights.push_back(static_cast<float>(s.excludesOutside ? weight / kept : weight));
  }
  return result;
}

/// The grids that XNNPACK's bilinear kernel knows, for a map whose scales are exactly those of its sizes.
BilinearGrid bilinearGrid(const Settings& s, const std::vector<AxisPlan>& plans, size_t rank) {
  if (s.mode != "linear" || s.excludesOutside || s.antialias || rank != 4) return BilinearGrid::none;
  for (const AxisPlan& p : plans) {
    if (p.axis < 2 || !p.isRatio || p.output == 1 || p.input == 1) return BilinearGrid::none;
  }
  if (plans.size() != 2) return BilinearGrid::none;
  if (s.coordinates == "asymmetric") return BilinearGrid::asymmetric;
  if (s.coordinates == "align_corners") return BilinearGrid::alignCorners;
  return s.coordinates == "tf_crop_and_resize" ? BilinearGrid::none : BilinearGrid::halfPixel;
}

Result<Settings> settingsOf(const OperatorImport& node) {
  Settings s;
  const bool isOld = node.opset() < 11;
  s.mode = node.stringAttribute("mode", "nearest");
  if (s.mode == "bilinear") s.mode = "linear";
  s.coordinates = isOld ? "asymmetric" : node.stringAttribute("coordinate_transformation_mode", "half_pixel");
  s.nearest = isOld ? beforeSet11 : node.stringAttribute("nearest_mode", "round_prefer_floor");
  s.aspect = node.stringAttribute("keep_aspect_ratio_policy", "stretch");
  s.cubic = double{node.floatAttribute("cubic_coeff_a", -0.75F)};
  s.excludesOutside = node.intAttribute("exclude_outside", 0) != 0;
  s.antialias = node.intAttribute("antialias", 0) != 0;
  if (s.mode != "nearest" && s.mode != "linear" && s.mode != "cubic")
    return node.unsupportedOperator("mode " + quotedName(s.mode) + " is not supported");
  constexpr std::string_view nearest[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};
  if (!isOld && std::ranges::find(nearest, s.nearest) == std::end(nearest))
    return node.unsupportedOperator("nearest_mode " + quotedName(s.nearest) + " is not supported");
  return s;
}

/// One scale, or one size, is made to fit for all named axes.
Status keepAspect(const OperatorImport& node, const Settings& s, std::vector<AxisPlan>& plans) {
  if (s.aspect == "stretch" || plans.empty()) return {};
  if (s.aspect != "not_larger" && s.aspect != "not_smaller")
    return node.corrupt("keep_aspect_ratio_policy is " + quotedName(s.aspect));
  double scale = plans[0].scale;
  for (const AxisPlan& p : plans) scale = s.aspect == "not_larger" ? std::min(scale, p.scale) : std::max(scale, p.scale);
  for (AxisPlan& p : plans) {
    p.scale = scale;
    p.output = static_cast<int64_t>(std::floor(scale * static_cast<double>(p.input) + 0.5));
    p.isRatio = scale * static_cast<double>(p.input) == static_cast<double>(p.output);
  }
  return {};
}

Result<std::vector<AxisPlan>> plansOf(const OperatorImport& node, const std::vector<int64_t>& axes,
                                      const std::vector<float>& scales, const std::vector<int64_t>& sizes) {
  const Shape& shape = node.input(0).shape;
  if ((sizes.empty() ? scales.size() : sizes.size()) != axes.size())
    return node.unsupportedShape("one scale or size for each of its axes is needed");
  std::vector<AxisPlan> plans;
  for (size_t i = 0; i < axes.size(); ++i) {
    PITH_ASSIGN_OR_RETURN(const int64_t axis, node.axisIn(axes[i], shape.size()));
    const int64_t input = shape[static_cast<size_t>(axis)];
    AxisPlan plan{axis, input, 0, 0};
    // The length in float32, as ONNX's shape inference has it.
    const double output = sizes.empty() ? std::floor(static_cast<float>(input) * scales[i]) : static_cast<double>(sizes[i]);
    const double ratio = output / static_cast<double>(input);
    plan.isRatio = !sizes.empty() || static_cast<float>(ratio) == scales[i];
    plan.scale = plan.isRatio ? ratio : double{scales[i]};
    if (input < 1 || !(plan.scale > 0) || !(output >= 1) || output > 1e6)
      return node.unsupportedShape("axis " + std::to_string(axis) + " of " + shapeText(shape) + " cannot be resized by " +
                                   numberText(plan.scale));
    plan.output = static_cast<int64_t>(output);
    plans.push_back(plan);
  }
  return plans;
}

Status emitResize(OperatorImport& node, const Settings& settings, std::vector<AxisPlan> plans) {
  const Shape shape = node.input(0).shape;
  const auto stands = [](const AxisPlan& p) { return p.input == p.output && p.scale == 1.0; };
  if (settings.coordinates != "tf_crop_and_resize") std::erase_if(plans, stands);
  ResizeAttributes attributes;
  attributes.extrapolation = node.floatAttribute("extrapolation_value", 0.0F);
  Shape output = shape;
  for (const AxisPlan& plan : plans) {
    output[static_cast<size_t>(plan.axis)] = plan.output;
    if (!elementCount(output, node.limits())) break;  // which `emit` refuses
    PITH_ASSIGN_OR_RETURN(auto axis, planAxis(node, settings, plan));
    attributes.axes.push_back(std::move(axis));
  }
  if (plans.empty()) return node.give(node.inputId(0));
  attributes.bilinear = bilinearGrid(settings, plans, shape.size());
  return node.emit(Op::resize, std::move(attributes), {node.inputId(0)}, std::move(output));
}

std::vector<int64_t> allAxes(size_t rank) {
  std::vector<int64_t> axes;
  for (size_t i = 0; i < rank; ++i) axes.push_back(static_cast<int64_t>(i));
  return axes;
}

}  // namespace

Status importResize(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 1, 6));
  PITH_ASSIGN_OR_RETURN(const Settings settings, settingsOf(node));
  const size_t scalesAt = node.opset() < 11 ? 1 : 2;
  std::vector<float> scales, roi;
  std::vector<int64_t> sizes, axes = node.intsAttribute("axes");
  if (axes.empty()) axes = allAxes(node.input(0).shape.size());
  if (node.hasInput(3) && !node.input(3).shape.empty() && node.input(3).shape[0] != 0) {
    PITH_ASSIGN_OR_RETURN(sizes, node.intsFrom(3, "sizes"));
  } else if (node.hasInput(scalesAt)) {
    PITH_ASSIGN_OR_RETURN(scales, node.floatsFrom(scalesAt));
  }
  PITH_ASSIGN_OR_RETURN(auto plans, plansOf(node, axes, scales, sizes));
  if (!sizes.empty()) {
    PITH_RETURN_IF_ERROR(keepAspect(node, settings, plans));
  }
  if (settings.coordinates == "tf_crop_and_resize") {
    if (!node.hasInput(1)) return node.corrupt("its region is missing");
    PITH_ASSIGN_OR_RETURN(roi, node.floatsFrom(1));
    if (roi.size() != 2 * axes.size()) return node.corrupt("its region does not fit its axes");
    for (size_t i = 0; i < plans.size(); ++i) {
      plans[i].roiStart = double{roi[i]};
      plans[i].roiEnd = double{roi[i + axes.size()]};
    }
  }
  return emitResize(node, settings, std::move(plans));
}

/// What Resize was called before operator set 10.
Status importUpsample(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 1, 6));
  if (node.opset() > 9) return node.unsupportedOperator("operator set 10 replaced it by Resize");
  PITH_ASSIGN_OR_RETURN(const Settings settings, settingsOf(node));
  std::vector<float> scales;
  if (node.hasInput(1)) {
    PITH_ASSIGN_OR_RETURN(scales, node.floatsFrom(1));
  } else if (const auto* given = node.attribute("scales")) {
    scales = given->floats;
  }
  PITH_ASSIGN_OR_RETURN(auto plans, plansOf(node, allAxes(node.input(0).shape.size()), scales, {}));
  return emitResize(node, settings, std::move(plans));
}

}  // namespace pith::onnx
