// SPDX-License-Identifier: Apache-2.0
/// @file Operators whose result is known at load: constants, and the arithmetic on shapes that exporters
/// leave behind.
#include <algorithm>

#include "pith/model/operators.h"

namespace pith::onnx {

Status importConstant(OperatorImport& node) {
  Tensor constant;
  if (const auto* value = node.attribute("value"); value && value->t) {
    PITH_ASSIGN_OR_RETURN(constant, toConstant(*value->t, node.limits()));
  } else if (const auto* one = node.attribute("value_float")) {
    constant.floats = {one->f};
  } else if (const auto* list = node.attribute("value_floats")) {
    constant.floats = list->floats;
    constant.shape = {static_cast<int64_t>(list->floats.size())};
  } else if (const auto* integer = node.attribute("value_int")) {
    constant.type = DataType::int64;
    constant.integers = {integer->i};
  } else if (const auto* integers = node.attribute("value_ints")) {
    constant.type = DataType::int64;
    constant.integers = integers->ints;
    constant.shape = {static_cast<int64_t>(integers->ints.size())};
  } else {
    return node.unsupportedOperator("it holds no tensor and no numbers");
  }
  return node.fold(std::move(constant));
}

Status importConstantOfShape(OperatorImport& node) {
  PITH_ASSIGN_OR_RETURN(Shape shape, node.intsFrom(0, ""));
  const auto count = elementCount(shape, node.limits());
  if (!count || shape.size() > 8) {
    return Error{ErrorCode::modelTooLarge, node.corrupt("its shape is " + shapeText(shape)).detail};
  }
  Tensor constant;
  constant.shape = std::move(shape);
  Tensor value;
  value.floats = {0.0F};
  if (const auto* given = node.attribute("value"); given && given->t) {
    PITH_ASSIGN_OR_RETURN(value, toConstant(*given->t, node.limits()));
  }
  PITH_RETURN_IF_ERROR(node.reserveFolded(*count));
  constant.type = value.type;
  if (value.floats.size() == 1) {
    constant.floats.assign(static_cast<size_t>(*count), value.floats[0]);
  } else if (value.integers.size() == 1) {
    constant.integers.assign(static_cast<size_t>(*count), value.integers[0]);
  } else {
    return node.corrupt("its value is not one number");
  }
  return node.fold(std::move(constant));
}

Status importShape(OperatorImport& node) {
  const Shape& shape = node.input(0).shape;
  const auto rank = static_cast<int64_t>(shape.size());
  const auto place = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
  const int64_t start = place(node.intAttribute("start", 0));
  const int64_t end = place(node.intAttribute("end", rank));
  Tensor constant;
  constant.type = DataType::int64;
  for (int64_t axis = start; axis < end; ++axis) constant.integers.push_back(shape[static_cast<size_t>(axis)]);
  constant.shape = {static_cast<int64_t>(constant.integers.size())};
  return node.fold(std::move(constant));
}

Status importGather(OperatorImport& node) {
  if (!node.hasInput(0) || !node.hasInput(1)) return node.corrupt("an input is missing");
  const Tensor& data = node.input(0);
  const Tensor& indices = node.input(1);
  const bool shapeArithmetic = data.isConstant && data.type == DataType::int64 && data.shape.size() == 1 &&
                               indices.isConstant && indices.type == DataType::int64 &&
                               node.intAttribute("axis", 0) == 0;
  if (!shapeArithmetic) return node.unsupportedOperator("only entries of a known shape can be gathered");
  Tensor constant;
  constant.type = DataType::int64;
  constant.shape = indices.shape;
  for (int64_t index : indices.integers) {
    PITH_ASSIGN_OR_RETURN(const int64_t at, node.axisIn(index, data.integers.size()));
    constant.integers.push_back(data.integers[static_cast<size_t>(at)]);
  }
  return node.fold(std::move(constant));
}

}  // namespace pith::onnx
