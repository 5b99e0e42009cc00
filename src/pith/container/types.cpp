// SPDX-License-Identifier: Apache-2.0
#include "pith/container/types.h"

#include <array>

#include "pith/container/container.h"

namespace pith {
namespace {

constexpr std::array<std::string_view, 5> featureTypes{"f32", "f16", "bf16", "i8", "i4"};
constexpr std::array<std::string_view, 11> elementTypes{"unspecified", "f32", "f16", "i8", "u8",  "u32",
                                                        "u64",         "f64", "i32", "bf16", "i4"};
constexpr std::array<std::string_view, 3> encodings{"raw", "zstd", "zstdShuffled"};
constexpr std::array<std::string_view, 6> labelTypes{"categorical", "number", "text", "ordinal", "multiLabel", "year"};
constexpr std::array<std::string_view, 2> columnRoles{"label", "information"};
constexpr std::array<std::string_view, 2> splitKinds{"holdout", "folds"};
constexpr std::array<std::string_view, 8> entityKinds{"unspecified",    "person",   "researcher", "university",
                                                      "researchCentre", "hospital", "company",    "authority"};
constexpr std::array<std::string_view, 3> headTasks{"classification", "multiLabel", "regression"};
constexpr std::array<std::string_view, 10> layerKinds{"standardize", "l2Normalize", "linear",  "relu",
                                                      "gelu",        "tanh",        "sigmoid", "dropout",
                                                      "batchNormalization", "layerNormalization"};
constexpr std::array<std::string_view, 4> losses{"crossEntropy", "binaryCrossEntropy", "meanSquaredError",
                                                 "meanAbsoluteError"};
constexpr std::array<std::string_view, 4> optimizers{"sgd", "adam", "adamW", "lbfgs"};

template <typename Enum, size_t count>
std::string_view nameIn(const std::array<std::string_view, count>& names, Enum value) {
  const auto index = static_cast<size_t>(value);
  return index < count ? names[index] : "unknown";
}

template <typename Enum, size_t count>
std::optional<Enum> valueIn(const std::array<std::string_view, count>& names, std::string_view name) {
  for (size_t i = 0; i < count; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view nameOf(FeatureType value) { return nameIn(featureTypes, value); }
std::string_view nameOf(ElementType value) { return nameIn(elementTypes, value); }
std::string_view nameOf(Encoding value) { return nameIn(encodings, value); }
std::string_view nameOf(LabelType value) { return nameIn(labelTypes, value); }
std::string_view nameOf(ColumnRole value) { return nameIn(columnRoles, value); }
std::string_view nameOf(SplitKind value) { return nameIn(splitKinds, value); }
std::string_view nameOf(EntityKind value) { return nameIn(entityKinds, value); }
std::string_view nameOf(HeadTask value) { return nameIn(headTasks, value); }
std::string_view nameOf(LayerKind value) { return nameIn(layerKinds, value); }
std::string_view nameOf(Loss value) { return nameIn(losses, value); }
std::string_view nameOf(Optimizer value) { return nameIn(optimizers, value); }

std::optional<FeatureType> featureTypeFromName(std::string_view name) { return valueIn<FeatureType>(featureTypes, name); }
std::optional<LabelType> labelTypeFromName(std::string_view name) { return valueIn<LabelType>(labelTypes, name); }

ElementType elementTypeOf(FeatureType type) {
  switch (type) {
    case FeatureType::f32: return ElementType::f32;
    case FeatureType::f16: return ElementType::f16;
    case FeatureType::bf16: return ElementType::bf16;
    case FeatureType::i8: return ElementType::i8;
    case FeatureType::i4: return ElementType::i4;
  }
  return ElementType::unspecified;
}

std::optional<FeatureType> featureTypeOf(ElementType type) {
  for (const FeatureType known : {FeatureType::f32, FeatureType::f16, FeatureType::bf16, FeatureType::i8, FeatureType::i4}) {
    if (elementTypeOf(known) == type) return known;
  }
  return std::nullopt;
}

bool isScaled(FeatureType type) { return type == FeatureType::i8 || type == FeatureType::i4; }

int elementBits(ElementType type) {
  switch (type) {
    case ElementType::i4: return 4;
    case ElementType::i8:
    case ElementType::u8: return 8;
    case ElementType::f16:
    case ElementType::bf16: return 16;
    case ElementType::f32:
    case ElementType::u32:
    case ElementType::i32: return 32;
    case ElementType::u64:
    case ElementType::f64: return 64;
    case ElementType::unspecified: break;
  }
  return 0;
}

uint64_t rowBytes(FeatureType type, uint64_t count) {
  return (count * static_cast<uint64_t>(elementBits(elementTypeOf(type))) + 7) / 8;
}

}  // namespace pith
