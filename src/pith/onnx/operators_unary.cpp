// SPDX-License-Identifier: Apache-2.0
/// @file Functions of single numbers.
#include <algorithm>
#include <array>

#include "pith/onnx/operators.h"

namespace pith::onnx {
namespace {

struct UnaryOperator {
  std::string_view name;
  UnaryKind kind;
  float alpha = 0.0F, beta = 0.0F;  // what the attributes are where the file leaves them out
  std::string_view betaName = "beta";
};

constexpr auto unaries = std::to_array<UnaryOperator>({
    {"Abs", UnaryKind::absolute},
    {"Ceil", UnaryKind::ceiling},
    {"Celu", UnaryKind::celu, 1.0F},
    {"Cos", UnaryKind::cosine},
    {"Elu", UnaryKind::elu, 1.0F},
    {"Erf", UnaryKind::erf},
    {"Exp", UnaryKind::exponential},
    {"Floor", UnaryKind::floor},
    {"HardSigmoid", UnaryKind::hardSigmoid, 0.2F, 0.5F},
    {"HardSwish", UnaryKind::hardSwish},
    {"LeakyRelu", UnaryKind::leakyRelu, 0.01F},
    {"Log", UnaryKind::logarithm},
    {"Mish", UnaryKind::mish},
    {"Neg", UnaryKind::negate},
    {"Reciprocal", UnaryKind::reciprocal},
    {"Round", UnaryKind::round},
    {"Selu", UnaryKind::selu, 1.67326319217681884765625F, 1.05070102214813232421875F, "gamma"},
    {"Sigmoid", UnaryKind::sigmoid},
    {"Sign", UnaryKind::sign},
    {"Sin", UnaryKind::sine},
    {"Softplus", UnaryKind::softplus},
    {"Softsign", UnaryKind::softsign},
    {"Sqrt", UnaryKind::squareRoot},
    {"Tanh", UnaryKind::tanh},
    {"ThresholdedRelu", UnaryKind::thresholdedRelu, 1.0F},
});

}  // namespace

namespace {

Result<TensorId> scaled(OperatorImport& node, TensorId tensor, float factor) {
  PITH_ASSIGN_OR_RETURN(const TensorId constant, node.addScalar(factor));
  return node.addBinary(Op::multiply, tensor, constant);
}

/// Functions that the fast kernels compute in a few steps, though not in one.
Result<TensorId> inSteps(OperatorImport& node, const UnaryAttributes& unary) {
  const TensorId x = node.inputId(0);
  if (unary.kind == UnaryKind::reciprocal || unary.kind == UnaryKind::softsign) {
    PITH_ASSIGN_OR_RETURN(const TensorId one, node.addScalar(1.0F));
    if (unary.kind == UnaryKind::reciprocal) return node.addBinary(Op::divide, one, x);
    PITH_ASSIGN_OR_RETURN(const TensorId magnitude, node.addUnary({UnaryKind::absolute}, x));
    PITH_ASSIGN_OR_RETURN(const TensorId divisor, node.addBinary(Op::add, magnitude, one));
    return node.addBinary(Op::divide, x, divisor);
  }
  if (unary.kind == UnaryKind::hardSigmoid) {
    PITH_ASSIGN_OR_RETURN(const TensorId inner, scaled(node, x, unary.alpha));
    PITH_ASSIGN_OR_RETURN(const TensorId shift, node.addScalar(unary.beta));
    PITH_ASSIGN_OR_RETURN(const TensorId sum, node.addBinary(Op::add, inner, shift));
    return node.add(Op::clamp, {}, {sum}, Shape(node.tensor(sum).shape), NumberType::undefined, {0.0F, 1.0F});
  }
  if (unary.kind == UnaryKind::selu) {
    PITH_ASSIGN_OR_RETURN(const TensorId curve, node.addUnary({UnaryKind::elu, unary.alpha}, x));
    return scaled(node, curve, unary.beta);
  }
  return node.addUnary(unary, x);
}

}  // namespace

Status importUnary(OperatorImport& node) {
  const auto found = std::ranges::find(unaries, node.opType(), &UnaryOperator::name);
  if (found == unaries.end()) return node.unsupportedOperator("this operator is not supported");
  UnaryAttributes attributes;
  attributes.kind = found->kind;
  attributes.alpha = node.floatAttribute("alpha", found->alpha);
  attributes.beta = node.floatAttribute(found->betaName, found->beta);
  const bool isFloat = node.input(0).type == DataType::float32;
  return node.give(isFloat ? inSteps(node, attributes) : node.addUnary(attributes, node.inputId(0)));
}

/// The approximation is 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))).
Status importGelu(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 0, maxAxes));
  const TensorId x = node.inputId(0);
  const std::string approximate = node.stringAttribute("approximate", "none");
  if (approximate == "none") return node.give(node.addUnary({UnaryKind::gelu}, x));
  if (approximate != "tanh") return node.corrupt("approximate is " + quotedName(approximate));
  PITH_ASSIGN_OR_RETURN(const TensorId square, node.addUnary({UnaryKind::square}, x));
  PITH_ASSIGN_OR_RETURN(const TensorId cubic, scaled(node, square, 0.044715F));
  PITH_ASSIGN_OR_RETURN(const TensorId one, node.addScalar(1.0F));
  PITH_ASSIGN_OR_RETURN(const TensorId factor, node.addBinary(Op::add, cubic, one));
  PITH_ASSIGN_OR_RETURN(const TensorId bent, node.addBinary(Op::multiply, x, factor));
  PITH_ASSIGN_OR_RETURN(const TensorId inner, scaled(node, bent, 0.79788456F));
  PITH_ASSIGN_OR_RETURN(const TensorId curve, node.addUnary({UnaryKind::tanh}, inner));
  PITH_ASSIGN_OR_RETURN(const TensorId raised, node.addBinary(Op::add, curve, one));
  PITH_ASSIGN_OR_RETURN(const TensorId half, scaled(node, x, 0.5F));
  return node.give(node.addBinary(Op::multiply, half, raised));
}

}  // namespace pith::onnx
