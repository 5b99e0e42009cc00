// SPDX-License-Identifier: Apache-2.0
#include "pith/model/patterns.h"

#include <algorithm>
#include <cmath>

namespace pith {
namespace {

constexpr double closeness = 1e-6;  // of constants, which exporters round to float32
constexpr int deepest = 3;

bool isClose(double a, double b) { return std::abs(a - b) <= closeness * std::abs(b); }

/// A factor of a product that is a function of x, and what the product must be multiplied with besides.
struct Term {
  TensorId id = noTensor, x = noTensor;
  double factor = 1.0;
  UnaryKind kind = UnaryKind::gelu;
};

struct Product {
  int xs = 0, terms = 0;
  double scale = 1.0;
};

class Matcher {
 public:
  explicit Matcher(const Graph& graph) : graph_(graph), index_(graph) {}

  /// The function that a product or quotient is, if it is one.
  [[nodiscard]] std::optional<Term> match(const Node& node) const {
    if ((node.op != Op::multiply && node.op != Op::divide) || !node.clamp.isOpen()) return std::nullopt;
    const TensorId id = node.outputs[0];
    const std::optional<Term> term = findTerm(id, 0);
    if (!term || graph_.tensor(term->x).shape != graph_.tensor(id).shape) return std::nullopt;
    Product product;
    if (!multiply(id, *term, product, 1.0, 0)) return std::nullopt;
    const bool isWhole = product.xs == 1 && product.terms == 1 && isClose(product.scale, term->factor);
    return isWhole ? term : std::nullopt;
  }

 private:
  const Node* producer(TensorId id) const {
    const int32_t at = index_.producer[static_cast<size_t>(id)];
    const Node* node = at < 0 ? nullptr : &graph_.nodes[static_cast<size_t>(at)];
    return node && (node->op == Op::clamp || node->clamp.isOpen()) ? node : nullptr;
  }
  const Node* producer(TensorId id, Op op) const {
    const Node* node = producer(id);
    return node && node->op == op ? node : nullptr;
  }
  const UnaryAttributes* unary(TensorId id, UnaryKind kind) const {
    const Node* node = producer(id, Op::unary);
    const auto* attributes = node ? std::get_if<UnaryAttributes>(&node->attributes) : nullptr;
    return attributes && attributes->kind == kind ? attributes : nullptr;
  }
  std::optional<double> scalar(TensorId id) const {
    const Tensor& tensor = graph_.tensor(id);
    if (!tensor.isConstant || tensor.floats.size() != 1) return std::nullopt;
    return double{tensor.floats[0]};
  }
  /// The other operand of a node whose one operand is this number.
  std::optional<TensorId> beside(const Node* node, double number) const {
    if (!node || node->inputs.size() != 2) return std::nullopt;
    for (const size_t i : {size_t{0}, size_t{1}}) {
      const auto value = scalar(node->inputs[i]);
      if (value && isClose(*value, number)) return node->inputs[1 - i];
    }
    return std::nullopt;
  }

  /// 1 + erf(x / sqrt(2))
  std::optional<Term> errorTerm(TensorId id) const {
    const auto curve = beside(producer(id, Op::add), 1.0);
    if (!curve || !unary(*curve, UnaryKind::erf)) return std::nullopt;
    const TensorId inner = producer(*curve)->inputs[0];
    if (const auto x = beside(producer(inner, Op::multiply), std::sqrt(0.5))) return Term{id, *x, 0.5, UnaryKind::gelu};
    const Node* quotient = producer(inner, Op::divide);
    const auto divisor = quotient ? scalar(quotient->inputs[1]) : std::nullopt;
    if (!divisor || !isClose(*divisor, std::sqrt(2.0))) return std::nullopt;
    return Term{id, quotient->inputs[0], 0.5, UnaryKind::gelu};
  }

  /// clamp(x + 3, 0, 6), or clamp(x / 6 + 1 / 2, 0, 1)
  std::optional<Term> hardTerm(TensorId id) const {
    const Node* clamp = producer(id, Op::clamp);
    if (!clamp || clamp->clamp.min != 0.0F) return std::nullopt;
    const Node* sum = producer(clamp->inputs[0], Op::add);
    if (clamp->clamp.max == 6.0F) {
      if (const auto x = beside(sum, 3.0)) return Term{id, *x, 1.0 / 6, UnaryKind::hardSwish};
    }
    if (clamp->clamp.max != 1.0F) return std::nullopt;
    const auto scaled = beside(sum, 0.5);
    const auto x = scaled ? beside(producer(*scaled, Op::multiply), 1.0 / 6) : std::nullopt;
    return x ? std::optional(Term{id, *x, 1.0, UnaryKind::hardSwish}) : std::nullopt;
  }

  std::optional<Term> findTerm(TensorId id, int depth) const {
    if (auto term = errorTerm(id)) return term;
    if (auto term = hardTerm(id)) return term;
    const Node* node = producer(id);
    const bool isProduct = node && (node->op == Op::multiply || node->op == Op::divide);
    for (size_t i = 0; isProduct && depth < deepest && i < node->inputs.size(); ++i) {
      if (auto term = findTerm(node->inputs[i], depth + 1)) return term;
    }
    return std::nullopt;
  }

  /// Takes a product apart into x, the term and numbers.
  bool multiply(TensorId id, const Term& term, Product& product, double power, int depth) const {
    if (const auto value = scalar(id)) {
      product.scale *= std::pow(*value, power);
      return true;
    }
    if (power < 0) return false;
    if (id == term.x || id == term.id) {
      ++(id == term.x ? product.xs : product.terms);
      return true;
    }
    const Node* node = producer(id);
    const bool isProduct = node && (node->op == Op::multiply || node->op == Op::divide);
    if (!isProduct || depth > deepest) return false;
    return multiply(node->inputs[0], term, product, power, depth + 1) &&
           multiply(node->inputs[1], term, product, node->op == Op::divide ? -power : power, depth + 1);
  }

  const Graph& graph_;
  GraphIndex index_;
};

}  // namespace

void recognisePatterns(Graph& graph) {
  const Matcher matcher(graph);
  std::vector<std::pair<size_t, Term>> found;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const bool isQuantized = !node.outputs.empty() && graph.tensor(node.outputs[0]).quantization.has_value();
    if (isQuantized) continue;
    if (const auto term = matcher.match(node)) found.emplace_back(i, *term);
  }
  for (const auto& [i, term] : found) {
    Node& node = graph.nodes[i];
    UnaryAttributes attributes;
    attributes.kind = term.kind;
    node.op = Op::unary;
    node.attributes = attributes;
    node.inputs = {term.x};
  }
}

}  // namespace pith
