// SPDX-License-Identifier: Apache-2.0
/// @file What tests/reference has written: PITH_REFERENCE_DIR names the folder.
#pragma once

#include <cmath>
#include <cstdlib>

#include "pith/base/json.h"
#include "unit/extract/test_files.h"

namespace pith::test {

/// Empty where the variable is not set.
inline std::string referenceFolder() {
  const char* folder = std::getenv("PITH_REFERENCE_DIR");
  return folder ? folder : "";
}

inline Json readJson(const std::string& path) {
  const auto bytes = readFile(path);
  if (!bytes) return {};
  auto json = Json::parse(asText(*bytes));
  return json.ok() ? std::move(json).value() : Json{};
}

inline double relativeDistance(const std::vector<float>& seen, const std::vector<float>& expected) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    difference += std::pow(double{seen[i]} - expected[i], 2);
    norm += std::pow(double{expected[i]}, 2);
  }
  return std::sqrt(difference / norm);
}

}  // namespace pith::test
