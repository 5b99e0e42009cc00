// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>

#include "unit/container/vectors/vectors.h"

namespace pith::test {

/// Adds invalid files, numbered from a first number on.
class Invalid {
 public:
  Invalid(std::vector<Vector>& vectors, int first) : vectors_(vectors), number_(first) {}
  void operator()(const std::string& name, std::string error, Bytes bytes) {
    char number[16];
    std::snprintf(number, sizeof number, "%03d-", number_++);
    vectors_.push_back({"invalid/" + std::string(number) + name, std::move(bytes), std::move(error)});
  }

 private:
  std::vector<Vector>& vectors_;
  int number_;
};

}  // namespace pith::test
