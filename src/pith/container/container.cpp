// SPDX-License-Identifier: Apache-2.0
#include "pith/container/container.h"

namespace pith {

std::string_view dataTypeName(DataType type) {
  switch (type) {
    case DataType::f32: return "f32";
    case DataType::f16: return "f16";
    case DataType::i8: return "i8";
    case DataType::u8: return "u8";
    case DataType::u32: return "u32";
    case DataType::u64: return "u64";
    case DataType::f64: return "f64";
    case DataType::unspecified: break;
  }
  return "unknown";
}

int dataTypeBytes(DataType type) {
  switch (type) {
    case DataType::i8:
    case DataType::u8: return 1;
    case DataType::f16: return 2;
    case DataType::f32:
    case DataType::u32: return 4;
    case DataType::u64:
    case DataType::f64: return 8;
    case DataType::unspecified: break;
  }
  return 0;
}

DataType dataTypeOf(FeatureType type) {
  switch (type) {
    case FeatureType::f32: return DataType::f32;
    case FeatureType::f16: return DataType::f16;
    case FeatureType::i8: return DataType::i8;
  }
  return DataType::unspecified;
}

std::string_view featureTypeName(FeatureType type) { return dataTypeName(dataTypeOf(type)); }

int featureTypeBytes(FeatureType type) { return dataTypeBytes(dataTypeOf(type)); }

std::optional<FeatureType> featureTypeFromName(std::string_view name) {
  for (const FeatureType type : {FeatureType::f32, FeatureType::f16, FeatureType::i8}) {
    if (featureTypeName(type) == name) return type;
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
