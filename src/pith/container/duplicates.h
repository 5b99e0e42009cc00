// SPDX-License-Identifier: Apache-2.0
/// @file Counts rows that have the bytes of another row before them. spec/container.md, "Features".
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "pith/base/sha256.h"

namespace pith::format {

class DuplicateMeter {
 public:
  void add(ByteView storedRow) {
    const Sha256Digest digest = sha256(storedRow);
    Prefix prefix;
    std::copy_n(digest.begin(), prefix.size(), prefix.begin());
    rows_.push_back(prefix);
  }

  [[nodiscard]] uint64_t result() {
    std::ranges::sort(rows_);
    const auto repeated = std::ranges::unique(rows_);
    const auto count = static_cast<uint64_t>(repeated.size());
    rows_.clear();
    return count;
  }

 private:
  using Prefix = std::array<uint8_t, 16>;  // equal for different rows once in 2^64 rows
  std::vector<Prefix> rows_;
};

}  // namespace pith::format
