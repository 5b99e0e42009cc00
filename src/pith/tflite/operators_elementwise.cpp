// SPDX-License-Identifier: Apache-2.0
/// @file Functions of single numbers, and arithmetic on two tensors. Where numbers have 8 bits, what takes
/// several steps takes them in floats and rounds once.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "pith/tflite/operators.h"

namespace pith::tflite {
namespace {

Status clampTo(OperatorImport& node, ClampRange range) {
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.input(0));
  return node.emit(Op::clamp, {}, {x}, node.fileShape(0), range);
}

Status unary(OperatorImport& node, const UnaryAttributes& attributes) {
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.number(0));
  return node.emit(Op::unary, attributes, {x}, node.fileShape(0));
}

template <typename Options>
Status binary(OperatorImport& node, Op op) {
  const auto* options = node.options<Options>();
  PITH_ASSIGN_OR_RETURN(const ClampRange clamp,
                        activationRange(node, options ? options->activation() : file::Activation::none));
  PITH_ASSIGN_OR_RETURN(auto both, operands(node, op == Op::add || op == Op::multiply));
  return node.emit(op, {}, std::move(both.inputs), both.shape, clamp);
}

Status binary(OperatorImport& node, Op op) {
  PITH_ASSIGN_OR_RETURN(auto both, operands(node, false));
  return node.emit(op, {}, std::move(both.inputs), both.shape);
}

struct UnaryOperator {
  std::string_view name;
  UnaryKind kind;
  float alpha = 0.0F;
};

constexpr auto unaries = std::to_array<UnaryOperator>({
    {"ABS", UnaryKind::absolute},
    {"CEIL", UnaryKind::ceiling},
    {"COS", UnaryKind::cosine},
    {"ELU", UnaryKind::elu, 1.0F},
    {"EXP", UnaryKind::exponential},
    {"FLOOR", UnaryKind::floor},
    {"HARD_SWISH", UnaryKind::hardSwish},
    {"LOG", UnaryKind::logarithm},
    {"LOGISTIC", UnaryKind::sigmoid},
    {"NEG", UnaryKind::negate},
    {"ROUND", UnaryKind::round},
    {"SIN", UnaryKind::sine},
    {"SQRT", UnaryKind::squareRoot},
    {"SQUARE", UnaryKind::square},
    {"TANH", UnaryKind::tanh},
});

}  // namespace

Result<Operands> operands(OperatorImport& node, bool inIntegers) {
  Operands result;
  std::array<Shape, 2> shapes{node.fileShape(0), node.fileShape(1)};
  const size_t rank = std::max(shapes[0].size(), shapes[1].size());
  std::array<TensorId, 2> ids{};
  PITH_ASSIGN_OR_RETURN(const Tensor output, node.describedOutput());
  for (size_t i = 0; i < 2; ++i) {
    PITH_ASSIGN_OR_RETURN(ids[i], node.input(i));
  }
  for (TensorId id : ids) {
    const Tensor& tensor = node.tensor(id);
    const bool isOneScale = !tensor.quantization || !tensor.quantization->isPerChannel();
    inIntegers = inIntegers && tensor.type == output.type && isOneScale;
  }
  for (size_t i = 0; i < 2; ++i) {
    if (!inIntegers) {
      PITH_ASSIGN_OR_RETURN(ids[i], node.number(i));
    }
    shapes[i].insert(shapes[i].begin(), rank - shapes[i].size(), 1);
    PITH_ASSIGN_OR_RETURN(const TensorId brought, node.reshaped(ids[i], shapes[i]));
    result.inputs.push_back(brought);
  }
  for (size_t axis = 0; axis < rank; ++axis) {
    const int64_t a = shapes[0][axis], b = shapes[1][axis];
    if (a != b && a != 1 && b != 1)
      return node.corrupt("it joins " + shapeText(shapes[0]) + " with " + shapeText(shapes[1]));
    result.shape.push_back(a == 1 ? b : a);
  }
  return result;
}

Status importAdd(OperatorImport& node) { return binary<file::AddOptions>(node, Op::add); }
Status importDiv(OperatorImport& node) { return binary<file::DivOptions>(node, Op::divide); }
Status importMul(OperatorImport& node) { return binary<file::MulOptions>(node, Op::multiply); }
Status importSub(OperatorImport& node) { return binary<file::SubOptions>(node, Op::subtract); }
Status importMaximum(OperatorImport& node) { return binary(node, Op::maximum); }
Status importMinimum(OperatorImport& node) { return binary(node, Op::minimum); }
Status importPow(OperatorImport& node) { return binary(node, Op::power); }

Status importSquaredDifference(OperatorImport& node) {
  PITH_ASSIGN_OR_RETURN(auto both, operands(node, false));
  PITH_ASSIGN_OR_RETURN(const TensorId difference,
                        node.inFloats(Op::subtract, {}, std::move(both.inputs), both.shape));
  return node.emit(Op::unary, UnaryAttributes{UnaryKind::square}, {difference}, both.shape);
}

Status importPrelu(OperatorImport& node) {
  PITH_ASSIGN_OR_RETURN(auto both, operands(node, false));
  if (both.shape != node.fileShape(0))
    return node.corrupt("its slopes " + shapeText(node.fileShape(1)) + " do not fit " + shapeText(node.fileShape(0)));
  return node.emit(Op::prelu, {}, std::move(both.inputs), both.shape);
}

Status importUnary(OperatorImport& node) {
  const auto found = std::ranges::find(unaries, node.opType(), &UnaryOperator::name);
  if (found == unaries.end()) return node.unsupportedOperator("this operator is not supported");
  return unary(node, {found->kind, found->alpha});
}

Status importLeakyRelu(OperatorImport& node) {
  const auto* options = node.options<file::LeakyReluOptions>();
  const float slope = options ? options->alpha() : 0.0F;
  if (!std::isfinite(slope)) return node.corrupt("its slope is no number");
  return unary(node, {UnaryKind::leakyRelu, slope});
}

Status importRsqrt(OperatorImport& node) {
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.number(0));
  const Shape shape = node.fileShape(0);
  PITH_ASSIGN_OR_RETURN(const TensorId root,
                        node.inFloats(Op::unary, UnaryAttributes{UnaryKind::squareRoot}, {x}, shape));
  PITH_ASSIGN_OR_RETURN(const TensorId one, node.addScalar(1.0F));
  return node.emit(Op::divide, {}, {one, root}, shape);
}

/// The approximation is x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))).
Status importGelu(OperatorImport& node) {
  const auto* options = node.options<file::GeluOptions>();
  if (!options || !options->approximate()) return unary(node, {UnaryKind::gelu});
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.number(0));
  const Shape shape = node.fileShape(0);
  const auto with = [&](Op op, TensorId id, float number) -> Result<TensorId> {
    PITH_ASSIGN_OR_RETURN(const TensorId constant, node.addScalar(number));
    return node.inFloats(op, {}, {id, constant}, shape);
  };
  PITH_ASSIGN_OR_RETURN(const TensorId square, node.inFloats(Op::unary, UnaryAttributes{UnaryKind::square}, {x}, shape));
  PITH_ASSIGN_OR_RETURN(const TensorId cubic, with(Op::multiply, square, 0.044715F));
  PITH_ASSIGN_OR_RETURN(const TensorId factor, with(Op::add, cubic, 1.0F));
  PITH_ASSIGN_OR_RETURN(const TensorId bent, node.inFloats(Op::multiply, {}, {x, factor}, shape));
  PITH_ASSIGN_OR_RETURN(const TensorId inner, with(Op::multiply, bent, 0.79788456F));
  PITH_ASSIGN_OR_RETURN(const TensorId curve, node.inFloats(Op::unary, UnaryAttributes{UnaryKind::tanh}, {inner}, shape));
  PITH_ASSIGN_OR_RETURN(const TensorId raised, with(Op::add, curve, 1.0F));
  PITH_ASSIGN_OR_RETURN(const TensorId half, with(Op::multiply, x, 0.5F));
  return node.emit(Op::multiply, {}, {half, raised}, shape);
}

Status importRelu(OperatorImport& node) { return clampTo(node, {0, std::numeric_limits<float>::infinity()}); }
Status importRelu6(OperatorImport& node) { return clampTo(node, {0, 6}); }
Status importReluMinus1To1(OperatorImport& node) { return clampTo(node, {-1, 1}); }
Status importRelu0To1(OperatorImport& node) { return clampTo(node, {0, 1}); }

/// Between floats, which are all float32 here; and of whole numbers that are constant.
Status importCast(OperatorImport& node) {
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.input(0));
  PITH_ASSIGN_OR_RETURN(Tensor result, node.describedOutput());
  const Tensor& from = node.tensor(x);
  const auto type = node.tensors().message(node.outputIndex()).type();
  if (from.quantization || result.quantization)
    return node.unsupportedDataType("8-bit numbers are converted by QUANTIZE and DEQUANTIZE only");
  if (!from.isConstant) {
    if (type != file::ElementType::float32)
      return node.unsupportedDataType("casts to other types than float32 are supported only where they are constant");
    return node.emit(Op::identity, {}, {x}, node.fileShape(0));
  }
  if (type == file::ElementType::float16)
    return node.unsupportedDataType("casts to float16 are not supported");
  if (from.type == result.type && from.type == DataType::float32) return node.alias(x);
  const bool isWide = type == file::ElementType::int64;
  const float most = isWide ? 0x1p63F : 0x1p31F;
  result.shape = from.shape;
  for (float number : from.floats) {
    if (!(std::trunc(number) >= -most && number < most))
      return node.unsupportedDataType("a number that is cast does not fit its type");
    result.integers.push_back(static_cast<int64_t>(std::trunc(number)));
  }
  for (int64_t whole : from.integers) {
    if (result.type == DataType::float32) {
      result.floats.push_back(static_cast<float>(whole));
    } else {
      result.integers.push_back(isWide ? whole : static_cast<int32_t>(whole));
    }
  }
  PITH_ASSIGN_OR_RETURN(const TensorId constant, node.addConstant(std::move(result)));
  return node.alias(constant);
}

}  // namespace pith::tflite
