// SPDX-License-Identifier: Apache-2.0
#include "pith/container/container.h"

namespace pith {

std::string_view elementTypeName(ElementType type) {
  switch (type) {
    case ElementType::f32: return "f32";
    case ElementType::f16: return "f16";
    case ElementType::i8: return "i8";
    case ElementType::u8: return "u8";
    case ElementType::u32: return "u32";
    case ElementType::u64: return "u64";
    case ElementType::f64: return "f64";
    case ElementType::unspecified: break;
  }
  return "unknown";
}

int elementTypeBytes(ElementType type) {
  switch (type) {
    case ElementType::i8:
    case ElementType::u8: return 1;
    case ElementType::f16: return 2;
    case ElementType::f32:
    case ElementType::u32: return 4;
    case ElementType::u64:
    case ElementType::f64: return 8;
    case ElementType::unspecified: break;
  }
  return 0;
}

ElementType elementTypeOf(FeatureType type) {
  switch (type) {
    case FeatureType::f32: return ElementType::f32;
    case FeatureType::f16: return ElementType::f16;
    case FeatureType::i8: return ElementType::i8;
  }
  return ElementType::unspecified;
}

std::string_view featureTypeName(FeatureType type) { return elementTypeName(elementTypeOf(type)); }

int featureTypeBytes(FeatureType type) { return elementTypeBytes(elementTypeOf(type)); }

std::optional<FeatureType> featureTypeFromName(std::string_view name) {
  for (const FeatureType type : {FeatureType::f32, FeatureType::f16, FeatureType::i8}) {
    if (featureTypeName(type) == name) return type;
  }
  return std::nullopt;
}

std::string_view labelTypeName(LabelType type) {
  switch (type) {
    case LabelType::categorical: return "categorical";
    case LabelType::number: return "number";
    case LabelType::text: return "text";
  }
  return "text";
}

std::optional<LabelType> labelTypeFromName(std::string_view name) {
  for (const LabelType type : {LabelType::categorical, LabelType::number, LabelType::text}) {
    if (labelTypeName(type) == name) return type;
  }
  return std::nullopt;
}

std::string_view splitName(Split split) {
  switch (split) {
    case Split::none: return "none";
    case Split::train: return "train";
    case Split::valid: return "valid";
    case Split::test: return "test";
  }
  return "none";
}

std::optional<Split> splitFromName(std::string_view name) {
  for (const Split split : {Split::none, Split::train, Split::valid, Split::test}) {
    if (splitName(split) == name) return split;
  }
  return std::nullopt;
}

}  // namespace pith
